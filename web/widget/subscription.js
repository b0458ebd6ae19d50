// Keeps one visitor's event stream open and says when the connection has been lost for a while. No DOM, no storage.

import { Stream } from "../shared/stream.js";

/** @typedef {import("./types.js").Visitor} Visitor */

const OFFLINE_AFTER = 5_000; // milliseconds

/** The event stream of one conversation at a time. */
export class Subscription {
  #options;
  /** @type {Stream | null} */
  #stream = null;
  #timer = 0;

  /**
   * @param {object} options
   * @param {import("./api.js").ApiClient} options.api
   * @param {() => number} options.seq  of the last event seen
   * @param {(event: import("../shared/types.js").LogEvent) => void} options.onEvent
   * @param {() => void} options.onOpen   what is sent from now on arrives
   * @param {() => void} options.onLost
   * @param {(offline: boolean) => void} options.onOffline  after a break of some seconds, and when it is over
   * @param {() => void} options.onRefused  the conversation is gone, or the token too old
   * @param {() => Promise<void>} options.onAhead  the server knows less than is shown here
   * @param {import("../shared/types.js").Clock} options.clock
   * @param {number | undefined} [options.firstByteTimeout]  as in Stream
   */
  constructor(options) {
    this.#options = options;
  }

  /** Follows a conversation instead of the one before. @param {Visitor} visitor */
  start(visitor) {
    const { api, seq, onEvent, onOpen, onLost, onOffline, onRefused, onAhead, clock, firstByteTimeout } = this.#options;
    this.stop();
    this.#stream = new Stream({
      connect: (signal) => api.events(visitor, seq(), signal),
      poll: (seconds, signal) => api.poll(visitor, seq(), seconds, signal),
      onEvent,
      onOpen: () => {
        this.#online();
        onOpen();
      },
      onLost: () => {
        onLost();
        this.#timer ||= setTimeout(() => onOffline(true), OFFLINE_AFTER);
      },
      onRefused,
      onAhead,
      clock,
      firstByteTimeout,
    });
  }

  /** Follows no conversation. */
  stop() {
    this.#stream?.stop();
    this.#stream = null;
    this.#online();
  }

  /** Tries again now. */
  wake() {
    this.#stream?.wake();
  }

  #online() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#options.onOffline(false);
  }
}
