// Keeps the page up to date: reads all that is shown, follows the feed from there, and says when that is away.

import { backoff } from "../shared/backoff.js";
import { Away } from "./away.js";
import { Feed } from "./feed.js";

/** @typedef {import("./types.js").Told} Told */

/** One page's connection to what happens. */
export class Live {
  #desk;
  #does;
  #away;
  #stopped = new AbortController();

  /**
   * @param {import("./types.js").Desk} desk
   * @param {object} does
   * @param {() => Promise<number>} does.read  all that is shown; the number of the feed that it holds
   * @param {(told: Told) => void} does.heard
   * @param {(error: unknown) => boolean} does.isOver  whether the session is; asks to sign in then
   */
  constructor(desk, does) {
    this.#desk = desk;
    this.#does = does;
    this.#away = new Away(desk);
    this.element = this.#away.element;
  }

  stop() {
    this.#stopped.abort();
  }

  /** Begins, or begins anew. */
  async start() {
    const { clock } = this.#desk;
    const { heard, isOver, read } = this.#does;
    this.#stopped.abort();
    this.#stopped = new AbortController();
    const { signal } = this.#stopped;
    const feed = new Feed(this.#desk, heard, (failures, error) => {
      if (error) isOver(error);
      this.#away.told(failures);
    });
    signal.addEventListener("abort", () => feed.stop());
    for (let failures = 0; !signal.aborted; ) {
      try {
        const seq = await read();
        this.#away.told(0);
        return feed.start(seq);
      } catch (error) {
        if (signal.aborted || isOver(error)) return;
        this.#away.told((failures += 1));
        await clock.sleep(backoff(failures, clock.random), signal);
      }
    }
  }
}
