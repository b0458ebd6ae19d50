// The list of conversations: rows kept by id, so that a change moves no focus, and the open one stays where it is.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").WorkItem} WorkItem */

const LONG_PRESS = 500; // milliseconds

/** Conversations, of which one may be open, and some selected. */
export class WorkList {
  #desk;
  #onOpen;
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  /** @type {WorkItem[]} */
  #items = [];
  #open = "";
  #onSelected;
  /** @type {Set<string>} */
  #selected = new Set();
  #from = "";

  /** @param {Desk} desk @param {(id: string) => void} onOpen @param {() => void} onMore @param {() => void} onSelected */
  constructor(desk, onOpen, onMore, onSelected) {
    this.#desk = desk;
    this.#onOpen = onOpen;
    this.#onSelected = onSelected;
    this.list = el("ul", { "aria-label": desk.strings.conversations, onfocusin: () => this.#rove() });
    longPress(this.list, (row) => this.select(row.dataset.id ?? ""));
    this.empty = el("p", { class: "empty", hidden: true });
    this.more = el("button", { type: "button", hidden: true, onclick: onMore }, desk.strings.more);
    this.element = el("div", { class: "rows" }, this.list, this.empty, this.more);
    setInterval(() => this.#clocks(), 30_000);
  }

  /** @param {WorkItem[]} items @param {boolean} further @param {string} empty  what is said of no conversation */
  show(items, further, empty) {
    this.#items = items;
    const keep = new Set(items.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (keep.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
      this.#selected.delete(id);
    }
    this.#onSelected();
    items.forEach((item, at) => {
      const row = this.#row(item);
      if (this.list.children[at] !== row) this.list.insertBefore(row, this.list.children[at] ?? null);
    });
    this.more.hidden = !further;
    this.empty.hidden = items.length > 0;
    this.empty.textContent = empty;
    this.#rove();
  }

  /** @param {string} id  "" for none */
  mark(id) {
    const [another, focused] = [id !== this.#open, document.activeElement]; // what is marked anew moves no focus
    this.#open = id;
    for (const [each, row] of this.#rows) this.#current(row, each);
    if (another && this.list.contains(focused)) this.#rows.get(id)?.querySelector(focused?.matches("input") ? "input" : "button")?.focus();
    this.#rove();
  }

  /** Tab reaches one row of all: the one with the focus, else the open one, else the first. */
  #rove() {
    const reached = document.activeElement?.closest(".rows li") ?? this.#rows.get(this.#open) ?? this.list.firstElementChild;
    for (const row of this.#rows.values()) for (const each of row.querySelectorAll("input, button")) /** @type {HTMLElement} */ (each).tabIndex = row === reached ? 0 : -1;
  }

  /** The ids that are selected, in the order of the list. */
  selected() {
    return this.#items.flatMap(({ id }) => (this.#selected.has(id) ? [id] : []));
  }

  /** The tags that any of these has. @param {string[]} ids */
  tagsOf(ids) {
    return [...new Set(this.#items.flatMap(({ id, tags }) => (ids.includes(id) ? tags : [])))];
  }

  /** Selects a conversation, or no longer. @param {string} id */
  select(id) {
    if (!this.#selected.delete(id) && this.#rows.has(id)) this.#selected.add(id);
    this.#from = id;
    this.#drawSelected();
  }

  /** Extends what is selected by the next row. @param {number} step @param {string} from  where nothing was selected before */
  extend(step, from) {
    if (!this.#selected.has(this.#from)) this.#from = this.#rows.has(from) ? from : (this.#items[0]?.id ?? "");
    const at = this.#items.findIndex(({ id }) => id === this.#from);
    const to = this.#items[at + step]?.id;
    if (to && this.#selected.has(to)) this.#selected.delete(this.#from);
    else this.#selected.add(this.#from);
    if (to) this.#selected.add((this.#from = to));
    this.#rows.get(this.#from)?.scrollIntoView({ block: "nearest" });
    this.#drawSelected();
  }

  clear() {
    this.#selected.clear();
    this.#drawSelected();
  }

  #drawSelected() {
    for (const [id, row] of this.#rows) {
      const box = row.querySelector("input");
      if (box) box.checked = this.#selected.has(id);
    }
    this.list.classList.toggle("selecting", this.#selected.size > 0);
    this.#onSelected();
  }

  /** The id of the conversation so many rows on from the open one. @param {number} step */
  beside(step) {
    const at = this.#items.findIndex(({ id }) => id === this.#open);
    return this.#items[at < 0 ? 0 : Math.min(Math.max(at + step, 0), this.#items.length - 1)]?.id ?? null;
  }

  /** The ids of the rows after the open one. @param {number} many */
  following(many) {
    const at = this.#items.findIndex(({ id }) => id === this.#open);
    return this.#items.slice(at + 1, at + 1 + many).map(({ id }) => id);
  }

  /** @param {WorkItem} item */
  #row(item) {
    const { strings } = this.#desk;
    const row = this.#rows.get(item.id) ?? el("li", { "data-id": item.id });
    const focused = row.contains(document.activeElement) ? (document.activeElement?.matches("input") ? "input" : "button") : null;
    const waits = item.waiting_since && el("time", { class: "waits", datetime: item.waiting_since });
    const who = item.status === "agent" ? fill(strings.has, { name: item.agent ?? "" }) : { open: strings.botHas, waiting: strings.someoneWaits, agent: "", closed: strings.isClosed }[item.status];
    const name = item.customer ?? `${strings.customer} ${item.id.slice(-4)}`;
    const button = el("button", { type: "button", "data-status": item.status, onclick: () => this.#onOpen(item.id) },
      el("span", { class: "who" }, name, this.#desk.here.dot(item.id), waits || null),
      el("span", { class: "last", dir: "auto" }, item.subject && el("b", {}, item.subject, " "), item.last ? `${speaker(item, strings)}${item.last.text}` : ""),
      el("span", { class: "tags" }, el("span", { class: "owner" }, who), item.team && el("span", { class: "team" }, fill(strings.theTeam, { name: item.team })), ...item.tags.map((tag) => el("span", { class: "tag" }, tag))));
    const box = el("input", { type: "checkbox", "aria-label": fill(strings.selectOne, { name }), checked: this.#selected.has(item.id), onchange: () => this.select(item.id) });
    row.replaceChildren(box, button);
    this.#rows.set(item.id, row);
    this.#current(row, item.id);
    this.#clock(row);
    if (focused) row.querySelector(focused)?.focus();
    return row;
  }

  /** @param {HTMLElement} row @param {string} id */
  #current(row, id) {
    const button = row.querySelector("button");
    if (id === this.#open) button?.setAttribute("aria-current", "true");
    else button?.removeAttribute("aria-current");
  }

  #clocks() {
    for (const row of this.#rows.values()) this.#clock(row);
  }

  /** @param {HTMLElement} row */
  #clock(row) {
    const time = row.querySelector("time");
    const { clock, language, strings } = this.#desk;
    if (time) time.textContent = fill(strings.waits, { time: lasting(clock.now().getTime() - Date.parse(time.dateTime), language) });
  }
}

/** A finger that stays on a row. @param {HTMLElement} list @param {(row: HTMLElement) => void} onPressed */
function longPress(list, onPressed) {
  let timer = 0;
  let pressed = false;
  const end = () => clearTimeout(timer);
  list.addEventListener("pointerdown", (event) => {
    const row = event.target instanceof Element ? event.target.closest("li") : null;
    pressed = false;
    end();
    if (event.pointerType === "touch" && row) timer = setTimeout(() => ((pressed = true), onPressed(row)), LONG_PRESS);
  });
  for (const type of ["pointerup", "pointercancel", "pointermove"]) list.addEventListener(type, (event) => (type !== "pointermove" || /** @type {PointerEvent} */ (event).movementY) && end());
  list.addEventListener("contextmenu", (event) => pressed && event.preventDefault());
  list.addEventListener("click", (event) => pressed && (event.stopPropagation(), event.preventDefault(), (pressed = false)), true);
}

/** Who wrote the last message, where it was not the customer. @param {WorkItem} item @param {import("./strings.js").Strings} strings */
function speaker({ last }, strings) {
  const name = { customer: "", bot: strings.theBot, agent: last?.author ?? "", system: strings.desk, note: strings.noteMode }[last?.role ?? "customer"];
  return name ? `${name}: ` : "";
}

/** @param {number} milliseconds @param {string} language */
export function lasting(milliseconds, language) {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  const [value, unit] = minutes < 60 ? [minutes, "minute"] : minutes < 2880 ? [Math.floor(minutes / 60), "hour"] : [Math.floor(minutes / 1440), "day"];
  return new Intl.NumberFormat(language, { style: "unit", unit: /** @type {any} */ (unit), unitDisplay: "short" }).format(Number(value));
}
