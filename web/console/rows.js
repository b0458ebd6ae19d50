// A row of the thread for each kind of message and of event. A text is only ever a text node; a row that cannot be drawn as it
// should be is drawn as plain text, and takes nothing else down with it.

import { el, linked } from "../shared/dom.js";
import { fill, said } from "../shared/language.js";
import { filesOf } from "./files.js";
import { traced } from "./trace.js";
import { actsInWords } from "./with-reply.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./strings.js").Strings} Strings */

/** @param {Desk} desk @param {Message} message @param {Record<string, any> | undefined} report  what the bot decided with it */
export function messageRow(desk, message, report) {
  try {
    return el("div", { class: `row ${message.role}${message.held_until ? " held" : ""}`, "data-seq": message.seq }, el("span", { class: "name" }, name(desk, message), " ", mark(desk, message), time(desk, message.at)),
      message.text && el("div", { class: "bubble", dir: "auto" }, ...linked(message.text)), filesOf(desk, message), ...below(desk, message, report));
  } catch {
    return el("div", { class: "row plain", "data-seq": message.seq }, el("div", { class: "bubble", dir: "auto" }, String(message.text ?? "")));
  }
}

/** @param {Desk} desk @param {Message} message */
function name({ me, strings }, { author, role }) {
  if ((role === "agent" || role === "note") && author === me.name) return strings.you;
  return { customer: strings.customer, bot: strings.theBot, system: strings.desk }[/** @type {string} */ (role)] ?? author ?? "";
}

/** What a message is beside being said: a note, or not sent yet. @param {Desk} desk @param {Message} message */
function mark({ strings }, { held_until, role }) {
  const words = role === "note" ? strings.noteMode : held_until ? strings.notYet : "";
  return words && `\u00b7 ${words} `;
}

/** What stands under a message, by who wrote it. @param {Desk} desk @param {Message} message @param {Record<string, any> | undefined} report */
function below(desk, message, report) {
  const { strings } = desk;
  const felt = message.feedback === 1 ? strings.helped : message.feedback === -1 ? strings.helpedNot : "";
  const under = felt ? [el("span", { class: "rests" }, felt)] : [];
  if (message.role === "bot" && message.decision && message.decision !== "stopped") under.push(traced(desk, message, report));
  const then = message.held_until && message.acts ? actsInWords(desk, message.acts) : [];
  if (then.length) under.push(el("span", { class: "rests" }, `${strings.withReply} ${then.map(({ words }) => words).join(" \u00b7 ")}`));
  return under;
}

/** A line in quiet words: what happened, by whom, when; null for what needs none. @param {Desk} desk @param {Line} line */
export function lineRow(desk, line) {
  try {
    const words = told(desk, line);
    return words ? el("p", { class: "row line", "data-seq": line.seq }, words, " ", time(desk, line.at)) : null;
  } catch {
    return null;
  }
}

/** Whether a line is shown at all. @param {Desk} desk @param {Line} line */
export function isTold(desk, line) {
  try {
    return told(desk, line) !== "";
  } catch {
    return false;
  }
}

/** @param {Desk} desk @param {Line} line @returns {string} */
function told({ language, me, strings }, { kind, payload }) {
  const who = (/** @type {string | undefined} */ by) => (by === me.name ? strings.you : by ?? "");
  switch (kind) {
    case "agent.joined": return fill(strings.lineJoined, { name: who(payload.name) });
    case "agent.left": return fill(strings.lineLeft, { name: who(payload.name) });
    case "handover.requested": return payload.reason === "customer_asked" ? strings.lineAsked : payload.reason === "failure" ? strings.lineFailed : strings.lineUnsure;
    case "bot.resumed": return strings.lineMeanwhile;
    case "contact.given": return fill(strings.lineContact, { email: payload.email });
    case "conversation.closed": return payload.by === "customer" ? strings.lineClosedByCustomer : strings.lineClosed;
    case "conversation.reopened": return strings.lineReopened;
    case "conversation.snoozed": return fill(strings.lineSnoozed, { name: who(payload.by), time: said(payload.until, language) });
    case "conversation.woken": return payload.by === "time" ? strings.lineTimeCame : payload.by === "customer" ? strings.lineCustomerWoke : fill(strings.lineWoken, { name: who(payload.by) });
    case "conversation.assigned": return payload.agent || payload.team ? fill(strings.lineAssigned, { name: who(payload.by), other: [payload.agent && who(payload.agent), payload.team].filter(Boolean).join(" \u00b7 ") }) : "";
    case "tags.changed": return fill(payload.tags.length ? strings.lineTags : strings.lineNoTags, { name: who(payload.by), tags: payload.tags.join(", ") });
    case "act.refused": return fill(strings.lineRefused, { name: who(payload.by), what: { tag: strings.withTags, snooze: strings.snoozed, assign: strings.withGiven }[/** @type {string} */ (payload.do)] ?? strings.withDone, why: payload.detail });
    case "rating.given": return `${stars(payload.score)} ${fill(payload.comment ? strings.lineRatedWith : strings.lineRated, { score: payload.score, comment: payload.comment })}`;
    default: return "";
  }
}

/** @param {number} score */
export const stars = (score) => "\u2605".repeat(score) + "\u2606".repeat(Math.max(0, 5 - score));

/** @param {Desk} desk @param {string} at */
const time = ({ language }, at) => el("time", { datetime: at }, said(at, language));

/** The day of what follows. @param {Desk} desk @param {string} day  as toDateString has it */
export function dayRow({ language }, day) {
  return el("p", { class: "row day" }, el("span", {}, new Intl.DateTimeFormat(language, { dateStyle: "full" }).format(new Date(day))));
}
