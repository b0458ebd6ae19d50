// The page of articles: a list with search, each opens in the editor, a new one begins there.

import { el } from "../../shared/dom.js";
import { fill, said } from "../../shared/language.js";
import { edited } from "./article.js";
import { backTo, found } from "./found.js";
import { day, outOfUse, read } from "./stored.js";

/** @typedef {import("./stored.js").Line} Line */

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { ask } = frame;
  const { strings, language } = frame.desk;
  const section = el("section", { "aria-label": strings.knArticles });
  let q = "";
  let left = "";

  const open = (/** @type {string | null} */ slug, /** @type {string | null} */ tongue = null) => frame.quietly(async () => {
    const editor = await edited(frame, slug === null ? null : await read(frame, slug, tongue), back);
    section.replaceChildren(editor);
    editor.querySelector("input")?.focus();
  });
  const list = () => found(frame, {
    label: strings.knSearchArticles,
    q,
    asked: (words) => (q = words),
    none: (words) => (words ? strings.nothingFound : strings.knNoArticles),
    beside: [el("button", { type: "button", class: "main", onclick: () => void open(null) }, strings.knNew)],
    page: async (words, cursor) => {
      /** @type {{ articles: Line[], total: number, next: number | null }} */
      const { articles, total, next } = await ask("GET", `/v1/articles?${new URLSearchParams({ q: words, cursor: String(cursor) })}`);
      return { lines: articles.map(row), next, told: fill(strings.knCount, { count: total }) };
    },
  });
  const row = (/** @type {Line} */ line) => {
    const told = [line.language, line.changed ? fill(strings.knBy, { who: line.changed.who ?? "", at: said(line.changed.at, language) }) : line.updated && day(line.updated, language)];
    const key = `${line.language}/${line.slug}`;
    return el("button", { type: "button", "data-key": key, onclick: () => ((left = key), void open(line.slug, line.language)) }, el("strong", { dir: "auto" }, line.title), el("small", {}, told.filter(Boolean).join(" \u00b7 ")), outOfUse(frame, line));
  };
  const back = () => {
    frame.unsaved = () => false;
    return backTo(section, list(), ({ dataset }) => dataset.key === left);
  };
  const first = list();
  section.append(first.element);
  if (frame.wanted === null) void first.again();
  else void open(frame.wanted);
  frame.wanted = null;
  return section;
}
