// What is done with a conversation when a reply goes: tags, giving it to somebody, snooze, done. A macro brings it, and it
// stands under the reply as a row of chips, each of which can be taken off. Sends nothing.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";
import { momentOf, whenOf } from "./when.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").ActsWithReply} ActsWithReply */

const GIVEN = ["to", "team"];
const PUT_OFF = ["snooze", "until"];

/** Without what is empty: how a macro, a draft and a chip compare. @param {ActsWithReply} acts @returns {ActsWithReply} */
export function filledActs(acts) {
  return Object.fromEntries(Object.entries(acts).filter(([, value]) => value && !(Array.isArray(value) && !value.length)).sort());
}

/** Both together; where they do not go together, what comes second. @param {ActsWithReply} acts @param {ActsWithReply} then */
export function mergedActs(acts, then) {
  const [first, second] = [filledActs(acts), filledActs(then)];
  const over = Object.keys(second).flatMap((key) => (key === "done" ? [...GIVEN, ...PUT_OFF] : [GIVEN, PUT_OFF].filter((kind) => kind.includes(key)).flatMap((kind) => [...kind, "done"])));
  const left = Object.fromEntries(Object.entries(first).filter(([key]) => !over.includes(key)));
  const tags = (/** @type {"add" | "remove"} */ name, /** @type {"add" | "remove"} */ other) => [...new Set([...(first[name] ?? []).filter((tag) => !second[other]?.includes(tag)), ...(second[name] ?? [])])];
  return filledActs({ ...left, ...second, add: tags("add", "remove"), remove: tags("remove", "add") });
}

/** The words for a time made a time, now that the reply is sent. @param {ActsWithReply} acts @param {Date} now @returns {ActsWithReply} */
export function timedActs(acts, now) {
  const until = acts.snooze ? whenOf(acts.snooze, now)?.toISOString() : acts.until;
  return filledActs({ ...acts, until });
}

/** Each act in words, and what is left without it. @param {Desk} desk @param {ActsWithReply} given @param {string} [sender]  who whoever sends it is, where times stay the words they are; else it is who reads this, now @returns {{ words: string, without: ActsWithReply }[]} */
export function actsInWords({ clock, language, me, strings }, given, sender) {
  const acts = filledActs(given);
  const without = (/** @type {string[]} */ ...names) => Object.fromEntries(Object.entries(acts).filter(([name]) => !names.includes(name)));
  const tags = (/** @type {"add" | "remove"} */ name, /** @type {string} */ words) => (acts[name] ?? []).map((tag) => ({ words: fill(words, { tag }), without: filledActs({ ...acts, [name]: acts[name]?.filter((each) => each !== tag) }) }));
  const until = acts.snooze ? (sender ? null : whenOf(acts.snooze, clock.now())) : acts.until ? new Date(acts.until) : null;
  const who = [acts.to === "me" && sender ? sender : acts.to === "me" || acts.to === me.name ? strings.assignMe : acts.to, acts.team && fill(strings.theTeam, { name: acts.team })].filter(Boolean).join(" \u00b7 ");
  return [
    ...tags("add", strings.withTag), ...tags("remove", strings.withoutTag),
    ...(who ? [{ words: fill(strings.withAssign, { name: who }), without: without(...GIVEN) }] : []),
    ...(acts.snooze || until ? [{ words: fill(strings.withSnooze, { time: until ? momentOf(until, language) : acts.snooze ?? "" }), without: without(...PUT_OFF) }] : []),
    ...(acts.done ? [{ words: strings.withDone, without: without("done") }] : []),
  ];
}

/** The chips under the reply. */
export class WithReply {
  #desk;
  #onChange;

  /** @param {Desk} desk @param {(acts: ActsWithReply) => void} onChange  one was taken off */
  constructor(desk, onChange) {
    this.#desk = desk;
    this.#onChange = onChange;
    this.element = el("div", { class: "with-reply", role: "group", "aria-label": desk.strings.withReply, hidden: true });
  }

  /** @param {ActsWithReply} [acts] */
  show(acts = {}) {
    const { strings } = this.#desk;
    const chips = actsInWords(this.#desk, acts);
    this.element.hidden = !chips.length;
    this.element.replaceChildren(...(chips.length ? [el("span", {}, strings.withReply)] : []), ...chips.map(({ words, without }, place) =>
      el("button", { type: "button", "aria-label": fill(strings.withoutIt, { what: words }), title: fill(strings.withoutIt, { what: words }), onclick: () => this.#off(without, place) }, el("span", { dir: "auto" }, words), el("span", { "aria-hidden": "true" }, "\u00d7"))));
  }

  /** The next chip has the focus then, for who works by keys. @param {ActsWithReply} without @param {number} place */
  #off(without, place) {
    this.#onChange(without);
    const left = this.element.querySelectorAll("button");
    left[Math.min(place, left.length - 1)]?.focus();
  }
}
