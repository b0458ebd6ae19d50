// The page of inboxes: the places customers write from, which pages may hold the chat of each, whether visitors have to sign in,
// and the keys by which a page vouches for who they are. Secrets are shown once.

import { el } from "../../shared/dom.js";
import { fill, said } from "../../shared/language.js";
import { sureButton } from "./sure.js";

/** @typedef {{ id: string, algorithm: string, created_at: string, expires_at: string | null, revoked_at: string | null }} Key */
/** @typedef {{ id: string, name: string, origins: string[], frame_ancestors: string[], verified_only: boolean, rate: string | null, keys: Key[] }} Inbox */

const FIRST = "default";
/** Those that stand open; drawn anew they do so still. @type {Set<string>} */
const open = new Set();

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { strings } = frame.desk;
  /** @type {{ inboxes: Inbox[], allowed_origins: string[] }} */
  const { inboxes, allowed_origins: also } = await frame.ask("GET", "/v1/inboxes");
  const name = el("input", { required: true, maxlength: "100", autocomplete: "off" });
  const form = el("form", { "aria-label": strings.setInboxMake }, el("label", {}, strings.setName, name), el("button", { class: "main" }, strings.setInboxMake));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void frame.attempt(() => frame.ask("POST", "/v1/inboxes", { name: name.value }));
  });
  return el("section", { "aria-label": strings.setInboxes, class: "inboxes" }, el("p", {}, strings.setInboxesWhy), ...inboxes.map((inbox) => one(frame, inbox, inbox.id === FIRST ? also : [])), form);
}

/** @param {import("./frame.js").Frame} frame @param {Inbox} inbox @param {string[]} also */
function one(frame, inbox, also) {
  const { strings } = frame.desk;
  const area = (/** @type {string[]} */ lines) => el("textarea", { rows: String(Math.max(2, lines.length)), spellcheck: "false", placeholder: "https://shop.example" }, lines.join("\n"));
  const name = el("input", { required: true, maxlength: "100", value: inbox.name, autocomplete: "off" });
  const origins = area(inbox.origins);
  const frames = area(inbox.frame_ancestors);
  const verified = el("input", { type: "checkbox", checked: inbox.verified_only });
  const rate = el("input", { value: inbox.rate ?? "", maxlength: "40", placeholder: "600/minute", autocomplete: "off" });
  const lines = (/** @type {HTMLTextAreaElement} */ { value }) => value.split(/\s+/u).filter(Boolean);
  const form = el("form", { "aria-label": fill(strings.setInboxOf, { name: inbox.name }) }, el("label", {}, strings.setName, name),
    el("label", { class: "wide" }, strings.setOrigins, origins, el("small", {}, strings.setOriginsWhy, also.length > 0 && ` ${fill(strings.setOriginsAlso, { origins: also.join(", ") })}`)),
    el("label", { class: "wide" }, strings.setFrames, frames, el("small", {}, strings.setFramesWhy)),
    el("label", {}, strings.setRate, rate, el("small", {}, strings.setRateWhy)), el("fieldset", {}, el("label", {}, verified, strings.setVerified), el("p", {}, strings.setVerifiedWhy)), el("button", { class: "main" }, strings.setSave));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    let kept = false;
    await frame.attempt(async () => {
      await frame.ask("PUT", `/v1/inboxes/${inbox.id}`, { name: name.value, origins: lines(origins), frame_ancestors: lines(frames), verified_only: verified.checked, rate: rate.value });
      kept = true;
    });
    if (kept) frame.once(fill(strings.setInboxDone, { name: name.value }));
  });
  const tag = `<support-chat inbox="${inbox.id}"></support-chat>`;
  const opened = (/** @type {Event} */ { target }) => (/** @type {HTMLDetailsElement} */ (target).open ? open.add(inbox.id) : open.delete(inbox.id));
  return el("details", { class: "inbox", open: open.has(inbox.id), ontoggle: opened }, el("summary", {}, el("strong", { dir: "auto" }, inbox.name), el("span", { class: "quiet" }, inbox.verified_only ? strings.setVerifiedOnly : strings.setAnybody)),
    el("p", {}, strings.setInboxTag, " ", el("code", {}, tag)), form, keys(frame, inbox));
}

/** @param {import("./frame.js").Frame} frame @param {Inbox} inbox */
function keys(frame, { id, name, keys: all }) {
  const { strings, language } = frame.desk;
  const revoke = (/** @type {Key} */ key) => sureButton(strings, { title: fill(strings.setRevokeOf, { name: key.id }), words: strings.setInboxKeyRevokes, yes: strings.setRevoke }, () => frame.attempt(() => frame.ask("DELETE", `/v1/inboxes/keys/${key.id}`)));
  const row = (/** @type {Key} */ key) => el("tr", {}, el("th", { scope: "row" }, key.algorithm, el("small", {}, key.id)), el("td", {}, said(key.created_at ?? "", language)), el("td", {}, key.expires_at && !key.revoked_at && fill(strings.setGoodUntil, { when: said(key.expires_at ?? "", language) })),
    el("td", {}, key.revoked_at ? strings.setRevoked : revoke(key)));
  const make = async () => {
    /** @type {string | null} */
    let made = null;
    await frame.attempt(async () => { made = (await frame.ask("POST", `/v1/inboxes/${id}/keys`, { algorithm: "HS256" })).secret; });
    if (made) frame.once(fill(strings.setInboxSecret, { name }), made);
  };
  return el("div", { class: "keys" }, el("h3", {}, strings.setInboxKeys), el("p", {}, strings.setInboxKeysWhy), all.length > 0 && el("table", {}, el("tbody", {}, ...all.map(row))),
    el("button", { type: "button", onclick: () => void make() }, strings.setInboxKeyMake));
}
