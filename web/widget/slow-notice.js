// Notices a slow answer: whoever is shown as typing for a minute without sending anything counts as typing no longer.

/** @typedef {import("./types.js").ChatState} ChatState */

export const TYPING_FOR = 60_000; // milliseconds

/** A timer that runs while somebody is shown as typing. */
export class SlowNotice {
  #onSlow;
  #timer = 0;

  /** @param {() => void} onSlow */
  constructor(onSlow) {
    this.#onSlow = onSlow;
  }

  /** Starts or stops the timer as the state changes. @param {ChatState} now @param {ChatState} before */
  watch(now, before) {
    if (now.typing === before.typing) return;
    this.stop();
    if (now.typing) this.#timer = setTimeout(this.#onSlow, TYPING_FOR);
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
