// The sources of an answer as small chips: a link where the article has an address, else its words behind one tap. Past
// conversations are private: that there are some is said, and no more.

import { el } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { webAddress } from "../shared/linkify.js";

const MAX_CHIPS = 3;

/**
 * The chips below a message; none where it has no sources.
 * @param {import("./types.js").Message} message  its evidence best first
 * @param {import("./types.js").Strings} strings
 */
export function sources({ evidence = [], from_past_replies }, strings) {
  const once = evidence.slice(0, MAX_CHIPS); // the server names each article once
  if (from_past_replies) once.push({ id: "", title: strings.earlier });
  if (!once.length) return [];
  return [el("div", { class: "sources" }, el("span", { class: "label" }, strings.sources), ...once.map(chip))];
}

/** @param {import("./types.js").Evidence} one @returns {HTMLElement} */
function chip(one) {
  const title = el("span", { dir: "auto" }, one.title);
  const href = webAddress(one.url, document.baseURI);
  if (href) return el("a", { class: "chip", part: "source", href, target: "_blank", rel: "noopener" }, icon("page"), title);
  if (!one.text) return el("span", { class: "chip", part: "source" }, icon("page"), title);
  return el("details", {}, el("summary", { class: "chip", part: "source" }, icon("page"), title), el("p", { class: "excerpt", dir: "auto" }, one.text));
}
