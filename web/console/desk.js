// The desk: the views and their list beside the open conversation, and what can be done with it. Everything that
// changes comes by the desk's feed; the list and the open conversation are read again then, and drawn over what is there.

import { el } from "../shared/dom.js";
import { ApiError } from "../shared/http.js";
import { reason } from "./account.js";
import { Acts } from "./acts.js";
import { Address } from "./address.js";
import { Arrivals } from "./arrivals.js";
import { Composer } from "./composer.js";
import { Doing } from "./doing.js";
import { gently } from "./gently.js";
import { Heading } from "./heading.js";
import { help } from "./key-help.js";
import { actOf, keyOf, useKeys } from "./keys.js";
import { Live } from "./live.js";
import { lookAtMentions } from "./mentions.js";
import { numbersDoor } from "./numbers-door.js";
import { pageWords } from "./page-words.js";
import { Reading } from "./reading.js";
import { settingsDoor } from "./settings-door.js";
import { Views } from "./views.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Snapshot} Snapshot */

const PRESENT = 240_000; // a person counts as there for five minutes

/** The page of who is signed in. */
export class DeskPage {
  #desk;
  #views;
  #reading;
  #composer;
  #can;
  #doing;
  #arrivals;
  #address;
  #heading;
  #live;
  #relist;
  /** @type {Snapshot | null} */
  #open = null;
  #wanted = "";
  #presence;

