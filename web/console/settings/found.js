// A box to search in, what is found as a list, more of it by a button, and a sentence where there is nothing.

import { el } from "../../shared/dom.js";

/** @typedef {{ lines: HTMLElement[], next: number | null, told?: string }} Found */
/** @typedef {{ label: string, hint?: string, none: (q: string) => string, page: (q: string, cursor: number) => Promise<Found>, beside?: HTMLElement[], q?: string, asked?: (q: string) => void }} How */

const PAUSE = 250; // milliseconds without a key

/** @param {import("./frame.js").Frame} frame @param {How} how @returns {{ element: HTMLElement, again: () => Promise<void> }} */
export function found(frame, { label, hint, none, page, beside = [], q = "", asked }) {
  const { strings } = frame.desk;
  const box = el("input", { type: "search", placeholder: hint, value: q, "aria-label": label, dir: "auto", maxlength: "500", autocomplete: "off" });
  const list = el("ul", { class: "found" });
  const told = el("p", { class: "quiet", "data-tell": "" });
  const more = el("button", { type: "button", hidden: true }, strings.more);
  let number = 0;
  /** @type {number | null} */
  let next = null;

  const load = async (/** @type {number} */ cursor) => {
    const mine = ++number;
    const words = box.value.trim();
    asked?.(words);
    await frame.quietly(async () => {
      const some = await page(words, cursor);
      if (mine !== number) return; // something else was typed meanwhile
      const rows = some.lines.map((line) => el("li", {}, line));
      if (cursor) list.append(...rows);
      else list.replaceChildren(...rows);
      next = some.next;
      more.hidden = next === null;
      told.textContent = list.children.length ? (some.told ?? "") : none(words);
      if (cursor) rows[0]?.querySelector("button")?.focus(); // the button may have gone
    });
  };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void load(0), PAUSE);
  });
  more.addEventListener("click", () => void load(next ?? 0));
  const again = () => load(0);
  const form = el("form", { role: "search" }, el("label", {}, label, box), ...beside);
  form.addEventListener("submit", (event) => (event.preventDefault(), clearTimeout(waiting), void again()));
  return { element: el("div", { class: "searched" }, form, told, list, more), again };
}

/** Puts a list in the place of what was opened from it, and the focus on the line that it was opened by. @param {HTMLElement} section @param {{ element: HTMLElement, again: () => Promise<void> }} list @param {(line: HTMLElement) => boolean} left */
export async function backTo(section, list, left) {
  section.replaceChildren(list.element);
  await list.again();
  const opened = [.../** @type {NodeListOf<HTMLElement>} */ (section.querySelectorAll("li button"))].find(left);
  (opened ?? section.querySelector("input"))?.focus();
}
