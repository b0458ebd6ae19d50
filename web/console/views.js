// Which conversations are listed: the views of the desk, a search, and the list itself.

import { el } from "../shared/dom.js";
import { ApiError } from "../shared/http.js";
import { fill } from "../shared/language.js";
import { choose } from "./choose.js";
import { keyOf } from "./keys.js";
import { marked, SearchWords } from "./search-box.js";
import { WorkList } from "./work-list.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").View} View */

/** @type {Pick<View, "id" | "q" | "order">} */
const QUEUE = { id: "queue", q: "status:waiting", order: "wait" };
const SOMETIMES = new Set(["mentioned", "team"]); // shown where something is in them

/** The views and the list of the one that is chosen. */
export class Views {
  #desk;
  #onChosen;
  #list;
  /** @type {View[]} */
  #views = [];
  /** @type {Pick<View, "id" | "q" | "order">} */
  #view = QUEUE;
  /** The last one that was no search. @type {Pick<View, "id" | "q" | "order">} */
  #home = QUEUE;
  #pages = 1;
  #open = "";

  /** @param {Desk} desk @param {(id: string) => void} onOpen @param {() => void} onChosen  another list is wanted: `refresh` reads it @param {() => void} onSelected */
  constructor(desk, onOpen, onChosen, onSelected) {
    const { strings } = desk;
    this.#desk = desk;
    this.#onChosen = onChosen;
    this.#list = new WorkList(desk, onOpen, () => {
      this.#pages += 1;
      onChosen();
    }, onSelected);
    this.rows = this.#list;
    this.list = this.#list.element;
    this.tabs = el("nav", { "aria-label": strings.views });
    this.stopped = el("p", { class: "stopped", "data-tell": "", dir: "auto", hidden: true });
    this.search = el("input", { type: "search", "aria-label": strings.search, placeholder: strings.searchHint, "aria-keyshortcuts": keyOf("search"), maxlength: "500", list: "search-words", autocomplete: "off" });
    const completion = new SearchWords(desk, this.search);
    this.keep = el("button", { type: "button", onclick: () => this.save(), hidden: true });
    const search = (/** @type {Event} */ event) => (event.preventDefault(), this.search.value.trim() ? this.#choose({ id: "search", q: this.search.value, order: "newest" }) : this.#emptied());
    this.form = el("form", { class: "search", role: "search", onsubmit: search, oninput: () => this.search.value || this.#emptied(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#escaped(event) }, this.search, completion.list, this.keep);
    this.trouble = el("p", { class: "trouble", role: "alert" });
  }

  /** Marks the open conversation. @param {string} id  "" for none */
  mark(id) {
    this.#open = id;
    this.#list.mark(id);
  }

  /** The id of the conversation so many rows on from the open one. @param {number} step */
  beside(step) {
    return this.#list.beside(step);
  }

  /** The ids of the rows after the open one. @param {number} many */
  following(many) {
    return this.#list.following(many);
  }

  /** Reads the list and the numbers of the views anew; the number of the feed that they hold. @returns {Promise<number>} */
  async refresh() {
    const { api, strings } = this.#desk;
    const view = this.#view;
    const [{ alone, views }, first] = await Promise.all([api.views(), this.#found(view)]);
    if (view !== this.#view) return first?.changes ?? 0;
    this.#views = views;
    this.#drawTabs();
    this.#drawStopped(alone);
    if (!first) return this.#unread();
    const all = [...first.conversations];
    let cursor = first.next;
    for (let page = 1; page < this.#pages && cursor; page += 1) {
      const further = await api.list(view.q, view.order, cursor);
      all.push(...further.conversations);
      cursor = further.next;
    }
    this.#list.show(all, cursor !== null, view.id === "queue" ? strings.nobodyWaits : strings.nothingFound);
    this.#list.mark(this.#open);
    return first.changes;
  }

  /** The first page of a view; a search that cannot be read is told where it is written, unless another view was chosen meanwhile. @param {Pick<View, "id" | "q" | "order">} view */
  async #found(view) {
    const { q, order } = view;
    try {
      return await this.#desk.api.list(q, order, null);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "search_syntax")) throw error;
      if (view === this.#view) this.trouble.replaceChildren(...marked(q, error.message, this.search));
      return null;
    }
  }

  /** A search that cannot be read finds nothing else either: the view before it stands, and goes on. */
  #unread() {
    this.#view = this.#home;
    return this.refresh();
  }

  /** Nothing is searched for any more: back to the view before. */
  #emptied() {
    this.trouble.replaceChildren();
    if (this.#view.id === "search") this.#choose(this.#home);
  }

  /** Empties the box, as some browsers do by themselves; the empty one is left. @param {KeyboardEvent} event */
  #escaped(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    if (!this.search.value) return this.search.blur();
    this.search.value = "";
    this.#emptied();
  }

  #saved() {
    return this.#views.find(({ id, saved_by }) => saved_by && id === this.#view.id);
  }

  /** What can be done here by key or palette. @param {import("./acts.js").Acts} acts */
  add(acts) {
    acts.add("search", () => this.search.focus());
    acts.add("select", () => this.rows.select(this.#open || document.activeElement?.closest("li")?.dataset.id || ""));
    acts.add("selectDown", () => this.rows.extend(1, this.#open));
    acts.add("selectUp", () => this.rows.extend(-1, this.#open));
    for (const [act, id] of /** @type {const} */ ([["goQueue", "queue"], ["goMine", "mine"], ["goTeam", "team"], ["goAll", "all"], ["goSnoozed", "snoozed"], ["goDone", "done"]])) acts.add(act, () => this.go(id));
    acts.add("saveView", () => this.save(), () => !this.keep.hidden);
    acts.addLines(() => this.lines());
  }

  /** Every view, to be gone to. */
  lines() {
    return this.#views.filter(({ saved_by }) => saved_by).map((view) => ({ words: view.name, beside: this.#desk.strings.views, run: () => this.#choose(view) }));
  }

  /** Goes to one of the views that every desk has. @param {string} id */
  go(id) {
    const view = this.#views.find((each) => each.id === id);
    if (view) this.#choose(view);
  }

  /** Keeps the search as a view; of one that is kept, name and who sees it are changed, or it is deleted. */
  save() {
    const { api, strings } = this.#desk;
    const saved = this.#saved();
    const does = (/** @type {string} */ words, /** @type {() => Promise<View | null>} */ write) => ({ words, run: () => write().then((view) => this.#choose(view ?? QUEUE)).catch((error) => this.#desk.tell(error.message)) });
    choose(strings.viewName, (name) => [
      ...(name ? [does(fill(strings.viewForAll, { name }), () => api.saveView({ name, q: this.#view.q, personal: false }, saved?.id)), does(fill(strings.viewForMe, { name }), () => api.saveView({ name, q: this.#view.q, personal: true }, saved?.id))] : []),
      ...(saved ? [does(fill(strings.viewDelete, { name: saved.name }), () => api.deleteView(saved.id))] : []),
    ], { typed: saved?.name ?? "", none: strings.viewNameWhy });
  }

  #drawTabs() {
    const { strings } = this.#desk;
    const names = /** @type {Record<string, string>} */ ({ queue: strings.queue, mine: strings.mine, mentioned: strings.mentioned, team: strings.team, all: strings.all, snoozed: strings.snoozed, done: strings.done, bot: strings.bot });
    const focused = [...this.tabs.children].findIndex((tab) => tab === document.activeElement);
    const shown = this.#views.filter(({ count, id }) => count || id === this.#view.id || !SOMETIMES.has(id));
    this.tabs.replaceChildren(...shown.map((view) =>
      el("button", { type: "button", "aria-current": view.id === this.#view.id && "page", onclick: () => this.#choose(view) },
        view.saved_by ? view.name : (names[view.id] ?? view.name), view.count !== null && (view.count > 0 || view.id === this.#view.id) && el("span", { class: "count" }, String(view.count)))));
    const saved = this.#saved();
    this.keep.hidden = !saved && this.#view.id !== "search";
    this.keep.textContent = saved ? strings.changeView : strings.saveView;
    const tab = this.tabs.children[focused];
    if (tab instanceof HTMLElement) tab.focus();
    const waiting = this.#views.find(({ id }) => id === "queue")?.count ?? 0;
    document.title = `${waiting ? `(${waiting}) ` : ""}${strings.title}`;
  }

  /** Says that somebody has switched off that the bot answers by itself: more comes to people then. @param {import("./types.js").Alone} alone */
  #drawStopped({ on, by, why }) {
    const { strings } = this.#desk;
    const words = on ? "" : [fill(strings.aloneStopped, { name: by ?? strings.desk }), why && `\u201c${why}\u201d`].filter(Boolean).join(" ");
    this.stopped.hidden = on;
    if (this.stopped.textContent !== words) this.stopped.textContent = words; // said once
  }

  /** @param {Pick<View, "id" | "q" | "order">} view */
  #choose(view) {
    if (this.#view.id === "search" && view.id !== "search") this.search.value = "";
    this.#view = view;
    if (view.id !== "search") this.#home = view;
    this.trouble.replaceChildren();
    this.#pages = 1;
    this.#list.clear();
    this.#drawTabs();
    this.#onChosen();
  }
}
