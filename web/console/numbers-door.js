// The way to the numbers: a button and a line of the palette, for everybody. The page itself is loaded when it is opened.

import { el } from "../shared/dom.js";
import { reason } from "./account.js";
import { pageWords } from "./page-words.js";

/** @typedef {import("./types.js").Desk} Desk */

/** @param {Desk} desk @param {import("./acts.js").Acts} acts @param {import("./address.js").Address} address @param {(id: string) => void} show  opens a conversation */
export function numbersDoor(desk, acts, address, show) {
  const { api, strings } = desk;
  const close = () => (/** @type {HTMLDialogElement | null} */ (document.querySelector("dialog.numbers"))?.close(), true);
  const open = async () => {
    try {
      const [{ openNumbers }] = await api.fetched([import("./numbers/page.js"), pageWords(desk)]);
      openNumbers(desk, show, () => address.left("numbers"));
    } catch (error) {
      desk.tell(reason(error)); // the server is away, say
      address.left("numbers");
    }
  };
  address.add("numbers", { open, close });
  const go = () => address.go("numbers");
  acts.add("goNumbers", go);
  return el("button", { type: "button", onclick: go }, strings.numbers);
}
