// The brief on top of a thread that somebody takes over: what was asked, what the bot said, what was named, why it stopped. Each
// line is somebody's own words and leads to its message.

import { el } from "../shared/dom.js";
import { fill, said } from "../shared/language.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Snapshot} Snapshot */

/** @param {Desk} desk @param {Snapshot} snapshot @param {(seq: number) => void} goTo */
export function handoverBrief(desk, { brief, language, status, waiting_since }, goTo) {
  const { strings } = desk;
  if (!brief || status === "closed" || status === "open") return null;
  const row = (/** @type {string} */ words, /** @type {(Node | string)[]} */ lines) => lines.length > 0 && el("div", {}, el("dt", {}, words), ...lines.map((each) => el("dd", {}, each)));
  const link = (/** @type {number} */ seq, /** @type {string} */ words) => el("button", { type: "button", dir: "auto", title: strings.goToMessage, onclick: () => goTo(seq) }, words);
  const known = /** @type {Record<string, string>} */ (strings);
  const why = { customer_asked: strings.why_customer_asked, not_sure: strings.why_not_sure, failure: strings.why_failure, failed: strings.why_failure, wants_person: strings.why_customer_asked }[brief.reason] ?? brief.detail ?? strings.why_not_sure;
  const spoken = [language && new Intl.DisplayNames(desk.language, { type: "language" }).of(language), waiting_since && fill(strings.waitsSince, { time: said(waiting_since, desk.language) })].filter((each) => !!each);
  return el("details", { class: "handover", open: !matchMedia("(max-width: 46rem)").matches }, el("summary", {}, strings.handoverBrief), el("dl", {},
    row(strings.briefAsked, brief.asked.map(({ seq, text }) => link(seq, `\u201c${text}\u201d`))),
    row(strings.briefTried, brief.tried.map(({ decision, seq, text }) => link(seq, `${decision === "ask_back" ? `${strings.didAskBack}: ` : ""}${text}`))),
    row(strings.briefDetails, brief.details.map(({ kind, seq, value }) => link(seq, `${known[`named_${kind}`] ?? kind}: ${value ?? "\u2022\u2022\u2022\u2022"}`))),
    row(strings.briefWhy, [brief.message_id && brief.detail ? link(brief.seq - 2, `${why} ${why === brief.detail ? "" : brief.detail}`.trim()) : why]),
    row(strings.briefMore, spoken.length ? [spoken.join(" \u00b7 ")] : [])));
}
