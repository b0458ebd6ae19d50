// The page of reports: what replays, exams and trainings have left, the newest first, and the one that was chosen. A report is a
// page of its own, with its own charts; it is shown in a frame that can do nothing but show it.

import { el } from "../../shared/dom.js";
import { said } from "../../shared/language.js";

/** @typedef {{ name: string, kind: string, created: string, title: string }} Report */

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { strings, language } = frame.desk;
  /** @type {{ reports: Report[] }} */
  const { reports } = await frame.ask("GET", "/v1/desk/reports");
  /** @type {Record<string, string>} */
  const kinds = { replay: strings.setReplay, exam: strings.setExam, train: strings.setTraining, contradictions: strings.setContradictions };
  const shown = el("div", { class: "report" });
  const show = (/** @type {Report} */ report) => {
    const address = `/v1/desk/reports/${encodeURIComponent(report.name)}`;
    buttons.forEach((button, at) => (reports[at] === report ? button.setAttribute("aria-current", "true") : button.removeAttribute("aria-current")));
    shown.replaceChildren(el("p", {}, el("a", { href: address, target: "_blank", rel: "noopener" }, strings.setReportAlone)), el("iframe", { src: address, title: report.title, sandbox: "allow-scripts" }));
  };
  const buttons = reports.map((report) => el("button", { type: "button", onclick: () => show(report) }, el("strong", {}, kinds[report.kind] ?? report.kind), el("small", {}, said(report.created ?? "", language)), el("span", { dir: "auto" }, report.title)));
  if (reports[0]) show(reports[0]);
  return el("section", { "aria-label": strings.setReports, class: "reports" }, el("p", {}, strings.setReportsWhy),
    reports.length ? el("div", { class: "shelf" }, el("ul", {}, ...buttons.map((button) => el("li", {}, button))), shown) : el("p", {}, strings.setReportsNone));
}
