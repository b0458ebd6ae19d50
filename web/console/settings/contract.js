// The page of the contract: whether anything is answered alone at the moment and the switch that stops it, what is promised, on
// what evidence, what another promise would let be answered, and the contracts there are.

import { el } from "../../shared/dom.js";
import { fill, said } from "../../shared/language.js";
import { plot } from "../numbers/plot.js";
import { sure } from "./sure.js";
import { mark } from "./versions.js";

/** @typedef {{ risk: number, sure: number }} Promised */
/** @typedef {{ topic: string | null, answer: number | null, cases: number, wrong: number, bound: number }} Threshold */
/** @typedef {{ created: string, cases: number, right: number, answers: boolean, share: number, overall: Threshold, topics: Threshold[], options: { risk: number, share: number }[], curve: { share: number, risk: number, low: number, high: number }[] }} Evidence */
/** @typedef {{ name: string, created: string | null, problem: string | null, promise: Promised | null, answers: boolean, cases: number }} Version */
/** @typedef {import("../types.js").Alone} Alone */
/** @typedef {{ promise: Promised, laid_down: boolean, settings: Promised, needed: number, cases_needed: number, answer_threshold: number, serves: string | null, previous: string | null, problem: string | null, evidence: Evidence | null, versions: Version[], alone: Alone }} Contract */

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { strings } = frame.desk;
  /** @type {Contract} */
  const given = await frame.ask("GET", "/v1/desk/contract");
  return el("section", { "aria-label": strings.setContract, class: "contract" }, el("p", {}, strings.setContractWhy), alone(frame, given), promise(frame, given), given.evidence && evidence(frame, given, given.evidence), versions(frame, given));
}

/** @param {import("./frame.js").Frame} frame @param {Contract} given */
function alone(frame, { alone: { on, by, at, why }, evidence, answer_threshold: bar, problem }) {
  const { desk } = frame;
  const { strings, language } = desk;
  const percent = percents(language);
  const now = !on ? strings.setAloneOff : problem ? fill(strings.setAloneBroken, { problem }) : !evidence ? fill(strings.setAloneArticles, { bar: percent(bar) }) : evidence.answers ? fill(strings.setAloneOn, { share: percent(evidence.share) }) : strings.setAloneNothing;
  const press = async () => {
    const reason = await sure(desk.strings, on
      ? { title: strings.setStop, words: [strings.setStopHappens, strings.setStopKeeps], yes: strings.setStop, line: strings.setStopWhy, most: 500 }
      : { title: strings.setResume, words: [strings.setResumeHappens], yes: strings.setResume });
    if (reason !== null) await frame.attempt(() => frame.ask("POST", `/v1/desk/${on ? "stop" : "resume"}`, on ? { why: reason } : undefined));
  };
  return el("div", { class: "alone", "data-on": String(on) }, el("div", {}, el("h3", {}, on ? strings.setAloneIsOn : strings.setAloneIsOff), el("p", {}, now),
    !on && el("p", { class: "quiet", dir: "auto" }, fill(strings.setLaidDown, { name: by ?? "", when: said(at ?? "", language) }), why && ` \u201c${why}\u201d`)),
    el("button", { type: "button", class: on ? "danger" : "main", onclick: () => void press() }, on ? strings.setStop : strings.setResume));
}

/** @param {import("./frame.js").Frame} frame @param {Contract} given */
function promise(frame, { promise: { risk, sure: surety }, laid_down: laid, settings, evidence, needed, cases_needed: cases }) {
  const { desk } = frame;
  const { strings } = desk;
  const percent = percents(desk.language);
  const options = evidence?.options ?? [...new Set([0.01, 0.02, 0.05, 0.1, 0.2, risk])].sort((a, b) => a - b).map((each) => ({ risk: each, share: null }));
  const select = el("select", {}, ...options.map((each) => el("option", { value: String(each.risk), selected: each.risk === risk }, fill(each.share === null ? strings.setRiskOption : strings.setRiskShare, { risk: percent(each.risk), share: percent(each.share ?? 0) }))));
  const certain = el("select", {}, ...[...new Set([0.8, 0.9, 0.95, 0.99, surety])].sort((a, b) => a - b).map((each) => el("option", { value: String(each), selected: each === surety }, percent(each))));
  const change = async (/** @type {Promised | null} */ wanted, /** @type {Promised} */ terms) => {
    const ok = await sure(desk.strings, { title: strings.setPromiseChange, words: [fill(strings.setPromiseHappens, { risk: percent(terms.risk), sure: percent(terms.sure) }), terms.risk > risk ? strings.setPromiseLooser : strings.setPromiseStricter], yes: strings.setPromiseChange });
    if (ok !== null) await frame.attempt(() => frame.ask("PUT", "/v1/desk/promise", { promise: wanted }));
  };
  const form = el("form", { "aria-label": strings.setPromise }, el("label", {}, strings.setRisk, select), el("label", {}, strings.setSure, certain), el("button", { class: "main" }, strings.setPromiseChange),
    laid && el("button", { type: "button", onclick: () => void change(null, settings) }, fill(strings.setPromiseBack, { risk: percent(settings.risk), sure: percent(settings.sure) })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = { risk: Number(select.value), sure: Number(certain.value) };
    void change(wanted, wanted);
  });
  return el("div", {}, el("h3", {}, strings.setPromise), el("p", {}, fill(strings.setPromised, { risk: percent(risk), sure: percent(surety) }), ` ${laid ? strings.setPromiseLaid : strings.setPromiseSettings}`),
    !evidence && el("p", {}, fill(strings.setPromiseNeeds, { needed, cases })), el("p", { class: "quiet" }, strings.setRiskWhy), form);
}

