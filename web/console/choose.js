// One way to choose something by typing: a dialog with a box and the lines that fit, by arrows, Enter or a click. The palette,
// assigning, snoozing, tags and views are all asked like this.

import { el } from "../shared/dom.js";

/** @typedef {{ words: string, beside?: string, more?: string, run: () => unknown }} Choice */

const MOST = 50;

/**
 * Asks; what is chosen is run after the dialog has gone.
 * @param {string} label @param {(typed: string) => Choice[]} choices @param {{ typed?: string, none?: string }} [more]  what stands in the box; what is said of no choice
 */
export function choose(label, choices, { typed = "", none = "" } = {}) {
  /** @type {Choice[]} */
  let found = [];
  let at = 0;
  const before = document.activeElement;
  const list = el("ul", { id: "choices", role: "listbox", "aria-label": label });
  const nothing = el("p", { class: "quiet", "data-tell": "" });
  const box = el("input", { type: "text", role: "combobox", "aria-label": label, placeholder: label, "aria-expanded": "true", "aria-controls": "choices", "aria-autocomplete": "list", autocomplete: "off", maxlength: "100" });
  const dialog = el("dialog", { class: "choose", "aria-label": label, onclose: () => (dialog.remove(), before instanceof HTMLElement && before.focus()) }, box, list, nothing);

  const draw = () => {
    found = choices(box.value.trim()).slice(0, MOST);
    at = 0;
    list.replaceChildren(...found.map(({ words, beside, more }, place) =>
      el("li", { id: `choice-${place}`, role: "option", onclick: () => take(place) }, el("span", { dir: "auto" }, words), beside && el("kbd", {}, beside), more && el("small", { dir: "auto" }, more))));
    list.hidden = !found.length;
    nothing.textContent = found.length ? "" : none;
    mark();
  };
  const mark = () => {
    [...list.children].forEach((line, place) => line.setAttribute("aria-selected", String(place === at)));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    if (found.length) box.setAttribute("aria-activedescendant", `choice-${at}`);
    else box.removeAttribute("aria-activedescendant");
  };
  const take = (/** @type {number} */ place) => {
    const one = found[place];
    if (!one) return;
    dialog.close();
    void one.run();
  };
  box.addEventListener("input", draw);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) {
      event.preventDefault();
      at = (at + step + found.length) % found.length;
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(at);
    }
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  box.value = typed;
  draw();
  box.focus();
}

/** How well letters in this order fit words: higher is better, 0 not at all. @param {string} typed @param {string} words */
export function fits(typed, words) {
  const [wanted, text] = [typed.toLowerCase(), words.toLowerCase()];
  if (!wanted) return 1;
  const place = text.indexOf(wanted);
  if (place >= 0) return 100 - Math.min(place, 50);
  let at = 0;
  for (const letter of wanted) {
    if (letter === " ") continue;
    at = text.indexOf(letter, at) + 1;
    if (!at) return 0;
  }
  return 10;
}

/** Those that fit, the best first. @template {Choice} T @param {string} typed @param {T[]} all */
export function fitting(typed, all) {
  const scored = all.map((one) => ({ one, score: fits(typed, one.words) })).filter(({ score }) => score > 0);
  return scored.sort((a, b) => b.score - a.score).map(({ one }) => one);
}
