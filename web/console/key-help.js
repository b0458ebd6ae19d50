// The help: every key of the set that is used, and which set that is (WCAG 2.1.4: letters can be turned off).

import { el } from "../shared/dom.js";
import { wordsOf } from "./acts.js";
import { SETS } from "./key-sets.js";
import { KEYS, keySet, keysOf, shown, useKeys } from "./keys.js";

/** @param {import("./strings.js").Strings} strings @param {import("../shared/local-store.js").LocalStore} store */
export function help(strings, store) {
  const list = el("dl");
  const draw = () => {
    const rows = /** @type {import("./keys.js").Act[]} */ (Object.keys(KEYS)).filter((act) => keysOf(act).length).map((act) =>
      el("div", {}, el("dt", {}, ...keysOf(act).map((key) => el("kbd", {}, shown(key)))), el("dd", {}, wordsOf(act, strings))));
    list.replaceChildren(...rows, el("div", {}, el("dt", {}, el("kbd", {}, "Mod+Enter")), el("dd", {}, strings.send)));
  };
  const names = { default: strings.keysDefault, intercom: "Intercom", chatwoot: "Chatwoot", off: strings.keysOff };
  const set = el("select", { onchange: () => (useKeys(set.value), store.set("keys", set.value), draw()) },
    ...Object.keys(SETS).map((name) => el("option", { value: name, selected: name === keySet() }, names[/** @type {keyof typeof names} */ (name)])));
  const dialog = el("dialog", { class: "help", "aria-label": strings.keys, onclose: () => dialog.remove() },
    el("h2", {}, strings.keys), el("p", {}, strings.keysWhy), el("label", {}, strings.keysSet, set), list,
    el("button", { type: "button", class: "main", onclick: () => dialog.close() }, strings.closeHelp));
  draw();
  document.body.append(dialog);
  dialog.showModal();
}
