// The one polite region of the page, for who hears it instead of seeing it. The words of what is marked with `data-tell` are
// said there when they change: not every screen reader says a region that comes with its words in it, as a line or a dialog
// does, and many regions talk over each other.

import { el } from "../shared/dom.js";

/** From now on, for as long as the page is there. @param {HTMLElement} body */
export function announce(body) {
  const region = el("p", { class: "unseen", role: "status" });
  /** @type {WeakMap<Element, string>} */
  const known = new WeakMap();
  const watch = new MutationObserver((changes) => {
    const said = [];
    for (const line of new Set(changes.flatMap(toldIn))) {
      const words = line.isConnected && !line.closest("[hidden]") ? (line.textContent ?? "").trim() : "";
      if (words && known.get(line) !== words) said.push(words);
      known.set(line, words);
    }
    if (!said.length) return;
    const place = [...document.querySelectorAll("dialog[open]")].at(-1) ?? body; // what is behind a dialog is not heard
    if (region.parentElement !== place) place.append(region);
    region.textContent = said.join(" ");
  });
  body.append(region);
  watch.observe(body, { attributeFilter: ["hidden"], attributes: true, characterData: true, childList: true, subtree: true });
}

/** What is to be said and has changed, come or been shown. @param {MutationRecord} change */
function toldIn({ addedNodes, target, type }) {
  const element = target instanceof Element ? target : target.parentElement;
  const changed = type === "attributes" ? [target] : [...addedNodes];
  const within = changed.flatMap((node) => (node instanceof Element ? [...(node.matches("[data-tell]") ? [node] : []), ...node.querySelectorAll("[data-tell]")] : []));
  return [element?.closest("[data-tell]") ?? [], within].flat();
}
