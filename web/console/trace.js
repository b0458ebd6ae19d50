// Why the bot said what it said, for who leads support: the decision, what it rests on, what else was weighed and which checks
// that failed, in words. Read of the server when it is opened, and once.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";
import { reason } from "./account.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Trace} Trace */

/** @param {Desk} desk @param {Pick<Message, "id" | "decision">} message @param {Record<string, any> | undefined} report */
export function traced(desk, { id, decision }, report) {
  const { strings } = desk;
  const words = { answer: strings.didAnswer, ask_back: strings.didAskBack }[/** @type {string} */ (decision)] ?? strings.didHandOver;
  const sure = decision === "answer" && typeof report?.confidence === "number" ? ` \u00b7 ${percent(desk, report.confidence)}` : "";
  const box = el("details", { class: "trace", ontoggle: () => box.open && box.children.length === 1 && void open() }, el("summary", {}, `${words}${sure}`));
  async function open() {
    const waiting = el("p", { "data-tell": "" }, strings.traceComing);
    box.append(waiting);
    try {
      const { trace } = await desk.api.trace(id);
      waiting.replaceWith(drawn(desk, trace, report));
    } catch (error) {
      waiting.textContent = reason(error);
      box.addEventListener("toggle", () => waiting.remove(), { once: true }); // opened again, it is asked again
    }
  }
  return box;
}

/** @param {Desk} desk @param {Trace} trace @param {Record<string, any> | undefined} report */
function drawn(desk, trace, report) {
  const { strings } = desk;
  const why = trace.decision?.detail || report?.detail;
  const { candidates = [], evidence = [] } = trace;
  return el("div", { class: "weighed" },
    why && el("p", {}, el("b", {}, strings.traceWhy), " ", why),
    trace.question && el("p", { dir: "auto" }, el("b", {}, strings.traceQuestion), " ", trace.question),
    el("h2", {}, strings.traceEvidence),
    evidence.length ? el("ul", {}, ...evidence.map((each) => source(desk, each))) : el("p", {}, strings.traceNoEvidence),
    candidates.length > 0 && el("h2", {}, strings.traceCandidates),
    ...candidates.map((each) => candidate(desk, each)));
}

/** @param {Desk} desk @param {NonNullable<Trace["evidence"]>[number]} each */
function source({ strings }, { kind, text, title, url }) {
  const named = title || (kind === "article" ? strings.anArticle : strings.pastReply);
  return el("li", {}, el("details", {}, el("summary", {}, named), el("blockquote", { dir: "auto" }, text)),
    url && /^https?:/.test(url) ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, strings.traceRead) : null);
}

/** @param {Desk} desk @param {NonNullable<Trace["candidates"]>[number]} each */
function candidate(desk, { failed = [], origin, probability, text }) {
  const { strings } = desk;
  const from = { verbatim: strings.fromPast, excerpt: strings.fromArticle, refined: strings.fromSeveral, written: strings.fromModel }[origin] ?? origin;
  return el("article", { class: "weighing" },
    el("p", { class: "text", dir: "auto" }, text),
    el("p", { class: "quiet" }, from, typeof probability === "number" && ` \u00b7 ${fill(strings.traceProbability, { share: percent(desk, probability) })}`),
    failed.length ? el("ul", { class: "failed" }, ...failed.map(({ detail, name }) => el("li", {}, checkWords(desk, name), detail && `: ${detail}`))) : el("p", { class: "likely" }, strings.tracePassed));
}

/** A failed check in words; one that is not known here by its name. @param {Desk} desk @param {string} name */
function checkWords({ strings }, name) {
  const words = /** @type {Record<string, string>} */ (strings)[`check_${name.replaceAll(" ", "_")}`];
  return words ?? fill(strings.checkOther, { name });
}

/** @param {Desk} desk @param {number} share */
const percent = ({ language }, share) => new Intl.NumberFormat(language, { style: "percent" }).format(share);
