// The sources of an answer as small chips: a link where the evidence has an address, a button that shows its text where it
// has one, else just the title. Past conversations are private: they are named, not shown.

import { el } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { webAddress } from "../shared/linkify.js";

const MAX_CHIPS = 3;

/**
 * The chips below a message; none where it has no sources.
 * @param {import("./types.js").Message} message  its evidence best first
 * @param {import("./types.js").Strings} strings
 */
export function sources({ decision, evidence = [] }, strings) {
  const titled = evidence.filter((one) => one.title?.trim());
  if (!titled.length && decision === "answer") titled.push({ id: "", title: strings.earlier });
  const once = titled.filter((one, at) => titled.findIndex((other) => other.title === one.title) === at);
  if (!once.length) return [];
  const list = el("div", { class: "sources", role: "group", "aria-label": strings.sources });
  list.append(el("span", { class: "label", "aria-hidden": "true" }, strings.sources));
  for (const one of once.slice(0, MAX_CHIPS)) list.append(...chip(one));
  return [list];
}

/** @param {import("./types.js").Evidence} one @returns {HTMLElement[]} */
function chip(one) {
  const title = el("span", { dir: "auto" }, one.title);
  const href = webAddress(one.url, document.baseURI);
  if (href) return [el("a", { class: "chip", part: "source", href, target: "_blank", rel: "noopener" }, icon("page"), title)];
  if (!one.text) return [el("span", { class: "chip", part: "source" }, icon("page"), title)];
  const excerpt = el("p", { class: "excerpt", dir: "auto", hidden: true }, one.text);
  const toggle = el("button", { class: "chip", part: "source", type: "button", "aria-expanded": "false" }, icon("page"), title);
  toggle.addEventListener("click", () => {
    excerpt.hidden = !excerpt.hidden;
    toggle.setAttribute("aria-expanded", String(!excerpt.hidden));
  });
  return [toggle, excerpt];
}
