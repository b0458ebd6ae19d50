// The console's beginning: signs people in, or lets a link make or invite them, and then shows the desk. A session that
// ends while somebody works asks for the password over the page: what they were writing stays where it is.

import { browserClock } from "../shared/clock.js";
import { el } from "../shared/dom.js";
import { ApiError } from "../shared/http.js";
import { direction, fill, loadStrings } from "../shared/language.js";
import { LocalStore } from "../shared/local-store.js";
import { linkForm, reason, signInForm } from "./account.js";
import { announce } from "./announcer.js";
import { ConsoleApi } from "./api.js";
import { DeskPage } from "./desk.js";
import { WhoIsHere } from "./here.js";
import { providersAnswer } from "./other-ways.js";
import { english } from "./strings.js";

/** @typedef {import("./types.js").Me} Me */

const page = /** @type {HTMLElement} */ (document.getElementById("page"));
const { language, strings: found } = await loadStrings(navigator.languages, english, { zh: () => import("./strings-zh.js") }, null);
const strings = /** @type {import("./strings.js").Strings} */ (found);
const api = new ConsoleApi(fetch.bind(globalThis), strings.unreachable);
document.documentElement.lang = language;
document.documentElement.dir = direction(language);
announce(document.body);

/** @type {DeskPage | null} */
let current = null;

/** @param {Me} me */
function showDesk(me) {
  current?.stop();
  api.person = me.id;
  const store = new LocalStore(`understudy-console:${me.id}:`, localStorageIfAny());
  current = new DeskPage({ api, strings, language, me, store, clock: browserClock, here: new WhoIsHere({ api, me, strings }), tell, signedOut });
  page.replaceChildren(current.element);
}

/** Asks again who is there. Somebody else gets their own page. */
function signedOut() {
  if (document.querySelector("dialog.again")) return;
  const before = current?.me.id;
  const form = signInForm(api, strings, strings.again, (me) => {
    dialog.close();
    if (me.id === before) current?.resume();
    else showDesk(me);
  });
  const dialog = el("dialog", { class: "again", "aria-label": strings.signIn, oncancel: (/** @type {Event} */ event) => event.preventDefault(), onclose: () => dialog.remove() }, form);
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {string} sentence @param {() => void} [undo] */
function tell(sentence, undo) {
  document.querySelector(".told")?.remove();
  const line = el("aside", { class: "told", "data-tell": "" }, sentence, undo && el("button", { type: "button", onclick: () => (line.remove(), undo()) }, strings.tookBack));
  document.body.append(line);
  setTimeout(() => line.remove(), 10_000);
}

function localStorageIfAny() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

addEventListener("hashchange", () => location.hash.startsWith("#link=") && location.reload()); // opened where the console is open already
const token = /^#link=(.+)$/.exec(location.hash)?.[1];
if (token) {
  history.replaceState(null, "", location.pathname); // a link that was used is no bookmark
  const form = await linkForm(api, strings, token, showDesk);
  if (form) page.replaceChildren(el("main", {}, form));
} else {
  const answer = providersAnswer();
  try {
    if (answer?.error) throw new Error(strings.providerNot);
    showDesk(await (answer ? api.ask("POST", "/v1/session/provider/answer", answer) : api.me()));
  } catch (error) {
    const why = answer || (error instanceof ApiError && error.kind !== "gone") ? fill(strings.notSignedIn, { why: reason(error) }) : null;
    page.replaceChildren(el("main", {}, signInForm(api, strings, why ?? strings.signInWhy, showDesk)));
  }
}
