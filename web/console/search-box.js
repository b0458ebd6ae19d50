// Help where a search is written: the fields and what may stand after them, and the word that could not be read.

import { el } from "../shared/dom.js";

/** @typedef {import("./types.js").Desk} Desk */

const VALUES = /** @type {Record<string, string[]>} */ ({
  owner: ["me", "none", "bot"], team: ["mine", "none"], status: ["waiting", "open", "snoozed", "done"], tag: [], topic: [], language: [], decided: ["answer", "ask", "suggest", "handover"], before: [], after: [],
});
const MOST = 12;

/** What may follow in a search, as the browser's own list below the box. */
export class SearchWords {
  #desk;
  #box;
  /** @type {Promise<Record<string, string[]>> | null} */
  #known = null;

  /** @param {Desk} desk @param {HTMLInputElement} box */
  constructor(desk, box) {
    this.#desk = desk;
    this.#box = box;
    this.list = el("datalist", { id: "search-words" });
    box.addEventListener("focus", () => ((this.#known = this.#read()), void this.#draw()));
    box.addEventListener("input", () => void this.#draw());
  }

  /** @returns {Promise<Record<string, string[]>>} */
  async #read() {
    try {
      const { people, tags, teams } = await this.#desk.api.known();
      return { owner: people, tag: tags, team: teams.map(({ name }) => name) };
    } catch {
      return {}; // the fields alone are help enough
    }
  }

  async #draw() {
    const written = this.#box.value;
    const last = /(?:^|\s)(-?)([^\s]*)$/.exec(written)?.[2] ?? "";
    const known = (await this.#known) ?? {};
    if (written !== this.#box.value) return;
    const begun = written.slice(0, written.length - last.length);
    this.list.replaceChildren(...following(last, known).map((word) => el("option", { value: begun + word })));
  }
}

/** What a word may become. @param {string} word @param {Record<string, string[]>} known */
export function following(word, known) {
  const [field = "", value] = word.split(":");
  const values = VALUES[field];
  const all = value === undefined || !values ? Object.keys(VALUES).map((each) => `${each}:`) : [...values, ...(known[field] ?? [])].map((each) => `${field}:${/\s/.test(each) ? `"${each}"` : each}`);
  return all.filter((each) => each !== word && each.toLowerCase().startsWith(word.toLowerCase())).slice(0, MOST);
}

/**
 * What is said of a search that cannot be read, with the place marked in it; it is selected in the box as well.
 * @param {string} q @param {string} message @param {HTMLInputElement} box
 */
export function marked(q, message, box) {
  const at = Number(/\d+/.exec(message)?.[0] ?? 1) - 1; // the sentence begins with the column
  const letters = [...q]; // columns count characters, strings their halves
  const begin = letters.slice(0, at).join("");
  const word = /^\S*/.exec(letters.slice(at).join(""))?.[0] ?? "";
  if (box.value === q) box.setSelectionRange(begin.length, begin.length + word.length);
  return [el("code", { class: "query" }, begin, el("mark", {}, word || "\u00a0"), q.slice(begin.length + word.length)), message];
}
