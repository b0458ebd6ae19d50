// The messages of a conversation and what happened beside them: of a long one never more than a part is drawn, which follows
// the scrolling; what stands under the eyes stays there. A row is made once.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";
import { dayRow, isTold, lineRow, messageRow } from "./rows.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {{ key: string, seq: number, at: string, item: Message | Line, make: () => HTMLElement | null }} Entry */

const STEP = 50; // rows that are drawn at once
const MOST = 160; // and at most, day lines aside
const NEAR_END = 120; // pixels from the end within which the log follows what comes
const NEAR = 600; // pixels from an edge of what is drawn within which more is drawn
const MOST_READ = 200; // messages that are read at once to reach one far back

/** The log of one conversation at a time. */
export class Thread {
  #desk;
  #older;
  /** @type {Snapshot | null} */
  #snapshot = null;
  /** @type {Entry[]} */
  #entries = [];
  #from = 0;
  #to = 0;
  #reading = false;
  #follows = true;
  /** @type {Map<string, { item: string, row: HTMLElement }>} */
  #rows = new Map();

  /** @param {Desk} desk @param {(limit: number) => Promise<Snapshot>} older  reads the page before what is known */
  constructor(desk, older) {
    const { strings } = desk;
    this.#desk = desk;
    this.#older = older;
    this.log = el("div", { class: "log", role: "log", tabindex: "0", "aria-label": strings.conversation });
    this.earlier = el("button", { type: "button", class: "earlier", hidden: true, onclick: () => void this.#up() });
    this.newest = el("button", { type: "button", class: "newest", hidden: true, onclick: () => this.#toEnd() }, strings.toNewest);
    this.element = el("div", { class: "thread" }, this.earlier, this.log, this.newest);
    this.element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const sizes = new ResizeObserver(() => this.#follow());
    sizes.observe(this.log); // a row gets its height when it is seen
    sizes.observe(this.element); // and suggestions take some of the page
  }

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    const anew = snapshot.id !== this.#snapshot?.id;
    this.#follows ||= anew;
    const follows = this.#follows;
    const atEnd = this.#to === this.#entries.length;
    const [first, last] = [this.#entries[this.#from]?.key, this.#entries[this.#to - 1]?.key];
    this.#snapshot = snapshot;
    this.#entries = this.#listed(snapshot);
    if (follows) this.#newestPart(anew);
    else {
      this.#from = Math.max(0, this.#entries.findIndex(({ key }) => key === first));
      this.#to = atEnd ? this.#entries.length : this.#entries.findIndex(({ key }) => key === last) + 1 || Math.min(this.#from + STEP, this.#entries.length);
      this.#from = Math.max(this.#from, this.#to - MOST - STEP);
    }
    this.#keeping(() => this.#draw());
    this.#follow();
  }

  #follow() {
    if (this.#follows) this.element.scrollTop = this.element.scrollHeight;
  }

  /** Draws a message, wherever it stands, and goes there. @param {number} seq */
  async goTo(seq) {
    this.#follows = false;
    await this.#reach(seq);
    const at = this.#entries.findIndex((entry) => entry.seq >= seq);
    if (at < 0) return;
    if (at < this.#from || at >= this.#to) {
      this.#from = Math.max(0, at - STEP);
      this.#to = Math.min(this.#entries.length, this.#from + MOST);
      this.#draw();
    }
    const row = this.#rows.get(this.#entries[at]?.key ?? "")?.row;
    row?.setAttribute("tabindex", "-1");
    row?.scrollIntoView({ block: "center" });
    row?.focus({ preventScroll: true });
    row?.classList.add("found");
    setTimeout(() => row?.classList.remove("found"), 2_000);
  }

  /** @param {number} seq */
  async #reach(seq) {
    while (this.#snapshot?.before && seq < this.#snapshot.before) this.show(await this.#older(MOST_READ));
  }

  /** @param {Snapshot} snapshot @returns {Entry[]} */
  #listed({ lines, messages }) {
    const reports = new Map(lines.filter(({ kind }) => kind === "answer.traced").map(({ payload }) => [payload.message_id, payload]));
    const entries = [
      ...messages.map((item) => ({ key: item.id, seq: item.held_until ? Infinity : item.seq, at: item.at, item, make: () => messageRow(this.#desk, item, reports.get(item.id)) })),
      ...lines.filter((line) => isTold(this.#desk, line)).map((item) => ({ key: `line ${item.seq}`, seq: item.seq, at: item.at, item, make: () => lineRow(this.#desk, item) })),
    ];
    return entries.sort((one, other) => one.seq - other.seq);
  }

  /** @param {boolean} anew */
  #newestPart(anew) {
    this.#to = this.#entries.length;
    this.#from = Math.max(0, anew ? this.#to - STEP : Math.max(this.#to - MOST, Math.min(this.#from, this.#to - 1)));
  }

  #end() {
    const { clientHeight, scrollHeight, scrollTop } = this.element;
    return scrollHeight - scrollTop - clientHeight;
  }

  #toEnd() {
    this.#newestPart(true);
    this.#follows = true;
    this.#draw();
    this.#follow();
  }

  #scrolled() {
    this.#follows = this.#to === this.#entries.length && this.#end() < NEAR_END;
    if (this.element.scrollTop < NEAR) void this.#up();
    if (this.#end() < NEAR) this.#down();
    this.newest.hidden = this.#to === this.#entries.length && this.#end() < NEAR;
  }

  /** Draws earlier ones; those that are not here yet are read. */
  async #up() {
    if (this.#reading) return;
    if (!this.#from && this.#snapshot?.before) {
      this.#reading = true;
      this.log.setAttribute("aria-busy", "true"); // what was said long ago is not news
      try {
        this.show(await this.#older(STEP));
      } catch {
        return; // the button is still there
      } finally {
        this.#reading = false;
      }
    }
    if (!this.#from) return;
    this.#from = Math.max(0, this.#from - STEP);
    this.#to = Math.min(this.#to, this.#from + MOST);
    this.#keeping(() => this.#draw());
    this.log.removeAttribute("aria-busy");
  }

  #down() {
    if (this.#to === this.#entries.length) return;
    this.#to = Math.min(this.#entries.length, this.#to + STEP);
    this.#from = Math.max(this.#from, this.#to - MOST);
    this.#keeping(() => this.#draw());
  }

  /** Lets the row on top of what is seen stay where it is. @param {() => void} change */
  #keeping(change) {
    const top = this.element.getBoundingClientRect().top;
    const row = [...this.log.children].find((each) => each.getBoundingClientRect().bottom > top);
    const before = row?.getBoundingClientRect().top ?? 0;
    change();
    if (row?.isConnected) this.element.scrollTop += row.getBoundingClientRect().top - before;
  }

  #draw() {
    const shown = this.#entries.slice(this.#from, this.#to);
    const keep = new Set();
    let [at, day] = [0, ""];
    const put = (/** @type {string} */ key, /** @type {string} */ item, /** @type {() => HTMLElement | null} */ make) => {
      keep.add(key);
      const known = this.#rows.get(key);
      const row = known?.item === item ? known.row : make();
      if (!row) return;
      if (known && known.row !== row) known.row.remove();
      this.#rows.set(key, { item, row });
      if (this.log.children[at] !== row) this.log.insertBefore(row, this.log.children[at] ?? null);
      at += 1;
    };
    for (const { at: when, item, key, make } of shown) {
      const its = new Date(when).toDateString();
      if (its !== day && its !== "Invalid Date") put(`day ${(day = its)}`, "", () => dayRow(this.#desk, its));
      put(key, JSON.stringify(item), make);
    }
    for (const [key, { row }] of this.#rows) if (!keep.has(key)) (row.remove(), this.#rows.delete(key));
    const { before, total } = this.#snapshot ?? {};
    this.earlier.hidden = !this.#from && !before;
    this.earlier.textContent = fill(this.#desk.strings.earlierOf, { total: total ?? 0 });
  }
}

/** What leads to the thread: why a person is asked for, and who has it. @param {Desk} desk @param {Snapshot} snapshot */
export function brief({ strings }, snapshot) {
  const { agent, contact, handover, status, subject } = snapshot;
  const reasons = { customer_asked: strings.why_customer_asked, not_sure: strings.why_not_sure, failure: strings.why_failure };
  const why = handover && reasons[/** @type {keyof typeof reasons} */ (handover.reason)];
  const now = { open: strings.botHas, waiting: strings.someoneWaits, agent: fill(strings.has, { name: agent ?? "" }), closed: strings.isClosed }[status];
  return [subject, now, status !== "closed" && why, contact].filter(Boolean).join(" · ");
}
