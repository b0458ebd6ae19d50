// One figure: what it is, on how many it rests, what it was before, its weeks as a line and as a table, its groups, and what
// it means. The number opens the conversations that it is reckoned from.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";
import { plot } from "./plot.js";
import { rests, spread, valueOf } from "./told.js";

/** @typedef {import("./page.js").Page} Page */
/** @typedef {import("./page.js").Figure} Figure */
/** @typedef {keyof import("../strings.js").Strings} Word */

/** @param {Page} page @param {Figure} figure */
export function card(page, figure) {
  const { strings, language } = page.desk;
  const { id, kind, now, before } = figure;
  const name = nameOf(page, figure);
  const value = valueOf(now, kind, language);
  const shown = now.n ? el("button", { type: "button", "aria-label": fill(strings.numOpen, { name, value }), onclick: () => page.open(figure) }, value) : el("span", {}, value);
  const few = now.n > 0 && now.n < 10;
  return el("article", { class: `figure${few ? " few" : ""}`, "data-figure": id },
    el("h4", {}, name),
    el("p", { class: "value" }, shown, el("small", {}, spread(now, kind, language, strings))),
    el("p", { class: "rests" }, rests(now, strings)),
    el("p", { class: "before" }, before.n ? fill(strings.numBefore, { value: valueOf(before, kind, language), n: before.n }) : strings.numBeforeNone),
    ...weeks(page, figure, name),
    figure.groups.length > 0 && groups(page, figure),
    el("p", { class: "definition" }, strings[/** @type {Word} */ (`def_${id}`)]),
    id === "wrong" && page.judge && el("button", { type: "button", onclick: page.judge }, strings.numJudge));
}

/** @param {Page} page @param {Figure} figure */
export function nameOf({ desk }, { id }) {
  return desk.strings[/** @type {Word} */ (`num_${id}`)];
}

/** @param {Page} page @param {Figure} figure @param {string} name */
function weeks(page, { kind, weeks: all }, name) {
  const { strings, language } = page.desk;
  if (all.filter(({ n }) => n).length < 2) return []; // one point is no line
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  const rows = all.map((week) => [day.format(new Date(week.week)), valueOf(week, kind, language), spread(week, kind, language, strings), String(week.n)]);
  return [plot(page.desk, all, kind, fill(strings.numPlot, { name })),
    el("details", {}, el("summary", {}, strings.numWeeks), table(name, [strings.numWeek, strings.numValue, strings.numSpread, "n"], rows))];
}

/** @param {Page} page @param {Figure} figure */
function groups(page, figure) {
  const { strings, language } = page.desk;
  const { kind } = figure;
  const by = figure.groups[0]?.by ?? "";
  const words = { topic: strings.numByTopic, agent: strings.numByAgent, language: strings.numByLanguage }[by] ?? by;
  const rows = figure.groups.map((group) => {
    const key = group.key === null ? strings.numUnknown : group.by === "language" ? languageName(group.key, language) : group.key;
    const value = valueOf(group, kind, language);
    return [el("span", { dir: "auto" }, key), el("button", { type: "button", "aria-label": fill(strings.numOpen, { name: key, value }), onclick: () => page.open(figure, group) }, value), spread(group, kind, language, strings), String(group.n)];
  });
  return table(nameOf(page, figure), [words, strings.numValue, strings.numSpread, "n"], rows);
}

/** @param {string} caption @param {string[]} heads @param {(string | Node)[][]} rows */
function table(caption, heads, rows) {
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption }, el("table", {},
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...rows.map(([first = "", ...others]) => el("tr", {}, el("th", { scope: "row" }, first), ...others.map((cell) => el("td", {}, cell)))))));
}

/** @param {string} tag @param {string} language */
function languageName(tag, language) {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag; // the bot may have written what is no tag
  }
}
