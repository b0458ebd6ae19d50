// Renders the Markdown of the sample articles: paragraphs, headings, bold, links, lists and tables. It creates elements, never
// markup from strings, so an article can contain nothing but text.

import { el } from "../shared/dom.js";

/**
 * The title and the elements of an article.
 * @param {string} source  with or without front matter
 * @returns {{ title: string, blocks: HTMLElement[] }}
 */
export function article(source) {
  const head = /^---\n([\s\S]*?)\n---\n/.exec(source);
  const title = /^title:\s*(.+)$/m.exec(head?.[1] ?? "")?.[1] ?? "";
  const body = source.slice(head?.[0].length ?? 0).trim();
  return { title, blocks: body.split(/\n\s*\n/).flatMap(block) };
}

/** The elements of one block. @param {string} text  lines without an empty one between them @returns {HTMLElement[]} */
function block(text) {
  const lines = text.split("\n");
  const first = lines[0] ?? "";
  if (first.startsWith("|")) return [table(lines)];
  const heading = /^#+\s+(.*)/.exec(first);
  if (heading) return [el("h4", {}, ...inline(heading[1] ?? "")), ...(lines.length > 1 ? block(lines.slice(1).join("\n")) : [])];
  const item = /^(?:[-*]|\d+\.)\s+/;
  if (!item.test(first)) {
    const list = lines.findIndex((line) => item.test(line));
    if (list > 0) return [el("p", {}, ...inline(lines.slice(0, list).join(" "))), ...block(lines.slice(list).join("\n"))];
    return [el("p", {}, ...inline(lines.join(" ")))];
  }
  /** @type {string[]} */
  const items = [];
  for (const line of lines) {
    if (item.test(line)) items.push(line.replace(item, ""));
    else items.push(`${items.pop() ?? ""} ${line.trim()}`);
  }
  return [el(/^\d/.test(first) ? "ol" : "ul", {}, ...items.map((words) => el("li", {}, ...inline(words))))];
}

/** @param {string[]} lines */
function table(lines) {
  const rows = lines.filter((line) => !/^\|[\s:|-]+\|$/.test(line)).map((line) => line.replace(/^\||\|$/g, "").split("|"));
  return el("table", {}, ...rows.map((cells, at) => el("tr", {}, ...cells.map((cell) => el(at ? "td" : "th", {}, ...inline(cell.trim()))))));
}

/** @param {string} text @returns {(Node | string)[]} */
function inline(text) {
  return text.split(/(\*\*.{1,300}?\*\*|\[[^\]]{1,300}\]\([^)\s]{1,1000}\))/).map((part) => {
    const link = /^\[([^\]]+)\]\(([^)\s]+)\)$/.exec(part);
    if (part.startsWith("**") && part.length > 4) return el("strong", {}, ...inline(part.slice(2, -2)));
    if (!link) return part;
    const href = /^(https?:\/\/|#|mailto:)/.test(link[2] ?? "") && link[2];
    return el("a", { href }, link[1]);
  });
}
