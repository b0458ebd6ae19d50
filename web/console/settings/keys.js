// The page of API keys: which there are, a new one with its scopes, shown once, and an end to one.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";
import { sureButton } from "./sure.js";

/** @typedef {{ id: string, name: string, hint: string, scopes: string[] | null, revoked_at: string | null }} Key */

const SCOPES = ["suggest", "tickets", "agent", "knowledge", "admin"];

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { ask } = frame;
  const { strings } = frame.desk;
  /** @type {{ keys: Key[] }} */
  const { keys } = await ask("GET", "/v1/keys");
  const row = (/** @type {Key} */ { id, name, hint, scopes, revoked_at }) =>
    el("tr", {}, el("th", { scope: "row" }, name, el("small", {}, hint)), el("td", {}, scopes ? scopes.join(", ") : strings.setEverything),
      el("td", {}, revoked_at ? strings.setRevoked : sureButton(strings, { title: fill(strings.setRevokeOf, { name }), words: strings.setKeyRevokes, yes: strings.setRevoke }, () => frame.attempt(() => ask("DELETE", `/v1/keys/${id}`)))));
  const name = el("input", { required: true, maxlength: "100", autocomplete: "off" });
  const boxes = SCOPES.map((scope) => el("input", { type: "checkbox", value: scope, checked: scope === "suggest" }));
  const form = el("form", { "aria-label": strings.setMakeKey }, el("label", {}, strings.setName, name),
    el("fieldset", {}, el("legend", {}, strings.setScopes), ...boxes.map((box) => el("label", {}, box, box.value))), el("button", { class: "main" }, strings.setMakeKey));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    /** @type {string | null} */
    let made = null;
    const scopes = boxes.filter(({ checked }) => checked).map(({ value }) => value);
    await frame.attempt(async () => { made = (await ask("POST", "/v1/keys", { name: name.value, scopes })).key; });
    if (made) frame.once(strings.setKeyOnce, made);
  });
  return el("section", { "aria-label": strings.setKeys }, form, el("table", {}, el("tbody", {}, ...keys.map(row))));
}
