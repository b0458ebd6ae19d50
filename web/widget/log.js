// The messages of the conversation as rows kept by key: a row is made once and then only updated, so that nothing jumps and
// no focus is lost. The draft of an answer stands outside the role=log element, so that a screen reader hears each message
// once and complete.

import { el, linked } from "../shared/dom.js";
import { fill, said } from "../shared/language.js";
import { feedback } from "./feedback.js";
import { sources } from "./sources.js";

/** @typedef {import("./types.js").ChatState} ChatState */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Message | import("../shared/types.js").Pending} Entry */
/** @typedef {{ first: boolean, last: boolean, newest: boolean, joins: boolean }} Place */
/** @typedef {{ row: HTMLElement, entry: Entry, place: Place, feedback: ReturnType<typeof feedback> | null }} Row */
/** @typedef {import("./panel.js").Actions} Actions */

/** The list of messages, and below it who is typing what. */
export class Log {
  #settings;
  #actions;
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #language;
  #filled = false;

  /** @param {Settings} settings @param {string} language @param {Actions} actions */
  constructor(settings, language, actions) {
    this.#settings = settings;
    this.#language = language;
    this.#actions = actions;
    this.log = el("div", { class: "log", role: "log", part: "log", "aria-label": settings.strings.conversation, "aria-relevant": "additions", "aria-live": "off" });
    this.tail = el("div", { class: "tail" });
    this.typing = el("p", { class: "unseen", role: "status" });
  }

  /** From now on screen readers announce new messages. */
  filled() {
    this.#filled = true;
    this.log.setAttribute("aria-live", "polite");
  }

