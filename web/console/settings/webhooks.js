// The page of webhooks: which systems are told of what happens, how each does, what it was told last, and whether a request that
// somebody received is one of ours. Secrets are shown once.

import { el } from "../../shared/dom.js";
import { fill, said } from "../../shared/language.js";
import { sureButton } from "./sure.js";

/** @typedef {{ id: string, url: string, description: string, types: string[], on: boolean, off_because: string | null, failures: number, failing_since: string | null, delivered_at: string | null, pending: number }} Webhook */
/** @typedef {{ id: string, type: string, state: string, created_at: string, next_at: string | null, body: string, tries: { at: string, ms: number, status: number | null, error: string | null }[], answer: string | null }} Delivery */
/** @typedef {import("./frame.js").Frame} Frame */

const DAY = 86_400_000;
const LISTED = 20;
const TEST = "webhook.test"; // comes whenever somebody asks for it
/** Those that stand open; drawn anew they do so still. @type {Set<string>} */
const open = new Set();

/** @param {Frame} frame */
export async function draw(frame) {
  const { strings } = frame.desk;
  /** @type {{ webhooks: Webhook[], types: Record<string, string> }} */
  const { webhooks, types } = await frame.ask("GET", "/v1/webhooks");
  const told = await Promise.all(webhooks.map(({ id }) => (open.has(id) ? frame.ask("GET", `/v1/webhooks/${id}/deliveries?limit=${LISTED}`) : { deliveries: [] })));
  const url = el("input", { required: true, type: "url", maxlength: "2000", placeholder: "https://crm.example/hooks", autocomplete: "off" });
  const form = el("form", { "aria-label": strings.setHookMake }, el("label", {}, strings.setHookUrl, url), el("button", { class: "main" }, strings.setHookMake));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void shownOnce(frame, url.value, () => frame.ask("POST", "/v1/webhooks", { url: url.value }));
  });
  return el("section", { "aria-label": strings.setHooks, class: "webhooks" }, el("p", {}, strings.setHooksWhy), ...webhooks.map((webhook, at) => one(frame, webhook, Object.keys(types).filter((type) => type !== TEST), told[at].deliveries)), form);
}

/** Does what draws a secret, and shows that. @param {Frame} frame @param {string} url @param {() => Promise<{ id: string, secret: string }>} make */
async function shownOnce(frame, url, make) {
  let secret = "";
  await frame.attempt(async () => {
    const made = await make();
    secret = made.secret;
    open.add(made.id);
  });
  if (secret) frame.once(fill(frame.desk.strings.setHookSecret, { url }), secret);
}

/** How it does, in words. @param {Frame} frame @param {Webhook} webhook */
function standing(frame, { on, off_because: why, failing_since: since, delivered_at: last, pending }) {
  const { strings: words, language } = frame.desk;
  const state = !on ? fill(words.setHookOff, { why: why ?? "" }) : since ? fill(words.setHookFails, { since: said(since, language) }) : last ? fill(words.setHookWell, { at: said(last, language) }) : words.setHookNew;
  return pending > 0 ? `${state} · ${fill(words.setHookWaits, { count: pending })}` : state;
}

