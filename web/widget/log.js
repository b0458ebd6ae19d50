// What has been said, as rows kept by key: a row is made once and then only amended, so that nothing jumps and no focus
// is lost. What is being written stands outside the role=log element, so a screen reader hears each message once, whole.

import { el } from "./dom.js";
import { linkify } from "./linkify.js";
import { sources } from "./sources.js";
import { fill } from "./strings.js";
import { feedback } from "./feedback.js";

/** @typedef {import("./types.js").ChatState} ChatState */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Message | import("./types.js").Pending} Said */
/** @typedef {{ first: boolean, last: boolean, newest: boolean, joins: boolean }} Place */
/** @typedef {{ row: HTMLElement, said: Said, place: Place, feedback: ReturnType<typeof feedback> | null }} Row */
/** @typedef {import("./panel.js").Actions} Actions */

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

  /** What was there when the page was loaded has been shown; from now on news are announced. */
  filled() {
    this.#filled = true;
    this.log.setAttribute("aria-live", "polite");
  }

  /** @param {ChatState} state */
  update(state) {
    /** @type {Said[]} */
    const all = [...state.messages, ...state.pending];
    const keep = new Set(all.map(keyOf));
    for (const [key, { row }] of this.#rows) {
      if (keep.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
    }
    const newest = all.findLast(isMine);
    const agent = all.find((said) => roleOf(said) === "agent");
    all.forEach((said, at) => {
      const first = voice(all[at - 1]) !== voice(said);
      const last = voice(all[at + 1]) !== voice(said);
      const row = this.#row(said, { first, last, newest: said === newest, joins: said === agent }, state.status === "open");
      if (this.log.children[at] !== row) this.log.insertBefore(row, this.log.children[at] ?? null);
    });
    this.#updateTail(state, voice(all.at(-1)));
  }

  /** @param {Said} said @param {Place} place @param {boolean} open */
  #row(said, place, open) {
    const key = keyOf(said);
    const known = this.#rows.get(key);
    if (known?.feedback) known.feedback.show(("feedback" in said && said.feedback) || null, open);
    if (known && known.said === said && same(known.place, place)) return known.row;
    /** @type {HTMLElement} */
    const row = known?.row ?? el("div");
    let judging = known?.feedback ?? null;
    if (!known || known.said.text !== said.text || !same(known.place, { ...place, last: known.place.last, newest: known.place.newest })) {
      judging = this.#feedback(said, open);
      row.replaceChildren(...this.#words(said, place), ...(judging ? [judging.element] : []));
    } else row.querySelector(":scope > .meta, :scope > .failure")?.remove();
    const { first, last, newest } = place;
    row.dataset.status = "status" in said ? said.status : "stored";
    row.className = ["row", isMine(said) ? "mine" : "theirs", roleOf(said), first && "first", last && "last", this.#filled && "fresh"].filter(Boolean).join(" ");
    row.setAttribute("part", isMine(said) ? "message customer" : `message ${roleOf(said)}`);
    row.append(...this.#below(said, newest));
    this.#rows.set(key, { row, said, place, feedback: judging });
    return row;
  }

  /** @param {Said} said @param {boolean} open */
  #feedback(said, open) {
    if (!("decision" in said) || said.decision !== "answer") return null;
    const { onJudge, onPerson } = this.#actions;
    const made = feedback(this.#settings.strings, (value) => onJudge(said.id, value), onPerson);
    made.show(said.feedback ?? null, open);
    return made;
  }

  /** @param {Said} said @param {Place} place @returns {Node[]} */
  #words(said, { first, joins }) {
    const name = this.#name(said);
    const { strings } = this.#settings;
    const bubble = el("div", { class: "bubble", part: "bubble", dir: "auto" });
    for (const { text, href } of linkify(said.text)) {
      bubble.append(href ? el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, text) : text);
    }
    const shown = first && !isMine(said);
    /** @type {HTMLElement[]} */
    const parts = joins ? [el("p", { class: "joined" }, el("span", {}, fill(strings.joinedAs, { name })))] : [];
    parts.push(el("span", { class: shown ? "name" : "unseen" }, shown ? named(name, clock(said.at, this.#language)) : `${name}: `), bubble);
    if ("evidence" in said) parts.push(...sources(said, strings));
    return parts;
  }

  /** What became of the visitor's own words. @param {Said} said @param {boolean} newest @returns {Node[]} */
  #below(said, newest) {
    const { strings } = this.#settings;
    if ("status" in said && said.status === "failed") {
      const why = { refused: strings.refused, closed: strings.failedClosed, unverified: strings.unverified }[said.why ?? ""] ?? strings.failed;
      return [
        el("div", { class: "failure", role: "alert" }, why,
          el("button", { type: "button", onclick: () => this.#actions.onRetry(said.client_id) }, strings.retry),
          el("button", { type: "button", onclick: () => this.#actions.onDiscard(said.client_id) }, strings.discard)),
      ];
    }
    if ("decision" in said && said.decision === "stopped") return [el("div", { class: "meta" }, strings.stopped)];
    if (!newest || !isMine(said)) return [];
    const word = "status" in said && said.status === "sending" ? strings.sending : strings.sent;
    return [el("div", { class: "meta" }, named(word, clock(said.at, this.#language)))];
  }

  /** @param {ChatState} state @param {string | null} before  who spoke last */
  #updateTail(state, before) {
    const { strings } = this.#settings;
    const draft = state.draft && !state.draft.broken ? state.draft.text.trimStart() : "";
    const role = state.typing ?? "bot";
    const agent = state.agent ?? state.messages.findLast((m) => m.role === "agent")?.author ?? "";
    const name = role === "agent" ? agent || strings.agent : strings.bot;
    const continues = before === (role === "agent" ? `agent${agent}` : "bot");
    const rows = draft ? [this.#tailRow("draft", continues ? null : name, el("div", { class: "bubble", dir: "auto" }, draft))] : [];
    if (!draft && state.typing) {
      const dots = el("div", { class: "bubble" }, el("span", { class: "dots" }, el("i"), el("i"), el("i")));
      // The dots that are there stay: a new element would start their movement again.
      const same = this.tail.querySelector(":scope > .dots-row");
      rows.push(same instanceof HTMLDivElement ? same : this.#tailRow("dots-row", continues ? null : name, dots));
    }
    if (rows.length !== this.tail.children.length || rows.some((row, at) => row !== this.tail.children[at])) this.tail.replaceChildren(...rows);
    const words = draft || state.typing ? fill(state.typing === "agent" ? strings.typing : strings.writing, { name }) : "";
    if (this.typing.textContent !== words) this.typing.textContent = words;
  }

  /** @param {string} kind @param {string | null} name  null where the same voice spoke last @param {HTMLElement} bubble */
  #tailRow(kind, name, bubble) {
    const label = name ? el("span", { class: "name" }, name) : null;
    return el("div", { class: `row theirs bot last ${kind}${name ? " first" : ""}`, "aria-hidden": "true" }, label, bubble);
  }

  /** @param {Said} said */
  #name(said) {
    const { strings } = this.#settings;
    if (isMine(said)) return strings.you;
    return ("author" in said && said.author) || (roleOf(said) === "agent" ? strings.agent : strings.bot);
  }
}

/** @param {Said} said  a pending message keeps its key when the server has stored it */
function keyOf(said) {
  return said.client_id ?? ("id" in said ? said.id : "");
}

/** @param {Said} said */
function roleOf(said) {
  return "role" in said ? said.role : "customer";
}

/** @param {Said} said */
function isMine(said) {
  return roleOf(said) === "customer";
}

/** Who speaks; messages of one voice in a row belong together. @param {Said | undefined} said */
function voice(said) {
  return said ? `${roleOf(said)}${("author" in said && said.author) || ""}` : null;
}

/** @param {Place} one @param {Place} other */
function same(one, other) {
  return one.first === other.first && one.last === other.last && one.newest === other.newest && one.joins === other.joins;
}

/** @param {string} word @param {string} time */
function named(word, time) {
  return time ? `${word} · ${time}` : word;
}

/** @param {string} at @param {string} language */
function clock(at, language) {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return "";
  const today = when.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(language, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" }).format(when);
}
