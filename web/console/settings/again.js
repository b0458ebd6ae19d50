// A button for what cannot be taken back: pressed once it asks, pressed again it does it.

import { el } from "../../shared/dom.js";

/** @param {string} words @param {string} label  of what @param {string} really  what stands on it before it is done @param {() => unknown} run */
export function pressedTwice(words, label, really, run) {
  let asked = false;
  const button = el("button", { type: "button", "aria-label": label, onblur: () => ask(false), onclick: () => (asked ? run() : ask(true)) }, words);
  const ask = (/** @type {boolean} */ on) => {
    asked = on;
    button.textContent = on ? really : words;
    button.setAttribute("aria-label", on ? `${really} ${label}` : label);
  };
  return button;
}
