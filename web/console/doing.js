// What people do with the open conversation, or with all that are selected: one request, what became of each told in a
// sentence, and one undo for all of it.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";
import { choose, fitting } from "./choose.js";
import { keyOf } from "./keys.js";
import { momentOf, presetsOf, whenOf } from "./when.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./acts.js").Acts} Acts */
/** @typedef {"claim" | "release" | "toBot" | "done"} Simple */
/** @typedef {{ open: () => Snapshot | null, selected: () => string[], tagsOf: (ids: string[]) => string[], clear: () => void, changed: () => Promise<unknown>, attempt: (something: () => Promise<unknown>) => Promise<void> }} Page */

const TITLE = 80; // characters
const UNDOABLE = 10_000; // milliseconds

/** The acts of one page. */
export class Doing {
  #desk;
  #page;
  /** @type {{ acts: Record<string, unknown>[], until: number } | null} */
  #undo = null;

  /** @param {Desk} desk @param {Page} page */
  constructor(desk, page) {
    this.#desk = desk;
    this.#page = page;
    this.bar = el("div", { class: "bulk", role: "group", "aria-label": desk.strings.selected, hidden: true });
  }

  /** Adds what it does to the page's acts. @param {Acts} acts */
  add(acts) {
    for (const act of /** @type {Simple[]} */ (["claim", "release", "toBot", "done"])) acts.add(act, () => this.simple(act), () => this.#can(act));
    const any = () => this.#ids().length > 0;
    acts.add("assign", () => this.#attempt(() => this.#assign()), any);
    acts.add("snooze", () => this.#snooze(), any);
    acts.add("tags", () => this.#attempt(() => this.#tags()), any);
    for (const [act, much] of /** @type {const} */ ([["copyNumber", 1], ["copyTitle", 2], ["copyLink", 3]])) acts.add(act, () => this.#copy(much), () => this.#page.open() !== null);
    acts.add("undo", () => this.undo(), () => this.#undo !== null && this.#now() < this.#undo.until);
  }

  /** Says how many are selected, and what may be done with them. */
  drawBar() {
    const { strings } = this.#desk;
    const count = this.#page.selected().length;
    this.bar.hidden = !count;
    const button = (/** @type {import("./keys.js").Act} */ act, /** @type {string} */ words, /** @type {() => unknown} */ run) =>
      el("button", { type: "button", "aria-keyshortcuts": keyOf(act), title: `${words} (${keyOf(act)})`, onclick: run }, words);
    if (!count) return this.bar.replaceChildren();
    this.bar.replaceChildren(el("strong", {}, fill(strings.selectedCount, { count: String(count) })),
      button("assign", strings.assign, () => this.#attempt(() => this.#assign())), button("snooze", strings.snooze, () => this.#snooze()),
      button("tags", strings.editTags, () => this.#attempt(() => this.#tags())), button("done", strings.close, () => this.simple("done")),
      el("button", { type: "button", onclick: () => this.#page.clear() }, strings.selectNone));
  }

  /** What may be done with the open conversation by a button. @param {Snapshot} snapshot @param {boolean} mine */
  possible(snapshot, mine) {
    const { strings } = this.#desk;
    /** @type {{ act: import("./keys.js").Act, words: string, main?: boolean }[]} */
    const further = [{ act: "assign", words: strings.assign }, { act: "snooze", words: strings.snooze }, { act: "tags", words: strings.editTags }];
    if (snapshot.status === "closed") return [{ act: /** @type {Simple} */ ("claim"), words: strings.reopen }];
    if (mine) return [...further, { act: /** @type {Simple} */ ("release"), words: strings.release }, { act: /** @type {Simple} */ ("toBot"), words: strings.toBot }, { act: /** @type {Simple} */ ("done"), words: strings.close, main: true }];
    return snapshot.status === "agent" ? further : [...further, { act: /** @type {Simple} */ ("claim"), words: strings.claim, main: true }];
  }

  /** @param {Simple} act */
  simple(act) {
    const { strings } = this.#desk;
    const reopens = act === "claim" && !this.#page.selected().length && this.#page.open()?.status === "closed";
    const [verb, told] = { claim: ["claim", strings.didClaim], release: ["release", strings.didRelease], toBot: ["to_bot", strings.didBot], done: ["done", strings.didDone] }[act];
    return this.#send({ do: reopens ? "reopen" : verb }, told ?? "");
  }

  /** Takes back what was done last. */
  async undo() {
    const { acts } = this.#undo ?? { acts: [] };
    this.#undo = null;
    document.querySelector(".told")?.remove();
    await this.#attempt(async () => {
      for (const act of acts) await this.#desk.api.act(act);
      await this.#page.changed();
    });
  }

  /** @param {number} much  1: the number, 2: the title as well, 3: and the link */
  #copy(much) {
    return this.#attempt(async () => {
      const open = this.#page.open();
      const title = open?.messages.find(({ role }) => role === "customer")?.text.slice(0, TITLE) ?? "";
      const text = [open?.id, title, `${location.origin}${location.pathname}#${open?.id}`].slice(0, much).join(" ");
      await navigator.clipboard.writeText(text);
      this.#desk.tell(fill(this.#desk.strings.copied, { text }));
    });
  }

  /** @param {Simple} act */
  #can(act) {
    const open = this.#page.open();
    if (this.#page.selected().length) return true;
    const mine = open?.status === "agent" && open.agent === this.#desk.me.name;
    return open !== null && this.possible(open, mine).some((each) => each.act === act);
  }

  #now() {
    return this.#desk.clock.now().getTime();
  }

  #ids() {
    const selected = this.#page.selected();
    const open = this.#page.open();
    return selected.length ? selected : open ? [open.id] : [];
  }

  /** @param {() => Promise<unknown>} something */
  #attempt(something) {
    return this.#page.attempt(something);
  }

  /** @param {Record<string, unknown>} act @param {string} told  where it was done with one */
  #send(act, told) {
    const ids = this.#ids();
    return this.#attempt(async () => {
      const { api, strings, tell } = this.#desk;
      const done = [];
      for (let from = 0; from < ids.length; from += 200) done.push(await api.act({ ...act, ids: ids.slice(from, from + 200) })); // what one request may hold
      const results = done.flatMap((each) => each.results);
      const undo = done.flatMap((each) => each.undo);
      const refused = results.flatMap(({ error }) => (error ? [error.detail] : []));
      const why = [...new Set(refused)].join(" ");
      this.#undo = undo.length ? { acts: undo, until: this.#now() + UNDOABLE } : null;
      const many = refused.length ? fill(strings.didSome, { done: String(results.length - refused.length), refused: String(refused.length), why }) : fill(strings.didMany, { done: String(results.length) });
      const sentence = ids.length > 1 ? many : (refused[0] ?? told);
      if (sentence) tell(sentence, undo.length ? () => void this.undo() : undefined);
      this.#page.clear();
      await this.#page.changed();
    });
  }

