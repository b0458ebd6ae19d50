// Why no suggestion fits: one of five reasons, and words where somebody has some. A button that becomes a small form.

import { el } from "../shared/dom.js";
import { keyOf } from "./keys.js";

/** @typedef {import("./types.js").Desk} Desk */

const REASONS = /** @type {const} */ (["wrong_facts", "wrong_topic", "tone", "incomplete", "other"]);

/** The form below the suggestions. */
export class NoneFits {
  #strings;
  #onReason;
  #form;
  #button;
  #words;
  #noted;
  /** @type {Element | null} */
  #from = null;

  /** @param {Desk} desk @param {(reason: string, words: string | null) => void} onReason */
  constructor({ strings }, onReason) {
    this.#strings = strings;
    this.#onReason = onReason;
    this.#button = el("button", { type: "button", "aria-expanded": "false", "aria-keyshortcuts": keyOf("noneFits"), onclick: () => this.ask() },
      el("kbd", {}, keyOf("noneFits")), ` ${strings.noneFits}`);
    this.#words = el("input", { type: "text", maxlength: "1000", "aria-label": strings.inYourWords, placeholder: strings.inYourWords });
    this.#form = el("form", { hidden: true, onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.#told()) },
      el("fieldset", {}, el("legend", {}, strings.whyNone),
        ...REASONS.map((reason) => el("label", {}, el("input", { type: "radio", name: "none-fits", value: reason, required: true }), strings[`reason_${reason}`]))),
      this.#words, el("button", {}, strings.tellWhy));
    this.#form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      this.#close();
    });
    this.#noted = el("p", { "data-tell": "" });
    this.element = el("div", { class: "none-fits" }, this.#button, this.#form, this.#noted);
  }

  /** Opens the form, the focus on its first reason; where it is open, closes it. */
  ask() {
    if (this.#button.hidden) return;
    if (!this.#form.hidden) return this.#close();
    this.#from = document.activeElement;
    this.#form.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#form.querySelector("input")?.focus();
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** For other suggestions. */
  reset() {
    this.#form.reset();
    this.#form.hidden = true;
    this.#button.hidden = false;
    this.#button.setAttribute("aria-expanded", "false");
    this.#noted.textContent = "";
  }

  #close() {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur(); // where focus came from nothing, keys act again
    this.#form.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
    if (this.#from instanceof HTMLElement && this.#from.isConnected) this.#from.focus();
  }

  #told() {
    const chosen = this.#form.querySelector("input:checked");
    if (!(chosen instanceof HTMLInputElement)) return;
    this.#onReason(chosen.value, this.#words.value.trim() || null);
    this.#close();
    this.#button.hidden = true;
    this.#noted.textContent = this.#strings.whyNoted;
  }
}
