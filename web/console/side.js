// Beside the thread: who writes, and what they wrote before. An earlier conversation opens here, to be read, and the open one
// stays where it is.

import { el } from "../shared/dom.js";
import { fill, said } from "../shared/language.js";
import { reason } from "./account.js";
import { stars } from "./rows.js";
import { withOlder } from "./thread-state.js";
import { Thread } from "./thread.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").CustomerShown} CustomerShown */

const WIDE = "(min-width: 70.01rem)"; // as in thread.css

/** The panel of one conversation at a time. */
export class Side {
  #desk;
  #id = "";

  /** @param {Desk} desk */
  constructor(desk) {
    const { store, strings } = desk;
    this.#desk = desk;
    this.element = el("section", { class: "panel", "aria-label": strings.sidePanel, hidden: !(store.get("side") ?? matchMedia(WIDE).matches) });
    this.button = el("button", { type: "button", class: "sidekey", "aria-expanded": String(!this.element.hidden), "aria-keyshortcuts": "p", title: `${strings.sidePanel} (p)`, onclick: () => this.toggle() }, strings.customer);
  }

  /** Shows or hides it, and remembers that. */
  toggle() {
    this.element.hidden = !this.element.hidden;
    this.#desk.store.set("side", !this.element.hidden);
    this.button.setAttribute("aria-expanded", String(!this.element.hidden));
    if (!this.element.hidden) void this.#read();
  }

  /** @param {string} id */
  show(id) {
    if (id === this.#id) return;
    this.#id = id;
    this.element.replaceChildren();
    if (!this.element.hidden) void this.#read();
  }

  async #read() {
    const id = this.#id;
    if (!id || this.element.children.length) return;
    try {
      const shown = await this.#desk.api.customer(id);
      if (id === this.#id) this.element.replaceChildren(...this.#card(shown), this.#earlier(shown));
    } catch (error) {
      if (id === this.#id) this.element.replaceChildren(el("p", { class: "quiet" }, reason(error)));
    }
  }

  /** @param {CustomerShown} shown */
  #card({ contact, email, inbox, name, since, subject, verified }) {
    const { language, strings } = this.#desk;
    const row = (/** @type {string} */ words, /** @type {string | null} */ value) => value && el("div", {}, el("dt", {}, words), el("dd", { dir: "auto" }, value));
    const close = el("button", { type: "button", class: "close", "aria-label": strings.closeHelp, onclick: () => this.toggle() }, "\u00d7");
    return [el("header", {}, el("h2", { dir: "auto" }, name ?? strings.customer), close),
      el("dl", {}, row(strings.sideEmail, email), row(strings.sideContact, contact === email ? null : contact), row(strings.sideId, subject),
        row(strings.sideWho, verified ? strings.sideVerified : strings.sideAnonymous), row(strings.sideInbox, inbox), row(strings.sideSince, said(since, language)))];
  }

  /** @param {CustomerShown} shown */
  #earlier(shown) {
    const { strings } = this.#desk;
    const list = el("ul", {});
    const more = el("button", { type: "button" }, strings.more);
    const add = (/** @type {CustomerShown} */ page) => {
      list.append(...page.earlier.map((each) => el("li", {}, this.#past(each))));
      more.hidden = page.next === null;
      more.onclick = () => void this.#desk.api.customer(this.#id, page.next).then(add, (error) => this.#desk.tell(reason(error)));
    };
    add(shown);
    return el("div", { class: "past" }, el("h2", {}, strings.sideEarlier), shown.earlier.length ? list : el("p", { class: "quiet" }, strings.sideNone), more);
  }

  /** @param {CustomerShown["earlier"][number]} each */
  #past(each) {
    const { language, strings } = this.#desk;
    const outcome = { open: strings.botHas, waiting: strings.someoneWaits, agent: fill(strings.has, { name: each.agent ?? "" }), closed: strings.isClosed }[each.status];
    const facts = [said(each.created_at, language), each.topic, outcome, each.rating && stars(each.rating)].filter(Boolean).join(" \u00b7 ");
    return el("button", { type: "button", onclick: () => void this.#open(each.id, facts) }, el("span", { class: "last", dir: "auto" }, each.first ?? strings.sideNothing), el("span", { class: "quiet" }, facts));
  }

  /** Shows an earlier conversation, to be read. @param {string} past @param {string} facts */
  async #open(past, facts) {
    const { api, strings, tell } = this.#desk;
    const [id, before] = [this.#id, [...this.element.children]];
    try {
      let state = await api.conversation(past);
      if (id !== this.#id) return;
      const thread = new Thread(this.#desk, async (limit) => {
        if (state.before) state = withOlder(state, await api.conversation(past, state.before, limit));
        return state;
      });
      const back = el("button", { type: "button", onclick: () => this.element.replaceChildren(...before) }, `\u2190 ${strings.sideBack}`);
      this.element.replaceChildren(el("header", {}, back), el("p", { class: "quiet" }, facts), thread.element);
      thread.show(state);
      back.focus();
    } catch (error) {
      tell(reason(error));
    }
  }
}
