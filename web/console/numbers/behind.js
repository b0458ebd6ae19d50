// The conversations that a figure is reckoned from: a list over the numbers, the largest values first, each of which opens.

import { el } from "../../shared/dom.js";
import { fill, said } from "../../shared/language.js";
import { nameOf } from "./card.js";
import { worded } from "./told.js";

/** @typedef {{ total: number, conversations: { id: string, words: string, n: number, at: string, value: number }[] }} Found */

/** @param {import("./page.js").Page} page @param {import("./page.js").Figure} figure @param {{ by: string, key: string | null }} [group] */
export async function behind(page, figure, group) {
  const { strings, language } = page.desk;
  const query = page.query();
  if (group) {
    query.set("by", group.by);
    query.set("key", group.key ?? "");
  }
  /** @type {Found} */
  const { total, conversations } = await page.ask("GET", `/v1/numbers/${figure.id}/conversations?${query}`);
  const words = [nameOf(page, figure), group && (group.key ?? strings.numUnknown)].filter(Boolean).join(": ");
  const rows = conversations.map(({ id, words: first, n, at, value }) => el("li", {}, el("button", { type: "button", onclick: () => (dialog.close(), page.show(id)) },
    el("span", { dir: "auto" }, first || strings.numNothingSaid), el("strong", {}, worded(value, figure.kind, language)), el("small", {}, said(at, language), n > 1 && ` \u00b7 ${fill(strings.numTimes, { n })}`))));
  const dialog = el("dialog", { class: "behind", "aria-label": words, onclose: () => dialog.remove() },
    el("header", {}, el("h2", {}, words), el("button", { type: "button", onclick: () => dialog.close() }, strings.numClose)),
    el("p", {}, fill(total > conversations.length ? strings.numSome : strings.numAll, { n: conversations.length, total })), el("ul", {}, ...rows));
  document.body.append(dialog);
  dialog.showModal();
}