/** @param {Frame} frame @param {Webhook} webhook @param {string[]} types @param {Delivery[]} deliveries */
function one(frame, webhook, types, deliveries) {
  const { desk: { strings: words }, ask, attempt } = frame;
  const { id, url, on } = webhook;
  const path = `/v1/webhooks/${id}`;
  const place = el("input", { required: true, type: "url", maxlength: "2000", value: url, autocomplete: "off" });
  const boxes = types.map((type) => el("input", { type: "checkbox", value: type, checked: webhook.types.includes(type) }));
  const form = el("form", { "aria-label": fill(words.setHookOf, { url }) }, el("label", { class: "wide" }, words.setHookUrl, place),
    el("fieldset", { class: "types" }, el("legend", {}, words.setHookTypes), ...boxes.map((box) => el("label", {}, box, box.value))), el("button", { class: "main" }, words.setSave));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(() => ask("PUT", path, { url: place.value, types: boxes.filter((box) => box.checked).map((box) => box.value) }));
  });
  const test = async () => {
    let line = "";
    await attempt(async () => {
      /** @type {Delivery} */
      const sent = await ask("POST", `${path}/test`);
      line = fill(sent.state === "delivered" ? words.setHookTestWell : words.setHookTestFailed, { what: outcome(sent) });
    });
    if (line) frame.once(line);
  };
  const week = () => attempt(() => ask("POST", `${path}/deliveries/resend`, { since: new Date(Date.now() - 7 * DAY).toISOString() }));
  const acts = el("p", { class: "acts" }, el("button", { type: "button", onclick: () => void test() }, words.setHookTest),
    sureButton(words, { title: fill(words.setHookRotateOf, { url }), words: words.setHookRotates, yes: words.setHookRotate }, () => shownOnce(frame, url, () => ask("POST", `${path}/secret`, {}))),
    el("button", { type: "button", onclick: () => void attempt(() => ask("PUT", path, { on: !on })) }, on ? words.setHookSwitchOff : words.setHookSwitchOn),
    el("button", { type: "button", onclick: () => void week() }, words.setHookResend),
    sureButton(words, { title: fill(words.setHookRemoveOf, { url }), words: words.setHookRemoves, yes: words.setHookRemove }, () => attempt(() => ask("DELETE", path))));
  const opened = (/** @type {Event} */ { target }) => {
    const now = /** @type {HTMLDetailsElement} */ (target).open;
    if (now === open.has(id)) return;
    if (now) open.add(id);
    else open.delete(id);
    if (now) void attempt(async () => {}); // what it was told is asked for with it
  };
  return el("details", { class: "inbox", open: open.has(id), ontoggle: opened }, el("summary", {}, el("strong", { dir: "ltr" }, url), el("span", { class: "quiet" }, standing(frame, webhook))),
    form, acts, last(frame, path, deliveries), check(frame, path));
}

/** What came of the last try. @param {Delivery} delivery */
function outcome({ tries }) {
  const tried = tries.at(-1);
  return tried ? `${tried.status ?? tried.error} · ${tried.ms} ms` : "";
}

/** What it was told last. @param {Frame} frame @param {string} path @param {Delivery[]} deliveries */
function last(frame, path, deliveries) {
  const { strings: words, language } = frame.desk;
  /** @type {Record<string, string>} */
  const states = { delivered: words.setHookDelivered, failed: words.setHookGivenUp, pending: words.setHookPending };
  const again = (/** @type {Delivery} */ each) => el("button", { type: "button", onclick: () => void frame.attempt(() => frame.ask("POST", `${path}/deliveries/${each.id}/resend`)) }, words.setHookAgain);
  const row = (/** @type {Delivery} */ each) => el("tr", {}, el("th", { scope: "row" }, each.type, el("small", {}, said(each.created_at, language))), el("td", {}, states[each.state] ?? each.state, el("small", {}, outcome(each))),
    el("td", {}, el("details", {}, el("summary", {}, words.setHookSent), el("pre", { dir: "ltr" }, each.body), each.answer && el("pre", { dir: "auto" }, each.answer))), el("td", {}, again(each)));
  return el("div", { class: "keys" }, el("h3", {}, words.setHookLast), deliveries.length ? el("table", {}, el("tbody", {}, ...deliveries.map(row))) : el("p", {}, words.setHookNothing));
}

/** Whether a request that somebody received is one of ours. @param {Frame} frame @param {string} path */
function check(frame, path) {
  const { strings: words } = frame.desk;
  const headers = el("textarea", { rows: "3", required: true, spellcheck: "false", placeholder: "webhook-id: msg_…\nwebhook-timestamp: …\nwebhook-signature: v1,…" });
  const body = el("textarea", { rows: "3", spellcheck: "false" });
  const form = el("form", { "aria-label": words.setHookVerify }, el("label", { class: "wide" }, words.setHookHeaders, headers), el("label", { class: "wide" }, words.setHookBody, body), el("button", {}, words.setHookVerify));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const lines = headers.value.split("\n").map((line) => line.split(/:(.*)/su)).filter(([name]) => name?.trim());
    void frame.quietly(async () => {
      const { valid, why } = await frame.ask("POST", `${path}/verification`, { headers: Object.fromEntries(lines.map(([name, value]) => [name?.trim(), (value ?? "").trim()])), body: body.value });
      frame.once(`${valid ? words.setHookValid : words.setHookInvalid} ${why}`);
    });
  });
  return el("details", {}, el("summary", {}, words.setHookVerify), form);
}
