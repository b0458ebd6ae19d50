// Facts of what is being written that the desk's evidence says otherwise: underlined behind the box after a pause, and told
// below it. A hint: it stops nobody, and where the engine is busy there is none.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Doubt} Doubt */

const PAUSE = 900;
const TRIES = 5; // where the engine is busy

/** The marks of one box. */
export class Doubts {
  #desk;
  #box;
  #asking = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  /** @param {Desk} desk @param {HTMLTextAreaElement} box */
  constructor(desk, box) {
    this.#desk = desk;
    this.#box = box;
    this.marks = el("div", { class: "marks", "aria-hidden": "true" });
    this.told = el("p", { class: "doubts", "data-tell": "" });
    box.addEventListener("scroll", () => (this.marks.scrollTop = box.scrollTop));
  }

  /** The text has changed; looks at it after a pause. @param {string} id  the conversation, "" for what is not looked at */
  look(id) {
    clearTimeout(this.#pause);
    this.#asking.abort();
    this.#draw("", []);
    const text = this.#box.value;
    if (id && text.trim()) this.#pause = setTimeout(() => void this.#ask(id, text), PAUSE);
  }

  /** @param {string} id @param {string} text @param {number} [tries] */
  async #ask(id, text, tries = TRIES) {
    const { signal } = (this.#asking = new AbortController());
    try {
      const { checked, doubts } = await this.#desk.api.doubts(id, text.slice(0, 8000), signal);
      if (signal.aborted || this.#box.value !== text) return;
      if (checked) this.#draw(text, doubts);
      else if (tries > 1) this.#pause = setTimeout(() => void this.#ask(id, text, tries - 1), 2 * PAUSE);
    } catch {
      // nobody misses it
    }
  }

  /** @param {string} text @param {Doubt[]} doubts */
  #draw(text, doubts) {
    const letters = [...text]; // places are code points
    /** @type {(Node | string)[]} */
    const parts = [];
    let at = 0;
    for (const { start, end } of doubts) {
      if (start < at) continue;
      parts.push(letters.slice(at, start).join(""), el("mark", {}, letters.slice(start, end).join("")));
      at = end;
    }
    this.marks.replaceChildren(...(doubts.length ? [...parts, letters.slice(at).join("")] : []));
    this.marks.scrollTop = this.#box.scrollTop;
    const told = doubts.map(({ start, end, stated }) => fill(this.#desk.strings.doubt, { said: letters.slice(start, end).join(""), stated: stated.join(", ") }));
    this.told.textContent = told.join(" ");
  }
}
