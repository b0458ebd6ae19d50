// Macros: texts that the team writes again and again, filled in by the server for the open conversation; chosen by key, from
// the palette or by a / at the beginning of a line.

import { fill } from "../shared/language.js";
import { reason } from "./account.js";
import { choose, fitting } from "./choose.js";
import { actsInWords } from "./with-reply.js";

/** @typedef {import("./types.js").Desk} Desk */

/** What puts macros into a box. */
export class Macros {
  #desk;
  #box;
  #conversation;
  #onInsert;

  /** @param {Desk} desk @param {HTMLTextAreaElement} box @param {() => string} conversation  the id of the open one @param {(acts: import("./types.js").ActsWithReply) => void} onInsert  and what is to be done with it */
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
        more: [macro.personal && strings.macroOwn, macro.missing.length && fill(strings.macroMissing, { what: macro.missing.join(", ") }), macro.text, ...actsInWords(this.#desk, macro.acts).map(({ words }) => `\u00b7 ${words}`)].filter(Boolean).join(" "),
        run: () => this.#insert(macro, from),
      }));
      choose(strings.macros, (typed) => fitting(typed, lines), { none: strings.noMacros });
    } catch (error) {
      tell(reason(error));
    }
  }

  /** Keeps what stands in the box as a macro: for oneself, and as who leads for the desk. @param {import("./types.js").ActsWithReply} acts  what is to be done with it */
  save({ until: _, ...acts }) {
    const { api, me, strings, tell } = this.#desk;
    const text = this.#box.value.trim();
    const ways = me.permissions.includes("lead") ? [false, true] : [true];
    choose(strings.macroName, (name) => (name ? ways.map((personal) => ({
      words: fill(personal ? strings.macroSaveOwn : strings.macroSave, { name }),
      run: () => api.saveMacro({ name, text, acts, personal }).then(() => tell(fill(strings.macroSaved, { name })), (error) => tell(reason(error))),
    })) : []));
  }

  /** @param {import("./types.js").Macro} macro @param {number} [from] */
  #insert({ acts, id, missing, text }, from) {
    const { api, strings, tell } = this.#desk;
    this.#box.setRangeText(text, from ?? this.#box.selectionStart, from === undefined ? this.#box.selectionEnd : from + 1, "end");
    this.#box.focus();
    this.#onInsert(acts);
    if (missing.length) tell(fill(strings.macroMissing, { what: missing.join(", ") }));
    api.usedMacro(id, this.#conversation()).catch(() => {}); // it is only counted
  }
}
