// Asks before something is done that no key undoes: what will happen in words, a line to write where one is wanted, two buttons.

import { el } from "../../shared/dom.js";

/**
 * What was written, "" where nothing was asked for, or null where it is not to be done.
 * @param {import("../strings.js").Strings} strings
 * @param {{ title?: string, words: string | string[], yes: string, line?: string, typed?: string, most?: number, required?: boolean }} asked  `line` names what is to be written
 * @returns {Promise<string | null>}
 */
export function sure(strings, { title, words, yes, line, typed = "", most = 2000, required = false }) {
  return new Promise((resolve) => {
    /** @type {string | null} */
    let answer = null;
    const before = document.activeElement;
    const sentences = [words].flat();
    const no = el("button", { type: "button", onclick: () => dialog.close() }, strings.setCancel);
    const box = el("input", { maxlength: String(most), autocomplete: "off", required, value: typed, dir: "auto" });
    const form = el("form", { class: "account" }, title && el("h2", {}, title), ...sentences.map((sentence) => el("p", {}, sentence)), line && el("label", {}, line, box),
      el("p", { class: "acts" }, el("button", { class: "main" }, yes), no));
    const dialog = el("dialog", { class: "confirm", "aria-label": title ?? sentences[0] ?? "", onclose: () => { dialog.remove(); if (before instanceof HTMLElement) before.focus(); resolve(answer); } }, form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer = line ? box.value.trim() : "";
      dialog.close();
    });
    document.body.append(dialog);
    dialog.showModal();
    if (line) box.select();
    else no.focus(); // who presses Enter too often loses nothing
  });
}

/**
 * A button for what no key undoes: it is asked for first.
 * @param {import("../strings.js").Strings} strings @param {{ title: string, words: string, yes: string }} asked  `title` names what is done to what @param {() => unknown} run
 */
export function sureButton(strings, asked, run) {
  const press = async () => (await sure(strings, asked)) !== null && run();
  return el("button", { type: "button", "aria-label": asked.title, onclick: press }, asked.yes);
}
