// Follows one conversation's events: reconnects with growing, jittered pauses, asks for everything after the last seq,
// and gives up a connection that has been silent for too long. Where no stream gets through (some proxies keep a response
// until it is whole) it asks again and again instead, and tries the stream anew from time to time.

import { ApiError } from "./api.js";
import { SseParser } from "./sse.js";

/** @typedef {import("./types.js").LogEvent} LogEvent */

const SILENCE = 45_000; // the server's heartbeat comes every 15 s; three missed ones mean nobody is there
const FIRST_BYTE = 10_000; // the server speaks as soon as a stream is open
const STALE = 20_000; // after a sleep nothing tells whether a connection that was silent for so long still stands
const DEAF = 2; // streams in a row of which nothing was heard
const POLL_SECONDS = 25;
const POLLS = 12; // then the stream is tried again
const HELD = 10_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20_000;

/**
 * A pause before the next try: doubled each time, between half and the whole of it at random, so that the visitors
 * of a server that was restarted do not all come back in the same instant.
 * @param {number} failures  in a row, 1 or more
 * @param {() => number} random
 */
export function pause(failures, random) {
  const whole = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures - 1, 10));
  return whole * (0.5 + random() / 2);
}

export class Stream {
  #options;
  #stopped = new AbortController();
  #wake = new AbortController();
  #deaf = 0;
  #heardAt = 0;
  /** @type {AbortController | null} of the connection that stands */
  #quiet = null;

  /**
   * @param {object} options
   * @param {(signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>} options.connect
   * @param {(seconds: number, signal: AbortSignal) => Promise<LogEvent[]>} options.poll
   * @param {(event: LogEvent) => void} options.onEvent
   * @param {() => void} options.onOpen      connected: what is sent from now on arrives
   * @param {() => void} options.onLost      the connection ended, however it did
   * @param {(error: ApiError) => void} options.onRefused  the conversation is gone; following has stopped
   * @param {import("./types.js").World} options.world
   */
  constructor(options) {
    this.#options = options;
    void this.#run();
  }

  /** Try again now rather than after the pause: the browser says that the network is back or the page is looked at. */
  wake() {
    this.#wake.abort();
    if (this.#options.world.now().getTime() - this.#heardAt > STALE) this.#quiet?.abort();
  }

  stop() {
    this.#stopped.abort();
    this.#wake.abort();
  }

  async #run() {
    const { onLost, onRefused, world } = this.#options;
    for (let failures = 0; !this.#stopped.signal.aborted; ) {
      const began = world.now().getTime();
      let retry = null;
      try {
        if (this.#deaf < DEAF) retry = await this.#follow();
        else await this.#poll();
      } catch (error) {
        if (error instanceof ApiError && error.kind === "gone") {
          if (!this.#stopped.signal.aborted) onRefused(error);
          return;
        }
        if (error instanceof ApiError && error.seconds !== null) retry = error.seconds * 1000;
      }
      if (this.#stopped.signal.aborted) return;
      onLost();
      // A connection that held counts as a success; one that is closed at once must not be asked for at full speed.
      failures = world.now().getTime() - began > HELD ? 1 : failures + 1;
      this.#wake = new AbortController();
      await world.sleep(Math.max(pause(failures, world.random), Math.min(retry ?? 0, 60_000)), this.#wake.signal);
    }
  }

  /** Ask for news instead of listening for them, a while. */
  async #poll() {
    const { onEvent, onOpen, poll } = this.#options;
    for (let asked = 0; asked < POLLS && !this.#stopped.signal.aborted; asked += 1) {
      const patience = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout((POLL_SECONDS + 20) * 1000)]);
      const events = await poll(asked ? POLL_SECONDS : 0, patience);
      if (this.#stopped.signal.aborted) return;
      onOpen();
      for (const event of events) onEvent(event);
    }
    this.#deaf = DEAF - 1; // one more try
  }

  /**
   * One connection, from its opening to its end.
   * @returns {Promise<number | null>}  the pause that the server asked for
   */
  async #follow() {
    const { connect, onEvent, onOpen, world } = this.#options;
    const quiet = new AbortController();
    const end = () => quiet.abort();
    this.#stopped.signal.addEventListener("abort", end, { once: true });
    let [opened, heard] = [false, false];
    let timer = setTimeout(end, world.patience ?? FIRST_BYTE);
    this.#quiet = quiet;
    try {
      const reader = (await connect(quiet.signal)).getReader();
      opened = true;
      const parser = new SseParser();
      onOpen();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || this.#stopped.signal.aborted) return parser.retry;
        heard = true;
        this.#heardAt = world.now().getTime();
        clearTimeout(timer);
        timer = setTimeout(end, SILENCE);
        for (const { event, data } of parser.feed(value)) {
          const read = readEvent(event, data);
          if (read) onEvent(read);
        }
      }
    } finally {
      if (heard) this.#deaf = 0;
      else if (opened || quiet.signal.aborted) this.#deaf += 1; // else it was refused, and asking otherwise would be too
      this.#quiet = null;
      clearTimeout(timer);
      this.#stopped.signal.removeEventListener("abort", end);
      quiet.abort();
    }
  }
}

/**
 * @param {string} kind
 * @param {string} data
 * @returns {LogEvent | null}  null where a proxy or a newer server sent what we cannot read
 */
function readEvent(kind, data) {
  try {
    const line = JSON.parse(data);
    if (typeof line !== "object" || line === null) return null;
    return { seq: typeof line.seq === "number" ? line.seq : null, kind: line.kind ?? kind, at: line.at, payload: line.payload ?? {} };
  } catch {
    return null;
  }
}
