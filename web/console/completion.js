// The likely rest of the sentence that is being written, in grey behind the caret: Tab or the arrow takes it, with Ctrl or
// Cmd the arrow takes a word of it, Escape drops it. Silent where the desk is not sure, or slow: nobody misses it.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Snapshot} Snapshot */

const PAUSE = 300; // milliseconds without a key
const TURNS = 50;

/** The completion of one box. Make it before other listeners to the box's keys: what is shown has them first. */
export class Completion {
  #desk;
  #box;
  #onCounted;
  #id = "";
  /** @type {{ role: string, text: string }[]} */
  #turns = [];
  #draft = ""; // what is shown goes on from here
  #rest = "";
  #asking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #offered = 0; // characters since the last reply
  /** @type {string[]} */
  #taken = [];

  /** @param {Desk} desk @param {HTMLTextAreaElement} box @param {(event: Record<string, unknown>) => void} onCounted */
  constructor(desk, box, onCounted) {
    this.#desk = desk;
    this.#box = box;
    this.#onCounted = onCounted;
    this.ghost = el("div", { class: "ghost", "aria-hidden": "true" });
    this.told = el("span", { class: "completion-told", id: "completion-told" });
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("blur", () => this.drop());
    box.addEventListener("compositionstart", () => this.drop());
    box.addEventListener("compositionend", () => this.typed());
    box.addEventListener("scroll", () => (this.ghost.scrollTop = box.scrollTop));
    document.addEventListener("selectionchange", () => this.#rest && this.#box.value === this.#draft && !this.#atEnd && this.drop());
  }

  /** What the reply is to; null where none is written. @param {Snapshot | null} snapshot */
  show(snapshot) {
    if ((snapshot?.id ?? "") !== this.#id) {
      this.#id = snapshot?.id ?? "";
      this.#count();
      this.drop();
    }
    this.#turns = (snapshot?.messages ?? []).flatMap(({ role, text }) => (role === "system" || !text ? [] : [{ role, text }])).slice(-TURNS);
  }

  /** The words in the box have changed: what goes on as it was shown stays, else it is asked for anew after a pause. */
  typed() {
    const { value } = this.#box;
    const whole = this.#draft + this.#rest;
    if (this.#rest && this.#atEnd && value.startsWith(this.#draft) && whole.startsWith(value) && value !== whole) return this.#draw(value, whole.slice(value.length));
    this.drop();
    if (this.#turns.length && value.trim()) this.#pause = setTimeout(() => void this.#ask(), PAUSE);
  }

  /** Shows nothing. */
  drop() {
    clearTimeout(this.#pause);
    this.#draw("", "");
  }

  /** A reply was sent: how much of what was offered is in it. @param {string} text @param {string} client_id */
  sent(text, client_id) {
    const length = (/** @type {string[]} */ words) => words.reduce((sum, each) => sum + each.length, 0);
    const kept = this.#taken.filter((words) => text.includes(words.trim()));
    if (this.#offered) this.#onCounted({ kind: "completed", client_id, offered: this.#offered, taken: length(this.#taken), kept: length(kept) });
    this.#count();
    this.drop();
  }

  #count() {
    this.#offered = 0;
    this.#taken = [];
  }

  get #atEnd() {
    const { selectionEnd, selectionStart, value } = this.#box;
    return document.activeElement === this.#box && selectionStart === value.length && selectionEnd === value.length;
  }

  async #ask() {
    if (this.#asking || !this.#atEnd) return; // one at a time: the engine has customers to answer
    this.#asking = true;
    const [id, draft] = [this.#id, this.#box.value];
    let rest = "";
    try {
      ({ completion: rest } = await this.#desk.api.completion(this.#turns, draft));
    } catch {
      // busy, or nothing is there that completes
    }
    this.#asking = false;
    if (id !== this.#id || !this.#turns.length) return;
    if (this.#box.value !== draft) {
      if (!this.#rest) this.typed(); // too late for this; asked for what is there now
      return;
    }
    if (!rest || !this.#atEnd) return;
    this.#offered += rest.length;
    this.#draw(draft, rest);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.#rest || event.isComposing || event.altKey || event.shiftKey || !this.#atEnd) return;
    const onward = getComputedStyle(this.#box).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const one = event.ctrlKey || event.metaKey;
    if (event.key === onward) this.#take(one ? (/^\s*\S+/.exec(this.#rest)?.[0] ?? this.#rest) : this.#rest);
    else if (event.key === "Tab" && !one) this.#take(this.#rest);
    else if (event.key === "Escape") this.drop();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** @param {string} words */
  #take(words) {
    this.#taken.push(words);
    // As if it was typed, so that it can be undone; the other way where a browser does not know this one any more.
    if (document.execCommand("insertText", false, words)) return;
    this.#box.setRangeText(words, this.#box.value.length, this.#box.value.length, "end");
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {string} draft @param {string} rest */
  #draw(draft, rest) {
    [this.#draft, this.#rest] = [draft, rest];
    this.ghost.replaceChildren(...(rest ? [draft, el("span", {}, rest)] : []));
    this.ghost.scrollTop = this.#box.scrollTop;
    this.told.textContent = rest ? fill(this.#desk.strings.completes, { words: rest }) : "";
    if (rest) this.#box.setAttribute("aria-describedby", this.told.id);
    else this.#box.removeAttribute("aria-describedby");
  }
}
