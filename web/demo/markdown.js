// As much Markdown as the sample articles use: paragraphs, bold, links, lists and tables. It makes elements, never
// markup out of strings, so an article can hold nothing but text.

/**
 * @param {string} source  with or without front matter
 * @returns {{ title: string, blocks: HTMLElement[] }}
 */
export function article(source) {
  const head = /^---\n([\s\S]*?)\n---\n/.exec(source);
  const title = /^title:\s*(.+)$/m.exec(head?.[1] ?? "")?.[1] ?? "";
  const body = source.slice(head?.[0].length ?? 0).trim();
  return { title, blocks: body.split(/\n\s*\n/).flatMap(block) };
}

/** @param {string} text  lines without an empty one between them @returns {HTMLElement[]} */
function block(text) {
  const lines = text.split("\n");
  const first = lines[0] ?? "";
  if (first.startsWith("|")) return [table(lines)];
  const heading = /^#+\s+(.*)/.exec(first);
  if (heading) return [make("h4", inline(heading[1] ?? "")), ...(lines.length > 1 ? block(lines.slice(1).join("\n")) : [])];
  const item = /^(?:[-*]|\d+\.)\s+/;
  if (!item.test(first)) {
    const list = lines.findIndex((line) => item.test(line));
    if (list > 0) return [make("p", inline(lines.slice(0, list).join(" "))), ...block(lines.slice(list).join("\n"))];
    return [make("p", inline(lines.join(" ")))];
  }
  /** @type {string[]} */
  const items = [];
  for (const line of lines) {
    if (item.test(line)) items.push(line.replace(item, ""));
    else items.push(`${items.pop() ?? ""} ${line.trim()}`);
  }
  return [make(/^\d/.test(first) ? "ol" : "ul", items.map((words) => make("li", inline(words))))];
}

/** @param {string[]} lines */
function table(lines) {
  const rows = lines.filter((line) => !/^\|[\s:|-]+\|$/.test(line)).map((line) => line.replace(/^\||\|$/g, "").split("|"));
  return make("table", rows.map((cells, at) => make("tr", cells.map((cell) => make(at ? "td" : "th", inline(cell.trim()))))));
}

/** @param {string} text @returns {(Node | string)[]} */
function inline(text) {
  return text.split(/(\*\*.+?\*\*|\[[^\]]+\]\([^)\s]+\))/).map((part) => {
    const link = /^\[([^\]]+)\]\(([^)\s]+)\)$/.exec(part);
    if (part.startsWith("**") && part.length > 4) return make("strong", inline(part.slice(2, -2)));
    if (!link) return part;
    const anchor = make("a", [link[1] ?? ""]);
    if (/^(https?:\/\/|#|mailto:)/.test(link[2] ?? "")) anchor.setAttribute("href", link[2] ?? "");
    return anchor;
  });
}

/** @param {string} tag @param {(Node | string)[]} children */
function make(tag, children) {
  const element = document.createElement(tag);
  element.append(...children);
  return element;
}
