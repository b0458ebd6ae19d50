// The page of models: which versions there are, of when, made how, what was measured on answers held out of the training, and
// which of them serves; another may serve, or the one before.

import { el } from "../../shared/dom.js";
import { fill, said } from "../../shared/language.js";
import { mark } from "./versions.js";

/** @typedef {{ perplexity: number, drafts: number, passed: number } | null} Measured */
/** @typedef {{ name: string, created: string, base: string, method: string, before: Measured, after: Measured, held_back: string | null, report: string | null }} Model */
/** @typedef {{ serves: string | null, previous: string | null, index: string | null, adapter: string | null, models: Model[] }} Models */

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { strings, language } = frame.desk;
  /** @type {Models} */
  const { serves, previous, index, adapter, models } = await frame.ask("GET", "/v1/desk/models");
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const measured = (/** @type {Model} */ { before, after }) => (after ? [
    el("span", {}, fill(strings.setPerplexity, { now: number.format(after.perplexity), before: before ? number.format(before.perplexity) : "\u2013" })),
    after.drafts > 0 && el("small", {}, fill(strings.setPassed, { passed: after.passed, drafts: after.drafts }), before && before.drafts > 0 && ` ${fill(strings.setPassedBefore, { passed: before.passed, drafts: before.drafts })}`)] : [el("span", { class: "quiet" }, strings.setNotMeasured)]);
  const row = (/** @type {Model} */ model) => el("tr", {}, el("th", { scope: "row" }, said(model.created ?? "", language), el("small", {}, model.name)),
    el("td", {}, fill(strings.setMadeOf, { base: model.base, method: model.method }), model.report && el("small", {}, el("a", { href: `/v1/desk/reports/${encodeURIComponent(model.report)}`, target: "_blank", rel: "noopener" }, strings.setTrainingReport))),
    el("td", {}, ...measured(model), model.held_back && el("small", {}, fill(strings.setHeldBack, { why: model.held_back }))), el("td", {}, mark(frame, { what: "model", name: model.name, serves, previous, may: true, happens: strings.setModelHappens })));
  return el("section", { "aria-label": strings.setModels }, el("p", {}, strings.setModelsWhy),
    models.length ? el("table", {}, el("thead", {}, el("tr", {}, ...[strings.setVersion, strings.setMade, strings.setMeasured, ""].map((words) => (words ? el("th", { scope: "col" }, words) : el("td", {}))))), el("tbody", {}, ...models.map(row))) : el("p", {}, strings.setModelsNone),
    el("p", { class: "quiet" }, fill(strings.setBeside, { index: index ?? strings.setNone, adapter: adapter ?? strings.setNone })), el("p", { class: "quiet" }, strings.setModelsNew));
}
