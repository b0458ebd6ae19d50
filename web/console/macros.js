// Macros: texts that the team writes again and again, filled in by the server for the open conversation; chosen by key, from
// the palette or by a / at the beginning of a line.

import { fill } from "../shared/language.js";
import { reason } from "./account.js";
import { choose, fitting } from "./choose.js";

/** @typedef {import("./types.js").Desk} Desk */

/** What puts macros into a box. */
export class Macros {
  #desk;
  #box;
  #conversation;
  #onInsert;

  /** @param {Desk} desk @param {HTMLTextAreaElement} box @param {() => string} conversation  the id of the open one @param {() => void} onInsert */
  constructor(desk, box, conversation, onInsert) {
    this.#desk = desk;
    this.#box = box;
    this.#conversation = conversation;
    this.#onInsert = onInsert;
    box.addEventListener("input", (event) => {
      const at = box.selectionStart;
      const begins = at === 1 || box.value[at - 2] === "\n";
      if (event instanceof InputEvent && event.data === "/" && !event.isComposing && begins) void this.choose(at - 1);
    });
  }

  /** Asks which one; it replaces what was typed after ``from``, and without that what is selected. @param {number} [from] */
  async choose(from) {
    const { api, strings, tell } = this.#desk;
    const id = this.#conversation();
    try {
      const { macros } = await api.macros(id);
      if (id !== this.#conversation() || document.querySelector("dialog[open]")) return;
      if (!macros.length && from !== undefined) return; // a / is a / where there are none
      const lines = macros.map((macro) => ({
        words: macro.name,
        more: macro.missing.length ? `${fill(strings.macroMissing, { what: macro.missing.join(", ") })} ${macro.text}` : macro.text,
        run: () => this.#insert(macro, from),
      }));
      choose(strings.macros, (typed) => fitting(typed, lines), { none: strings.noMacros });
    } catch (error) {
      tell(reason(error));
    }
  }

  /** Keeps what stands in the box as a macro. */
  save() {
    const { api, strings, tell } = this.#desk;
    const text = this.#box.value.trim();
    choose(strings.macroName, (name) => (name ? [{
      words: fill(strings.macroSave, { name }),
      run: () => api.saveMacro({ name, text }).then(() => tell(fill(strings.macroSaved, { name })), (error) => tell(reason(error))),
    }] : []));
  }

  /** @param {import("./types.js").Macro} macro @param {number} [from] */
  #insert({ id, missing, text }, from) {
    const { api, strings, tell } = this.#desk;
    this.#box.setRangeText(text, from ?? this.#box.selectionStart, from === undefined ? this.#box.selectionEnd : from + 1, "end");
    this.#box.focus();
    this.#onInsert();
    if (missing.length) tell(fill(strings.macroMissing, { what: missing.join(", ") }));
    api.usedMacro(id, this.#conversation()).catch(() => {}); // it is only counted
  }
}
