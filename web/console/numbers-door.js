// The way to the numbers: a button and a line of the palette, for everybody. The page itself is loaded when it is opened.

import { el } from "../shared/dom.js";
import { reason } from "./account.js";
import { pageWords } from "./page-words.js";

/** @typedef {import("./types.js").Desk} Desk */

/** @param {Desk} desk @param {import("./acts.js").Acts} acts @param {(id: string) => void} show  opens a conversation */
export function numbersDoor(desk, acts, show) {
  const { strings } = desk;
  const open = async () => {
    try {
      const [{ openNumbers }] = await Promise.all([import("./numbers/page.js"), pageWords(desk)]);
      openNumbers(desk, show);
    } catch (error) {
      desk.tell(reason(error)); // the server is away, say
    }
  };
  acts.add("goNumbers", open);
  if (location.hash === "#numbers") void open();
  return el("button", { type: "button", onclick: () => void open() }, strings.numbers);
}
