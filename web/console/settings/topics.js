// The page of topics: what customers ask about, called and put together as the desk thinks of it. Names and merges stay when
// topics are found again.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";
import { choose, fitting } from "../choose.js";
import { effective } from "./effect.js";
import { day } from "./stored.js";
import { sure } from "./sure.js";

/** @typedef {{ id: string | null, name: string, questions: number, share: number, trend: number | null, renamed: boolean, examples: string[] }} Topic */
/** @typedef {{ topics: Topic[], gone: { id: string, name: string, since: string, into: string | null }[], questions: number, days: number, known: boolean }} Topics */

const MOST = 80; // characters of a name

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { ask } = frame;
  const { strings, language } = frame.desk;
  /** @returns {Promise<Topics>} */
  const read = () => ask("GET", "/v1/topics");
  const { topics, gone, days } = await read();
  const named = topics.filter(({ id }) => id !== null);
  const number = new Intl.NumberFormat(language);
  const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const change = async (/** @type {string} */ told, /** @type {() => Promise<unknown>} */ request) => {
    if (await frame.attempt(request)) void effective(frame, told, async () => (await read()).known);
  };
  const put = (/** @type {Topic} */ topic, /** @type {string} */ what, /** @type {object} */ body) => ask("PUT", `/v1/topics/${topic.id}/${what}`, body);

  const rename = async (/** @type {Topic} */ topic) => {
    const name = (await sure(strings, { words: fill(strings.knRenameWhy, { name: topic.name }), yes: strings.knRename, line: strings.setName, typed: topic.name, most: MOST, required: true }))?.replace(/\s+/g, " ");
    if (!name || name === topic.name) return;
    const other = named.find((one) => one !== topic && one.name.toLowerCase() === name.toLowerCase());
    if (other) await into(topic, other);
    else await change(fill(strings.knDidRename, { name }), () => put(topic, "name", { name, seen: topic.name }));
  };
  const into = async (/** @type {Topic} */ topic, /** @type {Topic} */ other) => {
    const words = fill(strings.knMergeWhy, { name: topic.name, into: other.name, count: number.format(topic.questions) });
    if ((await sure(strings, { words, yes: strings.knMerge })) !== null) await change(fill(strings.knDidMerge, { name: topic.name, into: other.name }), () => put(topic, "into", { topic: other.id }));
  };
  const merge = (/** @type {Topic} */ topic) => {
    const others = named.filter((one) => one !== topic).map((one) => ({ words: one.name, beside: number.format(one.questions), run: () => into(topic, one) }));
    choose(fill(strings.knMergeInto, { name: topic.name }), (typed) => fitting(typed, others), { none: strings.nothingFound });
  };
  const row = (/** @type {Topic} */ topic) => el("tr", {},
    el("th", { scope: "row" }, el("span", { dir: "auto" }, topic.id === null ? strings.knRest : topic.name), topic.examples.length > 0 && el("details", {}, el("summary", {}, strings.knExamples), el("ul", {}, ...topic.examples.map((one) => el("li", { dir: "auto" }, one))))),
    el("td", { class: "number" }, number.format(topic.questions), el("small", {}, share.format(topic.share))),
    el("td", {}, trend(topic)),
    el("td", {}, topic.id !== null && el("button", { type: "button", "aria-label": fill(strings.knRenameOf, { name: topic.name }), onclick: () => void rename(topic) }, strings.knRename),
      topic.id !== null && named.length > 1 && el("button", { type: "button", "aria-label": fill(strings.knMergeOf, { name: topic.name }), onclick: () => merge(topic) }, strings.knMerge)));
  const trend = (/** @type {Topic} */ topic) => topic.trend === null ? "" : topic.trend >= 1.2 ? `\u2197 ${strings.knMore2}` : topic.trend <= 0.8 ? `\u2198 ${strings.knLess}` : `\u2192 ${strings.knSame}`;

  const section = el("section", { "aria-label": strings.knTopics });
  if (!named.length) section.append(el("p", { class: "empty" }, strings.knNoTopics));
  else section.append(el("p", { class: "quiet" }, strings.knTopicsWhy),
    el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, strings.knTopic), el("th", { scope: "col", class: "number" }, strings.knAsked), el("th", { scope: "col" }, fill(strings.knTrend, { days })), el("td", {}))), el("tbody", {}, ...topics.map(row))));
  const merged = gone.filter(({ into: to }) => to !== null).map((one) => el("li", {}, fill(strings.knGone, { name: one.name, into: topics.find(({ id }) => id === one.into)?.name ?? one.into ?? "", at: day(one.since, language) })));
  if (merged.length) section.append(el("details", {}, el("summary", {}, strings.knMerged), el("ul", {}, ...merged)));
  return section;
}
