// The text field, whose button sends a message or stops the answer that is being written. Enter sends, Shift+Enter starts a
// new line, an Enter that ends a word of an input method does neither. A draft survives leaving the page.

import { isBlank } from "../shared/blank.js";
import { el } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

const MAX_LENGTH = 4000; // characters; the server accepts somewhat more

/** A form of one growing text field and its button. */
export class Composer {
  #text;
  #grow;
  #button;
  #store;
  #actions;
  /** @type {import("./types.js").Tray | null} */
  #tray = null;
  #strings;
  #busy = false;

  /**
   * @param {import("./types.js").Strings} strings
   * @param {import("../shared/local-store.js").LocalStore} store
   * @param {import("./panel.js").Actions} actions
   */
  constructor(strings, store, actions) {
    this.#store = store;
    this.#strings = strings;
    this.#actions = actions;
    this.#text = el("textarea", {
      part: "input", rows: 1, maxlength: MAX_LENGTH, dir: "auto", enterkeyhint: "send", autocomplete: "off",
      placeholder: strings.placeholder, "aria-label": strings.placeholder, oninput: () => this.#changed(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    });
    this.#grow = el("div", { class: "grow" }, this.#text);
    const press = () => (this.#stops ? actions.onStop() : this.submit());
    const attach = (/** @type {any} */ event) => void this.#attach(event);
    const clip = el("button", { class: "thumb attach", type: "button", "aria-label": strings.attach, onclick: attach }, icon("clip"));
    this.#button = el("button", { class: "send", part: "send", type: "button", onclick: press }, icon("send"), icon("stop"));
    this.element = el("form", { class: "composer", part: "composer" }, el("div", { class: "field" }, clip, this.#grow, this.#button));
    for (const name of ["paste", "dragover", "drop"]) this.element.addEventListener(name, attach);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    const draft = store.get("draft");
    this.#set(typeof draft === "string" ? draft : "");
  }

  /** Sends what is written. */
  submit() {
    if (this.#blank || this.#tray?.busy) return;
    const text = this.#text.value.trim();
    this.#set("");
    this.#store.set("draft", null);
    this.#actions.onSend(text, this.#tray?.take() ?? []);
  }

  /** Takes files: those that are pasted or dropped, else the visitor chooses. @param {MouseEvent & ClipboardEvent & DragEvent} event */
  async #attach(event) {
    const given = event.clipboardData ?? event.dataTransfer;
    if (given && !given.types.includes("Files")) return;
    event.preventDefault();
    const files = given && [...given.files]; // they are gone after the first wait
    if (event.type === "dragover") return;
    const tray = this.#tray ?? (await this.#actions.onAttach(() => this.#mark()));
    this.#tray ??= tray;
    tray.element.setAttribute("role", "status");
    this.element.prepend(this.#tray.element);
    this.#tray.add(files);
  }

  /** Whether an answer is being written, which the button then stops. @param {boolean} busy */
  set busy(busy) {
    this.#busy = busy;
    this.#mark();
  }

  get #stops() {
    return this.#busy && this.#blank;
  }

  get #blank() {
    return isBlank(this.#text.value) && !this.#tray?.count;
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
    this.#store.set("draft", this.#text.value || null);
  }

  /** The field grows with a hidden copy of its text, so that no style has to be computed here. */
  #mirror() {
    this.#grow.dataset.text = this.#text.value;
    this.#mark();
  }

  #mark() {
    const stops = this.#stops;
    this.#button.classList.toggle("stops", stops);
    this.#button.setAttribute("aria-label", stops ? this.#strings.stop : this.#strings.send);
    this.#button.setAttribute("aria-disabled", String(!stops && (this.#blank || !!this.#tray?.busy)));
  }
}
