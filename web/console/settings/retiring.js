// Takes an article or a past answer out of use and brings it back, and says who did that last, when and why.

import { el } from "../../shared/dom.js";
import { fill, said } from "../../shared/language.js";
import { effective } from "./effect.js";
import { sure } from "./sure.js";

/** @typedef {import("./stored.js").Done} Done */

/**
 * @param {import("./frame.js").Frame} frame
 * @param {{ name: string, out: boolean, last: Done | null | undefined, words: string, beside?: HTMLElement | false, done: () => Promise<unknown>, known: () => Promise<boolean> }} what
 *   `name` is the passage's id or the article's slug; `words` ask whether it is to go; `done` shows what it has become
 * @returns {HTMLElement[]}
 */
export function retiring(frame, { name, out, last, words, beside, done, known }) {
  const { ask } = frame;
  const { strings, language } = frame.desk;
  const path = `/v1/retirements/${encodeURIComponent(name)}`;
  const change = (/** @type {string} */ told, /** @type {() => Promise<unknown>} */ request) => changing(frame, told, request, done, known);
  const retire = async () => {
    const reason = await sure(strings, { words, yes: strings.knRetire, line: strings.knReason });
    if (reason !== null) await change(strings.knDidRetire, () => ask("POST", path, { reason }));
  };
  const restore = () => change(strings.knDidRestore, () => ask("DELETE", path));
  const by = last && fill({ retired: strings.knRetiredBy, approved: strings.knApprovedBy }[last.act] ?? strings.knRestoredBy, { who: last.who ?? strings.knSomebody, at: said(last.at, language) });
  return [
    el("p", { class: "decided" }, beside || null, by && el("span", { class: "quiet" }, by), last?.reason && el("q", { dir: "auto" }, last.reason)),
    el("button", { type: "button", onclick: () => (out ? restore() : retire()) }, out ? strings.knRestore : strings.knRetire),
  ];
}

/** Changes something, shows what it has become, and says when the bot goes by it. @param {import("./frame.js").Frame} frame @param {string} told @param {() => Promise<unknown>} request @param {() => Promise<unknown>} done @param {() => Promise<boolean>} known */
export async function changing(frame, told, request, done, known) {
  const did = await frame.quietly(async () => {
    await request();
    await done();
  });
  if (did) void effective(frame, told, known);
}
