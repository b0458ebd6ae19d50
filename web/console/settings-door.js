// The way to the settings: a button and a line of the palette; whoever answers has macros of their own there. The pages themselves are
// loaded when they are opened.

import { el } from "../shared/dom.js";
import { reason } from "./account.js";
import { pageWords } from "./page-words.js";

/** @typedef {import("./types.js").Desk} Desk */

/** The pages in their order, each with the permission that it needs. @type {Record<string, string>} */
const PAGES = {
  people: "people", keys: "keys", articles: "knowledge", answers: "knowledge", topics: "knowledge", macros: "answer", teams: "lead",
  hours: "desk", inboxes: "desk", webhooks: "desk", connectors: "desk", contract: "desk", models: "desk", reports: "desk",
};

/** The button, or null for who may change nothing. @param {Desk} desk @param {import("./acts.js").Acts} acts @param {import("./address.js").Address} address */
export function settingsDoor(desk, acts, address) {
  const { api, strings, me } = desk;
  const pages = Object.entries(PAGES).filter(([, needed]) => me.permissions.includes(needed)).map(([page]) => page);
  if (!pages.length) return null;
  let close = async () => true;
  const open = async () => {
    try {
      const [{ openSettings }] = await api.fetched([import("./settings/frame.js"), pageWords(desk)]);
      close = openSettings(desk, pages, () => address.left("settings")) ?? close;
    } catch (error) {
      desk.tell(reason(error)); // the server is away, say
      address.left("settings");
    }
  };
  address.add("settings", { open, close: () => close() });
  const go = () => address.go("settings");
  acts.addLines(() => [{ words: strings.settings, run: go }]);
  return el("button", { type: "button", onclick: go }, strings.settings);
}
