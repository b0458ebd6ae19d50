// Colleagues in notes: names are completed behind an @, and who was mentioned has seen it once they open the conversation.

import { el } from "../shared/dom.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Snapshot} Snapshot */

const MOST = 6;

/** The names that fit what is being typed into a box. */
export class Mentions {
  #desk;
  #box;
  #onInsert;
  /** @type {Promise<string[]> | null} */
  #names = null;
  /** @type {string[]} */
  #fitting = [];
  #at = 0;
  #begins = 0;

  /** @param {Desk} desk @param {HTMLTextAreaElement} box @param {() => void} onInsert */
  constructor(desk, box, onInsert) {
    this.#desk = desk;
    this.#box = box;
    this.#onInsert = onInsert;
    this.list = el("ul", { class: "names", id: "mentions", role: "listbox", "aria-label": desk.strings.colleagues, hidden: true });
    box.addEventListener("blur", () => this.#show([]));
    box.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The text has changed. @param {boolean} on  whether names are completed in it */
  async look(on) {
    const before = this.#box.value.slice(0, this.#box.selectionStart);
    const begun = on ? /(?:^|[^\p{L}\p{N}])@([^@\n]{0,40})$/u.exec(before)?.[1] : undefined;
    if (begun === undefined) return this.#show([]);
    this.#names ??= this.#desk.api.colleagues().then(({ names }) => names).catch(() => ((this.#names = null), []));
    const names = await this.#names;
    if (this.#box.value.slice(0, this.#box.selectionStart) !== before) return;
    const wanted = begun.toLocaleLowerCase();
    this.#begins = before.length - begun.length;
    this.#show(names.filter((name) => name !== this.#desk.me.name && name.toLocaleLowerCase().startsWith(wanted) && name !== begun).slice(0, MOST));
  }

  /** @param {string[]} fitting */
  #show(fitting) {
    this.#fitting = fitting;
    this.#at = 0;
    this.list.hidden = !fitting.length;
    this.#draw();
  }

  #draw() {
    // By the mouse at once: the box must not lose its focus before.
    this.list.replaceChildren(...this.#fitting.map((name, at) =>
      el("li", { role: "option", id: `mention-${at}`, "aria-selected": String(at === this.#at), onmousedown: (/** @type {Event} */ event) => (event.preventDefault(), this.#insert(name)) }, name)));
    if (this.#fitting.length) {
      this.#box.setAttribute("aria-controls", "mentions");
      this.#box.setAttribute("aria-activedescendant", `mention-${this.#at}`);
    } else {
      this.#box.removeAttribute("aria-controls");
      this.#box.removeAttribute("aria-activedescendant");
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const name = this.#fitting[this.#at];
    if (!name || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.#at = (this.#at + step + this.#fitting.length) % this.#fitting.length;
      this.#draw();
    } else if (event.key === "Enter" || event.key === "Tab") this.#insert(name);
    else if (event.key === "Escape") this.#show([]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** @param {string} name */
  #insert(name) {
    this.#box.setRangeText(`${name} `, this.#begins, this.#box.selectionStart, "end");
    this.#show([]);
    this.#onInsert();
  }
}

/** @type {Set<string>} notes whose mention was seen on this page */
const seen = new Set();

/** Says that who is signed in has seen where they were mentioned; whether anything was to be said. @param {Desk} desk @param {Snapshot} snapshot */
export async function lookAtMentions({ api, me }, { id, messages }) {
  const last = messages.findLast(({ mentions }) => mentions?.includes(me.name));
  if (!last || seen.has(last.id) || document.hidden) return false;
  await api.lookedAtMentions(id);
  seen.add(last.id);
  return true;
}
