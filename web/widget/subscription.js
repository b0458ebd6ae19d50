// Keeps one visitor's stream open and knows when to say that the connection is gone. No DOM, no storage.

import { Stream } from "./stream.js";

/** @typedef {import("./types.js").Visitor} Visitor */

const OFFLINE_AFTER = 5_000;

export class Subscription {
  #options;
  /** @type {Stream | null} */
  #stream = null;
  #timer = 0;

  /**
   * @param {object} options
   * @param {import("./api.js").ApiClient} options.api
   * @param {() => number} options.seq  of the last event seen
   * @param {(event: import("./types.js").LogEvent) => void} options.onEvent
   * @param {() => void} options.onOpen   what is sent from now on arrives
   * @param {() => void} options.onLost
   * @param {(offline: boolean) => void} options.onOffline  told after a break that is no short one, and when it is over
   * @param {(error: import("./api.js").ApiError) => void} options.onRefused  the conversation is gone, or the token too old
   * @param {import("./types.js").World} options.world
   */
  constructor(options) {
    this.#options = options;
  }

  /** @param {Visitor} visitor */
  start(visitor) {
    const { api, seq, onEvent, onOpen, onLost, onOffline, onRefused, world } = this.#options;
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
      world,
    });
  }

  stop() {
    this.#stream?.stop();
    this.#stream = null;
    this.#online();
  }

  /** Try again now. */
  wake() {
    this.#stream?.wake();
  }

  #online() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#options.onOffline(false);
  }
}
