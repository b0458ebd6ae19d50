// One's passkeys on the account page: which there are, one more, one less.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";
import { makePasskey, takesPasskeys } from "./passkeys.js";

/** @typedef {{ id: string, name: string, host: string, created_at: string, used_at: string | null }} Passkey */

/** @param {import("./account-page.js").About} about @param {HTMLElement} place @param {import("./account-page.js").Attempt} attempt */
export async function showPasskeys(about, place, attempt) {
  const { ask, strings, language } = about;
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const [{ passkeys }, ways] = await Promise.all([ask("GET", "/v1/me/passkeys"), ask("GET", "/v1/session/ways")]);
  const act = (/** @type {() => Promise<unknown>} */ something) => () => attempt(async () => {
    await something();
    await showPasskeys(about, place, attempt);
  });
  const row = (/** @type {Passkey} */ { id, name, host, created_at, used_at }) => {
    const used = used_at ? fill(strings.accountSeen, { at: day.format(new Date(used_at)) }) : strings.passkeyUnused;
    const made = fill(strings.passkeyMade, { at: day.format(new Date(created_at)) });
    return el("li", {}, el("span", { dir: "auto" }, name), el("small", {}, `${host} · ${made} · ${used}`),
      el("button", { type: "button", "aria-label": `${strings.passkeyRemove}: ${name}`, onclick: act(() => ask("DELETE", `/v1/me/passkeys/${id}`)) }, strings.passkeyRemove));
  };
  const add = el("button", { type: "button", onclick: act(async () => ask("POST", "/v1/me/passkeys", await makePasskey(ask, strings))) }, strings.passkeyAdd);
  const here = ways.passkeys && takesPasskeys();
  place.replaceChildren(el("p", {}, here ? strings.passkeyWhy : strings.passkeyNotHere), el("ul", { class: "devices" }, ...passkeys.map(row)), ...(here ? [add] : []));
}
