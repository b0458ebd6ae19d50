// What can be done now: each part of the page adds its acts, by their name in the table of keys; keys, palette and help ask
// here. Knows neither conversations nor the server.

import { choose, fitting } from "./choose.js";
import { KEYS, keysOf, shown } from "./keys.js";

/** @typedef {import("./keys.js").Act} Act */
/** @typedef {import("./choose.js").Choice} Choice */
/** @typedef {import("./strings.js").Strings} Strings */

/** The acts of a page. */
export class Acts {
  #strings;
  /** @type {Map<Act, { run: () => unknown, when: () => boolean }>} */
  #rows = new Map();
  /** @type {(() => Choice[])[]} */
  #sources = [];

  /** @param {Strings} strings */
  constructor(strings) {
    this.#strings = strings;
  }

  /** @param {Act} act @param {() => unknown} run @param {() => boolean} [when]  whether it can be done now */
  add(act, run, when = () => true) {
    this.#rows.set(act, { run, when });
  }

  /** Adds lines to the palette that have no key of their own, such as views and macros. @param {() => Choice[]} lines */
  addLines(lines) {
    this.#sources.push(lines);
  }

  /** Does it, where it can be done; whether it could. @param {Act} act */
  do(act) {
    const row = this.#rows.get(act);
    if (!row?.when()) return false;
    void row.run();
    return true;
  }

  /** Everything that can be done now, to be searched by typing. */
  palette() {
    const acts = [...this.#rows].filter(([act, { when }]) => act !== "palette" && when());
    const lines = acts.map(([act, { run }]) => ({ words: wordsOf(act, this.#strings), beside: keysOf(act).map(shown).join(" / "), run }));
    const all = [...lines, ...this.#sources.flatMap((each) => each())];
    choose(this.#strings.palette, (typed) => fitting(typed, all), { none: this.#strings.nothingFound });
  }
}

/** @param {Act} act @param {Strings} strings */
export function wordsOf(act, strings) {
  const number = /^use(\d)$/.exec(act)?.[1];
  return `${strings[/** @type {keyof Strings} */ (KEYS[act].words)]}${number ? ` ${number}` : ""}`;
}
