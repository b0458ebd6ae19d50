// Follows one event log over server-sent events: reconnects with growing pauses, asks for everything after the last event,
// and gives up a connection that has been silent for too long. Where no stream gets through (some proxies keep a response
// until it is complete) it polls instead, and tries the stream again from time to time.

import { backoff } from "./backoff.js";
import { ApiError } from "./http.js";
import { SseParser } from "./sse.js";

/** @typedef {import("./types.js").LogEvent} LogEvent */

const SILENCE = 45_000; // the server's heartbeat comes every 15 s; three missed ones mean that the connection is dead
const FIRST_BYTE = 10_000; // the server sends something as soon as a stream is open
const STALE = 20_000; // after a sleep nothing tells whether a connection that was silent for so long still stands
const SILENT_STREAMS = 2; // in a row, after which it polls
const POLL_SECONDS = 25;
const POLLS = 12; // then the stream is tried again
const HELD = 10_000; // milliseconds after which a connection counts as a success

/** A subscription to one event log; begins at once. */
export class Stream {
  #options;
  #stopped = new AbortController();
  #wake = new AbortController();
  #silentStreams = 0;
  #heardAt = 0;
  /** @type {AbortController | null} of the open connection */
  #connection = null;

  /**
   * @param {object} options
   * @param {(signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>} options.connect
   * @param {(seconds: number, signal: AbortSignal) => Promise<LogEvent[]>} options.poll
   * @param {(event: LogEvent) => void} options.onEvent
   * @param {() => void} options.onOpen      connected: what is sent from now on arrives
   * @param {() => void} options.onLost      the connection ended, however it did
   * @param {(error: ApiError) => void} options.onRefused  the log is gone; the stream has stopped
   * @param {() => Promise<void>} options.onAhead  the log ends before the last event seen: what is shown has to be read anew
   * @param {import("./types.js").Clock} options.clock
   * @param {number | undefined} [options.firstByteTimeout]  milliseconds until a stream of which nothing was heard is given up
   */
  constructor(options) {
    this.#options = options;
    void this.#run();
  }

  /** Tries again now: the browser says that the network is back or the page is looked at. */
  wake() {
    this.#wake.abort();
    if (this.#options.clock.now().getTime() - this.#heardAt > STALE) this.#connection?.abort();
  }

  /** Ends the subscription. */
  stop() {
    this.#stopped.abort();
    this.#wake.abort();
  }

  async #run() {
    const { clock, onAhead, onLost, onRefused } = this.#options;
    for (let failures = 0; !this.#stopped.signal.aborted; ) {
      const began = clock.now().getTime();
      let retry = null;
      try {
        if (this.#silentStreams < SILENT_STREAMS) retry = await this.#follow();
        else await this.#poll();
      } catch (error) {
        if (error instanceof ApiError) {
          if (error.kind === "gone") {
            if (!this.#stopped.signal.aborted) onRefused(error);
            return;
          }
          if (error.kind === "ahead") await onAhead();
          if (error.seconds) retry = error.seconds * 1000;
        }
      }
      if (this.#stopped.signal.aborted) return;
      onLost();
      // A connection that held counts as a success; one that is closed at once must not be asked for at full speed.
      failures = clock.now().getTime() - began > HELD ? 1 : failures + 1;
      this.#wake = new AbortController();
      await clock.sleep(Math.max(backoff(failures, clock.random), Math.min(retry ?? 0, 60_000)), this.#wake.signal);
    }
  }

  /** Polls for a while instead of streaming. */
  async #poll() {
    const { onEvent, onOpen, poll } = this.#options;
    for (let asked = 0; asked < POLLS && !this.#stopped.signal.aborted; asked += 1) {
      const limit = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout((POLL_SECONDS + 20) * 1000)]);
      const events = await poll(asked ? POLL_SECONDS : 0, limit);
      if (this.#stopped.signal.aborted) return;
      onOpen();
      for (const event of events) onEvent(event);
    }
    this.#silentStreams = SILENT_STREAMS - 1; // one more try
  }

  /**
   * One connection, from its opening to its end.
   * @returns {Promise<number | null>}  the pause that the server asked for
   */
  async #follow() {
    const { clock, connect, firstByteTimeout, onEvent, onOpen } = this.#options;
    const connection = new AbortController();
    const end = () => connection.abort();
    this.#stopped.signal.addEventListener("abort", end, { once: true });
    let [opened, heard] = [false, false];
    let timer = setTimeout(end, firstByteTimeout ?? FIRST_BYTE);
    this.#connection = connection;
    try {
      const reader = (await connect(connection.signal)).getReader();
      opened = true;
      const parser = new SseParser();
      onOpen();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || this.#stopped.signal.aborted) return parser.retry;
        heard = true;
        this.#heardAt = clock.now().getTime();
        clearTimeout(timer);
        timer = setTimeout(end, SILENCE);
        for (const { event, data } of parser.feed(value)) {
          const read = readEvent(event, data);
          if (read) onEvent(read);
        }
      }
    } finally {
      if (heard) this.#silentStreams = 0;
      else if (opened || connection.signal.aborted) this.#silentStreams += 1; // else it was refused, and polls would be too
      this.#connection = null;
      clearTimeout(timer);
      this.#stopped.signal.removeEventListener("abort", end);
      connection.abort();
    }
  }
}

/**
 * An event as the log has it.
 * @param {string} kind
 * @param {string} data
 * @returns {LogEvent | null}  null where a proxy or a newer server sent what we cannot read
 */
function readEvent(kind, data) {
  try {
    const line = JSON.parse(data);
    if (typeof line !== "object" || line === null) return null;
    return { ...line, seq: typeof line.seq === "number" ? line.seq : null, kind: line.kind ?? kind, payload: line.payload ?? {} };
  } catch {
    return null;
  }
}