/** @param {import("./frame.js").Frame} frame @param {Contract} given @param {Evidence} found */
function evidence({ desk }, { promise: { risk } }, found) {
  const { strings, language } = desk;
  const percent = percents(language);
  const points = found.curve.map((point) => ({ value: point.risk, low: point.low, high: point.high, p90: risk }));
  const cell = (/** @type {string} */ words) => el("td", {}, words);
  const row = (/** @type {Threshold} */ { topic, answer, cases, wrong, bound }) => el("tr", {}, el("th", { scope: "row", dir: "auto" }, topic ?? (found.topics.length ? strings.setRest : strings.setEvery)), cell(answer === null ? strings.setNever : fill(strings.setFrom, { bar: percent(answer) })), cell(fill(strings.setCases, { wrong, cases })), cell(answer === null ? "\u2013" : fill(strings.setAtMost, { bound: percent(bound) })));
  const heads = [strings.setTopic, strings.setAnswersAlone, strings.setTested, strings.setWrongAtMost];
  return el("div", {}, el("h3", {}, strings.setEvidence), el("p", {}, fill(strings.setEvidenceWhy, { cases: found.cases, right: found.right, when: said(found.created ?? "", language) })),
    el("figure", { class: "curve" }, el("figcaption", {}, strings.setCurve), plot(desk, points, "share", strings.setCurveLabel, { ends: [strings.setCurveSurest, strings.setCurveAll], line: strings.setCurveWrong, second: strings.setCurveAllowed })),
    el("details", {}, el("summary", {}, strings.setCurveTable), el("table", {}, el("thead", {}, el("tr", {}, ...[strings.setCurveShare, strings.setCurveWrong, strings.setCurveSpread].map((words) => el("th", { scope: "col" }, words)))),
      el("tbody", {}, ...found.curve.filter((_, at) => at % 4 === 3).map((point) => el("tr", {}, el("th", { scope: "row" }, percent(point.share)), cell(percent(point.risk)), cell(`${percent(point.low)} \u2013 ${percent(point.high)}`)))))),
    el("h4", {}, strings.setWhat), el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((words) => el("th", { scope: "col" }, words)))), el("tbody", {}, ...found.topics.map(row), row(found.overall))));
}

/** @param {import("./frame.js").Frame} frame @param {Contract} given */
function versions(frame, { versions: all, serves, previous }) {
  const { strings, language } = frame.desk;
  const percent = percents(language);
  const row = (/** @type {Version} */ { name, created, problem, promise: terms, answers, cases }) => el("tr", {}, el("th", { scope: "row" }, said(created ?? "", language) || name, el("small", {}, name)),
    el("td", {}, problem ?? (answers ? fill(strings.setPromised, { risk: percent(terms?.risk ?? 0), sure: percent(terms?.sure ?? 0) }) : strings.setAnswersNothing), el("small", {}, fill(strings.setCasesCount, { n: cases }))),
    el("td", {}, mark(frame, { what: "contract", name, serves, previous, may: !problem, happens: strings.setContractHappens })));
  return el("div", {}, el("h3", {}, strings.setContracts), all.length ? el("table", {}, el("tbody", {}, ...all.toReversed().map(row))) : el("p", {}, strings.setContractsNone));
}

/** @param {string} language */
function percents(language) {
  const format = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  return (/** @type {number} */ share) => format.format(share);
}