  /** @param {Desk} desk */
  constructor(desk) {
    const { me, strings } = desk;
    this.#desk = desk;
    this.me = me;
    this.#live = new Live(desk, { read: () => this.#readAll(), heard: (told) => void this.#try(() => this.#heard(told)), isOver: (error) => this.#isOver(error) });
    this.#arrivals = new Arrivals(desk, (id) => void this.#show(id));
    this.#relist = gently(() => this.#try(() => this.#views.refresh()), desk.clock);
    this.#views = new Views(desk, (id) => void this.#show(id), () => void this.#try(() => this.#views.refresh()), () => this.#doing?.drawBar());
    this.#reading = new Reading(desk);
    this.#composer = new Composer(desk, () => void this.#reread(true));
    this.#can = new Acts(strings);
    const { rows } = this.#views;
    this.#doing = new Doing(desk, { open: () => this.#open, selected: () => rows.selected(), tagsOf: (ids) => rows.tagsOf(ids), clear: () => rows.clear(), changed: () => this.#changed(), attempt: (something) => this.#try(something) });
    useKeys(desk.store.get("keys"));
    this.#address = new Address({ open: (id) => id === this.#wanted || this.#show(id), close: () => this.#wanted && this.#shut() });
    this.#heading = new Heading(desk, this.#reading.side.button, { run: (act) => this.#can.do(act), back: () => this.#leaveThread() });
    this.pick = el("p", { class: "pick" }, strings.pick);
    this.open = el("section", { class: "open", "aria-label": strings.conversation, hidden: true },
      this.#heading.element,
      el("div", { class: "work" }, el("div", { class: "talk" }, this.#reading.element, this.#composer.form), el("div", { class: "beside" }, this.#composer.suggestions.element, this.#reading.side.element)));
    this.element = el("div", { class: "desk" },
      el("header", { class: "bar" }, el("h1", {}, strings.title), this.#views.form,
        el("span", { class: "me" }, el("button", { type: "button", title: strings.accountTitle, onclick: () => void this.#account() }, me.name), numbersDoor(desk, this.#can, this.#address, (id) => void this.#show(id)), settingsDoor(desk, this.#can, this.#address), el("button", { type: "button", title: strings.keys, onclick: () => this.#can.do("help") }, "?"), el("button", { type: "button", onclick: () => void this.#leave() }, strings.signOut)), this.#views.tabs, this.#views.stopped),
      this.#live.element, this.#arrivals.element,
      el("main", { class: "columns" },
        el("section", { class: "list", "aria-label": strings.conversations }, el("button", { type: "button", class: "main next", "aria-keyshortcuts": keyOf("next"), onclick: () => void this.#next() }, strings.next), this.#doing.bar, this.#views.trouble, this.#views.list),
        el("div", { class: "stage" }, this.pick, this.open)));
    this.#addActs();
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    document.addEventListener("keydown", this.onKey);
    this.#presence = setInterval(() => this.#present(), PRESENT);
    this.#present();
    void this.#live.start();
    void this.#address.read();
  }

  /** Leaves the page to somebody else. */
  stop() {
    this.#reading.leave();
    this.#address.stop();
    this.#live.stop();
    clearInterval(this.#presence);
    document.removeEventListener("keydown", this.onKey);
  }

  /** Goes on after the same person has signed in again. */
  resume() {
    void this.#live.start();
  }

  #present() {
    if (!document.hidden) this.#desk.api.presence().catch(() => {}); // the next one tells
  }

  /** Reads all that is shown; the number of the feed that it holds. */
  async #readAll() {
    const seq = await this.#views.refresh();
    this.#reading.doubt(); // what happened meanwhile comes by no feed
    await Promise.all([this.#reread(), this.#arrivals.begin()]);
    return seq;
  }

  /** @param {import("./types.js").Told} told */
  async #heard(told) {
    this.#reading.follow(told);
    if (!told.events.length) return;
    this.#arrivals.hear(told.events);
    if (told.events.some(({ conversation_id }) => conversation_id === this.#wanted)) await this.#reread();
    void this.#relist();
  }

  /** Whether the session is over; asks to sign in then. @param {unknown} error */
  #isOver(error) {
    const over = error instanceof ApiError && error.code === "unauthorised";
    if (over) this.#desk.signedOut();
    return over;
  }

  /** @param {string} id */
  async #show(id) {
    this.#wanted = id;
    this.#address.shows(id);
    this.#views.mark(id);
    await this.#reread();
  }

  /** Shows the open conversation as it is now. @param {boolean} changed  by this page: the feed may not have told yet */
  async #reread(changed = false) {
    const id = this.#wanted;
    if (!id) return;
    await this.#try(async () => {
      const snapshot = await this.#reading.read(id, changed);
      if (id !== this.#wanted) return;
      this.#open = snapshot;
      this.pick.hidden = true;
      this.open.hidden = false; // before the thread is drawn: it scrolls to its end
      this.element.classList.add("reading");
      this.#heading.show(snapshot, this.#doing.possible(snapshot, this.#isMine(snapshot)));
      this.#reading.show(snapshot);
      this.#reading.prefetch(this.#views.following(2));
      this.#composer.show(snapshot, this.#isMine(snapshot));
      if (await lookAtMentions(this.#desk, snapshot)) await this.#views.refresh();
    });
  }

  /** Back to the list, by the page's own button or key. */
  #leaveThread() {
    const open = this.#wanted;
    this.#shut();
    this.#address.left(open);
  }

  #shut() {
    this.element.classList.remove("reading");
    this.open.hidden = true;
    this.pick.hidden = false;
    this.#wanted = "";
    this.#open = null;
    this.#reading.leave();
    this.#views.mark("");
  }

  /** @param {Snapshot} snapshot */
  #isMine({ agent, status }) {
    return status === "agent" && agent === this.me.name;
  }

  /** Something was done with conversations. */
  async #changed() {
    const before = this.#open?.agent;
    await Promise.all([this.#reread(true), this.#views.refresh()]);
    if (this.#open && before !== this.me.name && this.#isMine(this.#open) && !document.querySelector("dialog[open]")) this.#reading.focus();
  }

  /** Puts the open one aside as done, and opens one beside it. @param {number} step */
  async #doneAnd(step) {
    const beside = this.#views.beside(step);
    const open = this.#open?.id;
    await this.#doing.simple("done");
    if (beside && beside !== open) await this.#show(beside);
  }

  async #next() {
    await this.#try(async () => {
      const { conversation } = await this.#desk.api.next("");
      if (!conversation) return this.#desk.tell(this.#desk.strings.nobodyWaits);
      await this.#show(conversation.id);
      await this.#views.refresh();
      this.#reading.focus();
    });
  }

  async #account() {
    await this.#try(async () => {
      const [{ openAccount }] = await this.#desk.api.fetched([import("./account-page.js"), pageWords(this.#desk)]);
      await openAccount(this.#desk);
    });
  }

  async #leave() {
    await this.#try(() => this.#desk.api.signOut());
    history.replaceState(null, "", location.pathname + location.search); // what was open is not the next one's
    location.reload();
  }

  /** Does something; what goes wrong is told. @param {() => Promise<unknown>} something */
  async #try(something) {
    try {
      await something();
    } catch (error) {
      if (!this.#isOver(error)) this.#desk.tell(reason(error));
    }
  }

  /** What can be done on the page, by key or palette. */
  #addActs() {
    const { store, strings } = this.#desk;
    const acts = this.#can;
    const views = this.#views;
    const isOpen = () => this.#wanted !== "";
    this.#doing.add(acts);
    views.add(acts);
    this.#composer.add(acts, isOpen);
    acts.add("palette", () => acts.palette());
    acts.add("next", () => this.#next());
    for (const [act, step] of /** @type {const} */ ([["nextInList", 1], ["previousInList", -1]])) acts.add(act, () => views.beside(step) && this.#show(views.beside(step) ?? ""), () => views.beside(step) !== null);
    acts.add("doneNext", () => this.#doneAnd(1), isOpen);
    acts.add("donePrevious", () => this.#doneAnd(-1), isOpen);
    acts.add("side", () => this.#reading.side.toggle(), isOpen);
    acts.add("back", () => (views.rows.selected().length ? views.rows.clear() : this.#leaveThread()), () => isOpen() || views.rows.selected().length > 0);
    acts.add("help", () => help(strings, store));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (document.querySelector("dialog[open]")) return;
    const act = actOf(event);
    if (act && this.#can.do(act)) event.preventDefault();
  }
}
