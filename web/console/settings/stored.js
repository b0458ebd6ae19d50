// An article as the server has it, and how it is spoken of.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";

/** @typedef {{ act: string, who: string | null, at: string, reason: string | null }} Done */
/** @typedef {{ slug: string, title: string, language: string | null, updated: string | null, parts: number, out: number, changed: Done | null }} Line */
/** @typedef {Line & { text: string, markdown: string, url: string | null, questions: string[], seen: string, retired: Done | null, known: boolean }} Article */

/** @param {import("./frame.js").Frame} frame @param {string} slug @param {string | null} language @returns {Promise<Article>} */
export function read(frame, slug, language) {
  return frame.ask("GET", `/v1/articles/${encodeURIComponent(slug)}${language ? `?${new URLSearchParams({ language })}` : ""}`);
}

/** How much of an article is out of use, in words. @param {import("./frame.js").Frame} frame @param {{ out: number, parts: number }} line */
export function outOfUse({ desk: { strings } }, { out, parts }) {
  return out > 0 && el("span", { class: "state" }, out === parts ? strings.knOut : fill(strings.knSomeOut, { out, parts }));
}

/** A day, in words. @param {string} at  ISO 8601 @param {string} language */
export function day(at, language) {
  const when = new Date(at);
  return Number.isNaN(when.getTime()) ? at : new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(when);
}
