// The page of connectors: which help desks are called from here, how each does, what it may do there and what it wrote last.

import { el } from "../../shared/dom.js";
import { fill, said } from "../../shared/language.js";
import { sureButton } from "./sure.js";

/** @typedef {{ id: string, kind: string, title: string, url: string, level: string, levels: string[], synced_at: string | null, error: string | null, created_at: string }} Connector */
/** @typedef {{ ticket: string, url: string | null, state: string, text: string, at: string }} Wrote */
/** @typedef {import("./frame.js").Frame} Frame */

const LISTED = 20;
/** Those that stand open; drawn anew they do so still. @type {Set<string>} */
const open = new Set();

/** @param {Frame} frame */
export async function draw(frame) {
  const { strings } = frame.desk;
  /** @type {{ connectors: Connector[] }} */
  const { connectors } = await frame.ask("GET", "/v1/connectors");
  const wrote = await Promise.all(connectors.map(({ id }) => (open.has(id) ? frame.ask("GET", `/v1/connectors/${encodeURIComponent(id)}/written?limit=${LISTED}`) : { written: [] })));
  return el("section", { "aria-label": strings.setDesks, class: "webhooks" }, el("p", {}, strings.setDesksWhy),
    ...connectors.map((connector, at) => one(frame, connector, wrote[at].written)), connectors.length ? "" : el("p", {}, strings.setDeskNone));
}

/** @param {Frame} frame @param {Connector} connector @param {Wrote[]} wrote */
function one(frame, { id, title, url, level, levels, synced_at: read, error }, wrote) {
  const { desk: { strings: words, language }, ask, attempt } = frame;
  const path = `/v1/connectors/${encodeURIComponent(id)}`;
  /** @type {Record<string, string>} */
  const can = { shadow: words.setDeskShadow, note: words.setDeskNote, draft: words.setDeskDraft, answer: words.setDeskAnswer };
  const select = el("select", {}, ...levels.map((each) => el("option", { value: each, selected: each === level }, can[each] ?? each)));
  const form = el("form", { "aria-label": fill(words.setDeskOf, { name: id }) }, el("label", { class: "wide" }, words.setDeskLevel, select), el("button", { class: "main" }, words.setSave));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(() => ask("PATCH", path, { level: select.value }));
  });
  const opened = (/** @type {Event} */ { target }) => {
    const now = /** @type {HTMLDetailsElement} */ (target).open;
    if (now === open.has(id)) return;
    if (now) open.add(id);
    else open.delete(id);
    if (now) void attempt(async () => {}); // what it wrote is asked for with it
  };
  const state = error ? fill(words.setDeskFails, { why: error }) : read ? fill(words.setDeskRead, { at: said(read, language) }) : words.setDeskNew;
  const remove = sureButton(words, { title: fill(words.setDeskRemoveOf, { name: id }), words: words.setDeskRemoves, yes: words.setDeskRemove }, () => attempt(() => ask("DELETE", path)));
  return el("details", { class: "inbox", open: open.has(id), ontoggle: opened }, el("summary", {}, el("strong", {}, id), el("span", { class: "quiet" }, `${can[level] ?? level} · ${state}`)),
    el("p", { class: "quiet" }, `${title}, `, el("span", { dir: "ltr" }, url)), form, el("p", { class: "acts" }, remove), last(frame, wrote));
}

/** What it wrote last. @param {Frame} frame @param {Wrote[]} wrote */
function last({ desk: { strings: words, language } }, wrote) {
  /** @type {Record<string, string>} */
  const states = { shadow: words.setDeskWould, writing: words.setDeskWriting, written: words.setDeskWritten, overtaken: words.setDeskOvertaken, failed: words.setDeskNotSent };
  const row = (/** @type {Wrote} */ { ticket, url, state, text, at }) => el("tr", {},
    el("th", { scope: "row" }, url?.match(/^https?:/u) ? el("a", { href: url, target: "_blank", rel: "noreferrer" }, ticket) : ticket, el("small", {}, said(at, language))),
    el("td", {}, states[state] ?? state), el("td", { class: "words" }, el("details", {}, el("summary", {}, words.setDeskText), el("pre", { dir: "auto" }, text))));
  return el("div", { class: "keys" }, el("h3", {}, words.setDeskLast), wrote.length ? el("table", {}, el("tbody", {}, ...wrote.map(row))) : el("p", {}, words.setHookNothing));
}
