// The desk's feed in a browser with several tabs: one of them follows the server's stream and tells the others; when it closes,
// another goes on after the last number that it has seen. Two people who are signed in in two tabs share nothing.

import { Stream } from "../shared/stream.js";

/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Told} Told */

/** Follows the desk until it is stopped. */
export class Feed {
  #desk;
  #onTold;
  #onFailures;
  #stopped = new AbortController();
  #seq = 0;
  #channel;

  /**
   * @param {Desk} desk
   * @param {(told: Told) => void} onTold  what is new, and who is where
   * @param {(failures: number, error: unknown) => void} onFailures  how often it failed in a row; 0 after it is well again
   */
  constructor(desk, onTold, onFailures) {
    this.#desk = desk;
    this.#onTold = onTold;
    this.#onFailures = onFailures;
    this.#channel = new BroadcastChannel(`understudy-feed:${desk.me.id}`);
    this.#channel.addEventListener("message", ({ data }) => this.#hear(data));
  }

  /** Goes on after a number. @param {number} seq */
  start(seq) {
    this.#seq = Math.max(this.#seq, seq);
    const { signal } = this.#stopped;
    const lead = () => this.#lead(signal);
    if (navigator.locks) navigator.locks.request(`understudy-feed:${this.#desk.me.id}`, { signal }, lead).catch(() => {}); // stopped while it waited
    else void lead(); // no secure context: each tab for itself
  }

  stop() {
    this.#stopped.abort();
    this.#channel.close();
  }

  /** @param {Told | { failures: number }} told */
  #hear(told) {
    if ("failures" in told) return this.#onFailures(told.failures, null);
    this.#onFailures(0, null);
    const events = told.events.filter(({ seq }) => seq > this.#seq);
    this.#seq = Math.max(this.#seq, told.seq);
    this.#onTold({ ...told, events });
  }

  /** To all tabs, this one included. @param {Told | { failures: number }} told */
  #tell(told) {
    if (this.#stopped.signal.aborted) return;
    this.#channel.postMessage(told);
    this.#hear(told);
  }

  /** Follows until it is stopped, or may not. @param {AbortSignal} signal @returns {Promise<void>} */
  #lead(signal) {
    const { api, clock, here } = this.#desk;
    let failures = 0;
    return new Promise((ended) => {
      const stream = new Stream({
        connect: (connection) => api.stream(this.#seq, connection),
        poll: async (seconds, limit) => {
          const page = await api.changes(this.#seq, seconds, here.at, limit);
          this.#tell(page);
          return [];
        },
        onEvent: ({ kind, payload, seq, ...more }) => {
          if (seq !== null) this.#tell({ events: [/** @type {Change} */ ({ kind, payload, seq, ...more })], seq });
          else if (kind === "looking") this.#tell({ events: [], seq: this.#seq, looking: /** @type {Told["looking"]} */ (payload) });
        },
        onOpen: () => {
          if (failures) this.#tell({ events: [], seq: this.#seq, here: { at: "", conversations: {} } }); // said anew on every stream
          failures = 0;
        },
        onLost: () => this.#tell({ failures: (failures += 1) }),
        onRefused: (error) => (this.#onFailures(1, error), ended()), // each tab finds that out, and begins anew
        onAhead: async () => location.reload(), // the desk's database is an older one: nothing that is shown here holds
        clock,
      });
      const wake = () => document.hidden || stream.wake();
      addEventListener("online", wake, { signal });
      document.addEventListener("visibilitychange", wake, { signal });
      signal.addEventListener("abort", () => (stream.stop(), ended()), { once: true });
    });
  }
}
