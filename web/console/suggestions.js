// What the understudy would say to the customer's last message, beside the box: up to three replies, each with what it rests
// on. What people do with them is told to the server; what they sent in the end it sees itself.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";
import { reason } from "./account.js";
import { keyOf } from "./keys.js";
import { NoneFits } from "./none-fits.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./types.js").Suggestion} Suggestion */
/** @typedef {import("./types.js").SuggestionSet} SuggestionSet */
/** @typedef {import("./keys.js").Act} Act */

const LIKELY = 0.65;
const PERHAPS = 0.3;
const PHONE = "(max-width: 46rem)"; // as in console.css: there they are folded, with how many there are, until they are wanted
const SEEN = 1_000; // milliseconds in view after which it counts as shown
const IN_VIEW = 0.5; // the share of a suggestion that has to be

/** The suggestions for one conversation at a time. */
export class Suggestions {
  #desk;
  #insert;
  #asked = "";
  #asking = new AbortController();
  /** @type {SuggestionSet | null} */
  #set = null;
  /** @type {Map<Element, ReturnType<typeof setTimeout>>} */
  #seeing = new Map();
  #views = new IntersectionObserver((seen) => seen.forEach((one) => this.#view(one.target, one.isIntersecting)), { threshold: IN_VIEW });

  /** @param {Desk} desk @param {(text: string) => boolean} insert  puts words into the box; whether it could */
  constructor(desk, insert) {
    this.#desk = desk;
    this.#insert = insert;
    this.#noneFits = new NoneFits(desk, (reason, words) => this.tell({ kind: "rejected", reason, words }));
    this.#list = el("div", {});
    this.#count = el("span", { class: "count" });
    const folded = el("details", { open: desk.store.get("suggestions") ?? !matchMedia(PHONE).matches },
      el("summary", { onclick: () => desk.store.set("suggestions", !folded.open) }, el("h2", {}, desk.strings.suggestions, this.#count)), this.#list);
    this.element = el("section", { class: "suggestions", "aria-label": desk.strings.suggestions, hidden: true }, folded);
  }

  #count;
  #list;
  #noneFits;

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    const at = snapshot.messages.findLastIndex(({ role }) => role === "customer");
    const last = snapshot.messages[at];
    if (!last || snapshot.status === "closed") {
      this.#asking.abort();
      this.#asked = "";
      this.#set = null;
      this.#draw([]);
      return;
    }
    const answered = snapshot.messages.slice(at).some(({ role }) => role === "agent");
    const heldBack = this.#set?.blind && !this.#set.suggestions.length; // until somebody has answered
    if (this.#asked !== last.id || (heldBack && answered)) void this.#suggest(snapshot.id, last.id);
  }

  /** @param {number} at */
  use(at) {
    const one = this.#set?.suggestions[at];
    if (one && this.#insert(one.text)) this.tell({ kind: "inserted", suggestion_id: one.id });
  }

  /** Opens or closes what a suggestion rests on: of the one that has the focus, else of the first. */
  evidence() {
    const card = document.activeElement?.closest(".suggestion") ?? this.element.querySelector(".suggestion:has(details)");
    const details = card?.querySelector("details");
    if (details) details.open = !details.open;
  }

  /** Asks why none fits. */
  reject() {
    if (this.#set?.suggestions.length) this.#noneFits.ask();
  }

  /** Tells what was done with them. @param {Record<string, unknown>} event */
  tell(event) {
    if (this.#set?.set_id) this.#desk.api.suggestionFeedback(this.#set.set_id, [event]).catch(() => {}); // nobody misses it
  }

  /** @param {string} id @param {string} last */
  async #suggest(id, last) {
    const { api, strings } = this.#desk;
    this.#asked = last;
    this.#asking.abort();
    const { signal } = (this.#asking = new AbortController());
    this.#set = null;
    this.#draw([el("p", { "data-tell": "" }, strings.asking)]);
    try {
      const set = await api.suggestions(id, signal);
      if (signal.aborted) return;
      this.#set = set;
      this.#draw(this.#drawn(set), set.suggestions.length);
    } catch (error) {
      if (signal.aborted) return;
      this.#asked = ""; // asked again when something happens
      this.#draw([el("p", {}, fill(strings.noHelp, { why: reason(error) }))]);
    }
  }

  /** @param {SuggestionSet} set */
  #drawn({ blind, suggestions }) {
    const { strings } = this.#desk;
    if (!suggestions.length) return [el("p", {}, blind ? strings.heldBack : strings.noSuggestions)];
    this.#noneFits.reset();
    return [...(blind ? [el("p", {}, strings.wasHeldBack)] : []), ...suggestions.map((one, at) => this.#card(one, at)), this.#noneFits.element];
  }

  /** @param {HTMLElement[]} below  none: nothing is asked @param {number} [many] */
  #draw(below, many) {
    this.#unwatch();
    this.element.hidden = !below.length;
    this.#count.textContent = many === undefined ? "" : String(many);
    this.#list.replaceChildren(...below);
    for (const card of this.element.querySelectorAll(".suggestion")) this.#views.observe(card);
  }

  #unwatch() {
    this.#views.disconnect();
    for (const timer of this.#seeing.values()) clearTimeout(timer);
    this.#seeing.clear();
  }

  /** A suggestion has come into view, or left it. @param {Element} card @param {boolean} inView */
  #view(card, inView) {
    clearTimeout(this.#seeing.get(card));
    if (inView) this.#seeing.set(card, setTimeout(() => this.#seen(card), SEEN));
  }

  /** @param {Element} card */
  #seen(card) {
    if (document.hidden) return void this.#view(card, true); // looked at again
    this.#views.unobserve(card);
    this.tell({ kind: "shown", suggestion_id: card.getAttribute("data-id") });
  }

  /** @param {Suggestion} one @param {number} at */
  #card({ confidence, evidence, id, text, warnings }, at) {
    const { strings } = this.#desk;
    const word = confidence >= LIKELY ? strings.likely : confidence >= PERHAPS ? strings.perhaps : strings.unsure;
    const act = /** @type {Act} */ (`use${at + 1}`);
    const sources = [...new Set(evidence.map(({ title }) => title ?? strings.pastReply))].join(", ");
    const opened = (/** @type {Event} */ { currentTarget }) =>
      currentTarget instanceof HTMLDetailsElement && currentTarget.open && this.tell({ kind: "expanded", suggestion_id: id });
    return el("article", { class: "suggestion", "data-id": id },
      el("p", { class: "text", dir: "auto", tabindex: "0" }, text),
      ...warnings.map((what) => el("p", { class: "warning" }, fill(strings.looksAt, { what }))),
      el("footer", {},
        el("button", { type: "button", "aria-keyshortcuts": keyOf(act), onclick: () => this.use(at) }, el("kbd", {}, keyOf(act)), ` ${strings.use}`),
        el("span", { class: confidence >= LIKELY ? "likely" : "quiet" }, word)),
      evidence.length > 0 && el("details", { ontoggle: opened }, el("summary", { title: `${strings.evidence} (${keyOf("evidence")})`, "aria-keyshortcuts": keyOf("evidence") }, `${strings.restsOn}: ${sources}`),
        ...evidence.map((each) => el("blockquote", { dir: "auto" }, each.text))));
  }
}
