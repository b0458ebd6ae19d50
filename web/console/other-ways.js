// The ways to sign in besides the password, as buttons under a form: they are there once the server has told which it has.
// Through the provider the browser leaves the page, and comes back to it with an answer in the address.

import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";
import { showPasskey, takesPasskeys } from "./passkeys.js";

/** @typedef {{ ask: import("./passkeys.js").Ask, strings: import("./strings.js").Strings, again: boolean, done: (me: import("./types.js").Me) => void }} About  `again`: in place of the password typed again */

/** @param {About} about @param {HTMLElement} trouble  where to tell what went wrong */
export function otherWays({ ask, strings, again, done }, trouble) {
  const place = el("div", { class: "ways" });
  /** @param {string} words @param {() => Promise<unknown>} act */
  const way = (words, act) => {
    const button = el("button", { type: "button" }, words);
    button.addEventListener("click", async () => {
      button.disabled = true;
      trouble.textContent = "";
      await act().catch((error) => (trouble.textContent = fill(strings.notSignedIn, { why: error.message })));
      button.disabled = false;
    });
    place.append(button);
  };
  ask("GET", "/v1/session/ways").then((ways) => {
    const path = again ? "/v1/session/proof/passkey" : "/v1/session/passkey";
    if (ways.passkeys && takesPasskeys()) way(strings.passkeyUse, async () => done(await ask("POST", path, await showPasskey(ask, strings))));
    if (ways.provider) way(fill(strings.providerUse, { name: ways.provider }), async () => location.assign((await ask("POST", "/v1/session/provider", { again })).url));
  }).catch(() => {}); // the form tells what is wrong, when it is sent
  return place;
}

/** What the provider has answered in the page's address, which is cleaned of it; null where it was not asked. */
export function providersAnswer() {
  const said = new URLSearchParams(location.search);
  const [code, state, iss, error] = ["code", "state", "iss", "error"].map((name) => said.get(name));
  if (!state || !(code || error)) return null;
  history.replaceState(null, "", location.pathname);
  return code ? { code, state, ...(iss ? { iss } : {}) } : { error };
}
