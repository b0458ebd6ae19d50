// A figure's weeks as a line: the ninth decile of a time as a second one, the interval of a share as a band. A week without
// any is a gap. The lines are stretched to whatever width there is, the labels are not: they are HTML. A table says the same.

import { el } from "../../shared/dom.js";
import { worded } from "./told.js";

/** @typedef {Pick<import("./page.js").Told, "value" | "p90" | "low" | "high"> & { week?: string }} Week */
/** @typedef {{ ends?: string[], line?: string, second?: string }} Words  what stands at both ends and in the legend, where the points are no weeks */

const NAMESPACE = "http://www.w3.org/2000/svg";
const HEIGHT = 100;

/** @param {import("../types.js").Desk} desk @param {Week[]} weeks @param {string} kind @param {string} label @param {Words} words */
export function plot({ strings, language }, weeks, kind, label, words = {}) {
  const most = Math.max(...weeks.map(({ value, p90, high }) => Math.max(value ?? 0, p90 ?? 0, high ?? 0))) || 1;
  const top = kind === "time" ? most : Math.min(1, Math.ceil(most * 10) / 10);
  const x = (/** @type {number} */ at) => ((at + 0.5) / weeks.length) * 100;
  const y = (/** @type {number} */ value) => HEIGHT - (value / top) * (HEIGHT - 4) - 2;
  const day = (/** @type {Week | undefined} */ week) => (week?.week ? new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(week.week)) : "");
  const [first, last] = words.ends ?? [day(weeks[0]), day(weeks.at(-1))];
  const drawing = shape("svg", { viewBox: `0 0 100 ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    shape("path", { class: "grid", d: `M0 ${y(0)}H100M0 ${y(top)}H100` }),
    ...stretches(weeks, "low").map((part) => shape("path", { class: "band", d: `${line(part, x, y, "high")}L${line(part.toReversed(), x, y, "low").slice(1)}Z` })),
    ...stretches(weeks, "p90").map((part) => shape("path", { class: "p90", d: dotted(part, x, y, "p90") })),
    ...stretches(weeks, "value").map((part) => shape("path", { class: "line", d: dotted(part, x, y, "value") })));
  const legend = weeks.some(({ p90 }) => p90 !== null) && el("p", { class: "legend" }, el("span", { class: "line" }, words.line ?? strings.numMedian), el("span", { class: "p90" }, words.second ?? strings.numDecile));
  return el("div", { class: "plot" }, el("span", { class: "top" }, worded(top, kind, language)), drawing, el("p", { class: "days" }, el("span", {}, first ?? ""), el("span", {}, last ?? "")), legend);
}

/** @typedef {{ at: number, week: Week }[]} Part */

/** Weeks without a gap, each with its place. @param {Week[]} weeks @param {"value" | "p90" | "low"} name @returns {Part[]} */
function stretches(weeks, name) {
  /** @type {Part[]} */
  const found = [];
  weeks.forEach((week, at) => {
    if (week[name] === null) return;
    if (at && weeks[at - 1]?.[name] !== null) found.at(-1)?.push({ at, week });
    else found.push([{ at, week }]);
  });
  return found;
}

/** @param {Part} part @param {(at: number) => number} x @param {(value: number) => number} y @param {"value" | "p90" | "low" | "high"} name */
function line(part, x, y, name) {
  return `M${part.map(({ at, week }) => `${x(at).toFixed(2)} ${y(week[name] ?? 0).toFixed(2)}`).join("L")}`;
}

/** The same with a dot at each week: a line of no length with round ends, whatever the stretching. @type {typeof line} */
function dotted(part, x, y, name) {
  return line(part, x, y, name) + part.map((one) => `${line([one], x, y, name)}h0`).join("");
}

/** @param {string} tag @param {Record<string, string>} attributes @param {...Node} children */
function shape(tag, attributes, ...children) {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
