// Who else looks at a conversation just now and who types there, the customer included. Told by the feed; what this page says of
// itself is said again while it holds. Nothing of it is kept.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";
import { Attention } from "./attention.js";

/** @typedef {import("./types.js").Here} Here */
/** @typedef {import("./types.js").WhoIsWhere} WhoIsWhere */

const BEAT = 10_000; // milliseconds; what was said holds for twenty seconds

/** Who is where. */
export class WhoIsHere {
  #api;
  #me;
  #strings;
  /** @type {WhoIsWhere} */
  #where = { at: "", conversations: {} };
  #open = "";
  /** @type {Map<string, HTMLElement>} */
  #dots = new Map();
  #timer = 0;
  #attention;

  /** @param {{ api: import("./api.js").ConsoleApi, me: { name: string }, strings: import("./strings.js").Strings }} given */
  constructor({ api, me, strings }) {
    this.#api = api;
    this.#me = me.name;
    this.#strings = strings;
    this.#attention = new Attention((focus) => api.presence(focus), () => Date.now());
    this.#attention.start();
    this.viewers = el("span", { class: "viewers", "data-tell": "" });
    this.whisper = el("p", { class: "whisper", hidden: true }, strings.customerTypes);
  }

  /** The word for what is known here, to be told when it is another. */
  get at() {
    return this.#where.at;
  }

  /** @param {WhoIsWhere | undefined} where */
  take(where) {
    if (!where || (where.at && where.at === this.#where.at)) return;
    this.#where = where;
    this.#draw();
  }

  /** What a stream tells of one conversation. @param {Here & { conversation_id: string }} told */
  takeOne({ conversation_id, ...here }) {
    const { [conversation_id]: _, ...others } = this.#where.conversations;
    const anybody = here.viewers.length > 0 || here.customer_types;
    this.#where = { at: "", conversations: anybody ? { ...others, [conversation_id]: here } : others };
    this.#draw();
  }

  /** Says that this page shows a conversation. @param {string} id  "" for none */
  look(id) {
    if (id === this.#open) return;
    if (this.#open) this.#say(this.#open, false);
    this.#open = id;
    this.#attention.look(id);
    clearInterval(this.#timer);
    const beat = () => id && !document.hidden && this.#say(id, true);
    beat();
    if (id) this.#timer = setInterval(beat, BEAT);
    this.#draw();
  }

  /** The mark of who is there, for a row of the list: one for each conversation, wherever it is put. @param {string} id */
  dot(id) {
    let dot = this.#dots.get(id);
    if (!dot) this.#dots.set(id, (dot = el("span", { class: "dot" })));
    this.#mark(id, dot);
    return dot;
  }

  /** @param {string} id @param {boolean} on */
  #say(id, on) {
    this.#api.viewing(id, on).catch(() => {}); // it is said again
  }

  /** @param {string} id @returns {Here["viewers"]} */
  #others(id) {
    return (this.#where.conversations[id]?.viewers ?? []).filter(({ name }) => name !== this.#me);
  }

  #draw() {
    for (const [id, dot] of this.#dots) {
      if (dot.isConnected) this.#mark(id, dot);
      else this.#dots.delete(id);
    }
    this.viewers.textContent = this.#told(this.#open);
    this.whisper.hidden = !this.#where.conversations[this.#open]?.customer_types;
  }

  /** @param {string} id */
  #told(id) {
    return this.#others(id).map(({ name, typing }) => fill(typing ? this.#strings.isTyping : this.#strings.looksToo, { name })).join(" \u00b7 ");
  }

  /** @param {string} id @param {HTMLElement} dot */
  #mark(id, dot) {
    const others = this.#others(id);
    const words = others.length ? this.#told(id) : this.#where.conversations[id]?.customer_types ? this.#strings.customerTypes : "";
    dot.hidden = !words;
    dot.title = words;
    dot.replaceChildren(...(words ? [el("span", { class: "unseen" }, words)] : []));
    dot.classList.toggle("typing", others.some(({ typing }) => typing) || (!others.length && !!words));
  }
}
