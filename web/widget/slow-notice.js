// Whoever is said to be writing and writes nothing for a minute is not writing.

/** @typedef {import("./types.js").ChatState} ChatState */

const TYPING_FOR = 60_000;

export class SlowNotice {
  #onQuiet;
  #timer = 0;

  /** @param {() => void} onQuiet */
  constructor(onQuiet) {
    this.#onQuiet = onQuiet;
  }

  /** @param {ChatState} now @param {ChatState} before */
  watch(now, before) {
    if (now.typing === before.typing) return;
    this.end();
    if (now.typing) this.#timer = setTimeout(this.#onQuiet, TYPING_FOR);
  }

  end() {
    clearTimeout(this.#timer);
  }
}
