// One's own account, opened by the name in the bar: where one is signed in, passkeys, and the authenticator app. Fetched
// when it is opened. What is shown once (secret, recovery codes) is kept nowhere and gone when the dialog closes.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";
import { reason } from "./account.js";
import { alertSwitches } from "./arrivals.js";
import { showPasskeys } from "./own-passkeys.js";
import { asking } from "./settings/requests.js";

/** @typedef {{ ask: import("./settings/requests.js").Ask, strings: import("./strings.js").Strings, language: string }} About */

/** @param {import("./types.js").Desk} desk */
export async function openAccount(desk) {
  const { api, strings, language } = desk;
  const about = { ask: asking(desk), strings, language };
  const before = document.activeElement;
  const trouble = el("p", { class: "trouble", role: "alert" });
  const devices = el("ul", { class: "devices" });
  const passkeys = el("div", { class: "passkeys" });
  const factor = el("div", { class: "factor" });
  const close = el("button", { type: "button", onclick: () => dialog.close() }, strings.accountClose);
  const dialog = el("dialog", { class: "account-page", "aria-label": strings.accountTitle, onclose: () => (dialog.remove(), before instanceof HTMLElement && before.focus()) },
    el("h1", {}, strings.accountTitle), el("h2", {}, strings.accountDevices), devices, el("h2", {}, strings.accountPasskeys), passkeys, el("h2", {}, strings.accountFactor), factor, el("h2", {}, strings.alertsTitle), alertSwitches(desk), trouble, close);

  /** Does something; what goes wrong is said in the dialog. @param {() => Promise<unknown>} something */
  const attempt = async (something) => {
    trouble.textContent = "";
    try {
      await something();
    } catch (error) {
      trouble.textContent = fill(strings.accountFailed, { why: reason(error) });
    }
  };
  document.body.append(dialog);
  dialog.showModal();
  await attempt(async () => {
    const me = await api.me();
    showFactor(about, factor, attempt, me.second_factor);
    await Promise.all([showDevices(about, devices, attempt), showPasskeys(about, passkeys, attempt)]);
  });
}

/** @typedef {(something: () => Promise<unknown>) => Promise<void>} Attempt */

/** @param {About} about @param {HTMLElement} list @param {Attempt} attempt */
async function showDevices(about, list, attempt) {
  const { ask, strings, language } = about;
  const when = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const { devices } = await ask("GET", "/v1/me/devices");
  list.replaceChildren(...devices.map((/** @type {{ id: string, device: string, seen_at: string, here: boolean }} */ { id, device, seen_at, here }) => {
    const end = () => attempt(async () => {
      await ask("DELETE", `/v1/me/devices/${id}`);
      await showDevices(about, list, attempt);
    });
    return el("li", {}, el("span", { dir: "auto" }, device), el("small", {}, here ? strings.accountHere : fill(strings.accountSeen, { at: when.format(new Date(seen_at)) })),
      !here && el("button", { type: "button", "aria-label": `${strings.accountEnd}: ${device}`, onclick: end }, strings.accountEnd));
  }));
}

/** @param {About} about @param {HTMLElement} place @param {Attempt} attempt @param {boolean} on */
function showFactor(about, place, attempt, on) {
  const { ask, strings } = about;
  const turnOff = async () => {
    await ask("DELETE", "/v1/me/totp");
    showFactor(about, place, attempt, false);
  };
  const turnOn = async () => scan(about, place, attempt, await ask("POST", "/v1/me/totp", {}));
  const button = el("button", { type: "button", onclick: () => attempt(on ? turnOff : turnOn) }, on ? strings.factorOff : strings.factorOn);
  place.replaceChildren(el("p", {}, on ? strings.factorIsOn : strings.factorIsOff), button);
}

/** The picture to scan, and the box for the app's first code. @param {About} about @param {HTMLElement} place @param {Attempt} attempt @param {{ secret: string, qr: string }} begun */
function scan(about, place, attempt, { secret, qr }) {
  const { ask, strings } = about;
  const code = el("input", { required: true, inputmode: "numeric", autocomplete: "one-time-code", maxlength: "20" });
  const form = el("form", {}, el("p", {}, strings.factorScan), el("img", { src: qr, alt: strings.factorPicture, width: "180", height: "180" }),
    el("p", {}, strings.factorType, " ", el("code", {}, secret)), el("label", {}, strings.code, code), el("button", { class: "main" }, strings.factorConfirm));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(async () => {
      const { codes } = await ask("POST", "/v1/me/totp/confirmation", { code: code.value });
      showFactor(about, place, attempt, true);
      place.append(el("p", { "data-tell": "" }, strings.factorCodes), el("ul", { class: "codes" }, ...codes.map((/** @type {string} */ each) => el("li", {}, el("code", {}, each)))));
    });
  });
  place.replaceChildren(form);
  code.focus();
}