  async #assign() {
    const { api, me, strings } = this.#desk;
    const { people, teams } = await api.known();
    const others = people.filter((name) => name !== me.name);
    const all = [
      { words: strings.assignMe, run: () => this.#send({ do: "assign", to: me.name }, strings.didClaim) },
      ...others.map((name) => ({ words: name, run: () => this.#send({ do: "assign", to: name }, fill(strings.didAssign, { name })) })),
      ...teams.map(({ name }) => ({ words: fill(strings.theTeam, { name }), run: () => this.#send({ do: "assign", team: name }, fill(strings.didAssign, { name })) })),
      { words: strings.assignNobody, run: () => this.#send({ do: "assign" }, strings.didRelease) },
    ];
    choose(strings.assignTo, (typed) => fitting(typed, all), { none: strings.nothingFound });
  }

  #snooze() {
    const { language, strings } = this.#desk;
    choose(strings.snoozeUntil, (typed) => {
      const now = this.#desk.clock.now();
      return (typed ? [typed] : presetsOf(language)).flatMap((words) => {
        const until = whenOf(words, now);
        return until ? [{ words, beside: momentOf(until, language), run: () => this.#send({ do: "snooze", until: until.toISOString() }, fill(strings.didSnooze, { time: momentOf(until, language) })) }] : [];
      }).concat(typed ? [] : [{ words: strings.wake, beside: "", run: () => this.#send({ do: "wake" }, strings.didWake) }]);
    }, { none: strings.noTime });
  }

  async #tags() {
    const { strings } = this.#desk;
    const { tags } = await this.#desk.api.known();
    const theirs = this.#page.tagsOf(this.#ids());
    const remove = theirs.map((tag) => ({ words: fill(strings.untag, { tag }), run: () => this.#send({ do: "tag", remove: [tag] }, strings.didTag) }));
    const add = (/** @type {string} */ tag) => ({ words: fill(strings.addTag, { tag }), run: () => this.#send({ do: "tag", add: [tag] }, strings.didTag) });
    const known = tags.filter((tag) => !theirs.includes(tag)).map(add);
    choose(strings.editTags, (typed) => {
      const is = typed.toLowerCase();
      return [...fitting(typed, [...known, ...remove]), ...(is && ![...tags, ...theirs].includes(is) ? [add(is)] : [])];
    }, { none: strings.noTags });
  }
}