  /** Draws the state. @param {ChatState} state */
  update(state) {
    /** @type {Entry[]} */
    const all = [...state.messages, ...state.pending];
    const keep = new Set(all.map(keyOf));
    for (const [key, { row }] of this.#rows) {
      if (keep.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
    }
    const newest = all.findLast(isMine);
    const agent = all.find((entry) => roleOf(entry) === "agent");
    all.forEach((entry, at) => {
      const first = speaker(all[at - 1]) !== speaker(entry);
      const last = speaker(all[at + 1]) !== speaker(entry);
      const row = this.#row(entry, { first, last, newest: entry === newest, joins: entry === agent }, state.status === "open");
      if (this.log.children[at] !== row) this.log.insertBefore(row, this.log.children[at] ?? null);
    });
    this.#updateTail(state, speaker(all.at(-1)));
  }

  /** @param {Entry} entry @param {Place} place @param {boolean} open */
  #row(entry, place, open) {
    const key = keyOf(entry);
    const known = this.#rows.get(key);
    if (known?.feedback) known.feedback.show(("feedback" in entry && entry.feedback) || null, open);
    if (known && known.entry === entry && samePlace(known.place, place)) return known.row;
    /** @type {HTMLElement} */
    const row = known?.row ?? el("div");
    let thumbs = known?.feedback ?? null;
    if (!known || known.entry.text !== entry.text || !samePlace(known.place, { ...place, last: known.place.last, newest: known.place.newest })) {
      thumbs = this.#feedback(entry, open);
      row.replaceChildren(...this.#content(entry, place), ...(thumbs ? [thumbs.element] : []));
    } else row.querySelector(":scope > .meta, :scope > .failure")?.remove();
    const { first, last, newest } = place;
    row.dataset.status = "status" in entry ? entry.status : "stored";
    row.className = ["row", isMine(entry) ? "mine" : "theirs", roleOf(entry), first && "first", last && "last", this.#filled && "fresh"].filter(Boolean).join(" ");
    row.setAttribute("part", isMine(entry) ? "message customer" : `message ${roleOf(entry)}`);
    row.append(...this.#below(entry, newest));
    this.#rows.set(key, { row, entry, place, feedback: thumbs });
    return row;
  }

  /** @param {Entry} entry @param {boolean} open */
  #feedback(entry, open) {
    if (!("decision" in entry && entry.decision === "answer" && (entry.evidence?.length || entry.from_past_replies))) return null; // a set phrase is not judged
    const { onJudge, onPerson } = this.#actions;
    const made = feedback(this.#settings.strings, (value) => onJudge(entry.id, value), onPerson);
    made.show(entry.feedback ?? null, open);
    return made;
  }

  /** @param {Entry} entry @param {Place} place @returns {Node[]} */
  #content(entry, { first, joins }) {
    const name = this.#name(entry);
    const { strings } = this.#settings;
    const bubble = entry.text && el("div", { class: "bubble", part: "bubble", dir: "auto" }, ...linked(entry.text));
    const files = el("div", { class: "files" });
    if (entry.files?.length) void this.#actions.onFiles(entry.files, files);
    const shown = first && !isMine(entry);
    /** @type {HTMLElement[]} */
    const parts = joins ? [el("p", { class: "joined" }, el("span", {}, fill(strings.joinedAs, { name })))] : [];
    parts.push(el("span", { class: shown ? "name" : "unseen" }, shown ? named(name, said(entry.at, this.#language)) : `${name}: `), ...(bubble ? [bubble] : []), ...(entry.files?.length ? [files] : []));
    if ("evidence" in entry) parts.push(...sources(entry, strings));
    return parts;
  }

  /** Whether the visitor's own message was sent, or an answer stopped. @param {Entry} entry @param {boolean} newest @returns {Node[]} */
  #below(entry, newest) {
    const { strings } = this.#settings;
    if ("status" in entry && entry.status === "failed") {
      const why = { refused: strings.refused, closed: strings.failedClosed, full: strings.failedFull, unverified: strings.unverified }[entry.why ?? ""] ?? strings.failed;
      return [
        el("div", { class: "failure", role: "alert" }, why,
          el("button", { type: "button", onclick: () => this.#actions.onRetry(entry.client_id) }, strings.retry),
          el("button", { type: "button", onclick: () => this.#actions.onDiscard(entry.client_id) }, strings.discard)),
      ];
    }
    if ("decision" in entry && entry.decision === "stopped") return [el("div", { class: "meta" }, strings.stopped)];
    if (!newest || !isMine(entry)) return [];
    const word = "status" in entry && entry.status === "sending" ? strings.sending : strings.sent;
    return [el("div", { class: "meta" }, named(word, said(entry.at, this.#language)))];
  }

  /** @param {ChatState} state @param {string | null} before  who wrote last */
  #updateTail(state, before) {
    const { strings } = this.#settings;
    const draft = state.draft && !state.draft.broken ? state.draft.text.trimStart() : "";
    const role = state.typing ?? "bot";
    const agent = state.agent ?? "";
    const name = role === "agent" ? agent || strings.agent : strings.bot;
    const continues = before === (role === "agent" ? `agent${agent}` : "bot");
    const rows = draft ? [this.#tailRow("draft", continues ? null : name, el("div", { class: "bubble", dir: "auto" }, draft))] : [];
    if (!draft && state.typing) {
      const dots = el("div", { class: "bubble" }, el("span", { class: "dots" }, el("i"), el("i"), el("i")));
      // Dots that are there stay: a new element would start their animation again.
      const same = this.tail.querySelector(":scope > .dots-row");
      rows.push(same instanceof HTMLDivElement ? same : this.#tailRow("dots-row", continues ? null : name, dots));
    }
    if (rows.length !== this.tail.children.length || rows.some((row, at) => row !== this.tail.children[at])) this.tail.replaceChildren(...rows);
    const words = draft || state.typing ? fill(state.typing === "agent" ? strings.typing : strings.writing, { name }) : "";
    if (this.typing.textContent !== words) this.typing.textContent = words;
  }

  /** @param {string} kind @param {string | null} name  null where the same speaker wrote before @param {HTMLElement} bubble */
  #tailRow(kind, name, bubble) {
    const label = name ? el("span", { class: "name" }, name) : null;
    return el("div", { class: `row theirs bot last ${kind}${name ? " first" : ""}`, "aria-hidden": "true" }, label, bubble);
  }

  /** @param {Entry} entry */
  #name(entry) {
    const { desk, strings } = this.#settings;
    return ("author" in entry && entry.author) || { customer: strings.you, bot: strings.bot, agent: strings.agent, system: desk }[roleOf(entry)];
  }
}

/** The key of a row: a pending message keeps it when the server has stored it. @param {Entry} entry */
function keyOf(entry) {
  return entry.client_id ?? ("id" in entry ? entry.id : "");
}

/** @param {Entry} entry */
function roleOf(entry) {
  return "role" in entry ? entry.role : "customer";
}

/** @param {Entry} entry */
function isMine(entry) {
  return roleOf(entry) === "customer";
}

/** Who wrote a message; messages of one speaker in a row belong together. @param {Entry | undefined} entry */
function speaker(entry) {
  return entry ? `${roleOf(entry)}${("author" in entry && entry.author) || ""}` : null;
}

/** @param {Place} one @param {Place} other */
function samePlace(one, other) {
  return one.first === other.first && one.last === other.last && one.newest === other.newest && one.joins === other.joins;
}

/** @param {string} word @param {string} time */
function named(word, time) {
  return time ? `${word} · ${time}` : word;
}
