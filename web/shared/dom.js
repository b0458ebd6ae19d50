// Creates DOM elements. Text only ever becomes a text node, so nothing a person or a model wrote can turn into markup.

import { linkify } from "./linkify.js";

/** @typedef {Node | string | null | false | undefined} Child */

/**
 * An element with properties and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [properties]  `on...` are listeners, all others are attributes; true is an empty attribute
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A text that somebody wrote, its addresses as links. @param {string} text @returns {Node[]} */
export function linked(text) {
  return linkify(text).map(({ text: part, href }) => (href ? el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, part) : document.createTextNode(part)));
}
