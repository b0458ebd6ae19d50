// Where the visitor writes. Enter sends, Shift+Enter makes a line, an Enter that ends a word of an input method does
// neither. What is half written survives leaving the page.

import { el, icon } from "./dom.js";

const LONGEST = 4000; // characters; the server takes somewhat more

export class Composer {
  #text;
  #grow;
  #button;
  #shelf;
  #onSend;

  /**
   * @param {import("./types.js").Strings} strings
   * @param {import("./storage.js").Shelf} shelf
   * @param {(text: string) => void} onSend
   */
  constructor(strings, shelf, onSend) {
    this.#shelf = shelf;
    this.#onSend = onSend;
    this.#text = el("textarea", {
      part: "input", rows: 1, maxlength: LONGEST, dir: "auto", enterkeyhint: "send", autocomplete: "off",
      placeholder: strings.placeholder, "aria-label": strings.placeholder, oninput: () => this.#changed(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    });
    this.#grow = el("div", { class: "grow" }, this.#text);
    this.#button = el("button", { class: "send", part: "send", type: "submit", "aria-label": strings.send }, icon("send"));
    this.element = el("form", { class: "composer", part: "composer" }, el("div", { class: "field" }, this.#grow, this.#button));
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    const draft = shelf.get("draft");
    this.#set(typeof draft === "string" ? draft : "");
  }

  submit() {
    const text = this.#text.value.trim();
    if (text === "") return;
    this.#set("");
    this.#shelf.set("draft", null);
    this.#onSend(text);
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // keyCode 229: Safari ends a composition before the key event that ended it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit();
  }

  /** @param {string} text */
  #set(text) {
    this.#text.value = text;
    this.#mirror();
  }

  #changed() {
    this.#mirror();
    this.#shelf.set("draft", this.#text.value || null);
  }

  /** The field grows with a hidden copy of its text, so no style has to be computed here. */
  #mirror() {
    this.#grow.dataset.text = this.#text.value;
    this.#button.setAttribute("aria-disabled", String(this.#text.value.trim() === ""));
  }
}
