// Above the open conversation: what leads to it, who else looks at it, and what may be done with it. On a phone only the main act
// stands there until the others are asked for.

import { el } from "../shared/dom.js";
import { keyOf } from "./keys.js";
import { brief } from "./thread.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {{ act: import("./keys.js").Act, words: string, main?: boolean }} Possible */

/** The heading of one conversation at a time. */
export class Heading {
  #desk;
  #run;
  #line = el("p", { class: "brief" });
  #acts = el("div", { class: "acts" });

  /** @param {Desk} desk @param {HTMLElement} side  the button of what stands beside @param {{ run: (act: import("./keys.js").Act) => unknown, back: () => void }} does */
  constructor(desk, side, { run, back }) {
    const { here, strings } = desk;
    this.#desk = desk;
    this.#run = run;
    const unfold = () => {
      const all = this.element.classList.toggle("all");
      more.setAttribute("aria-expanded", String(all));
    };
    const more = el("button", { type: "button", class: "unfold", "aria-label": strings.allActs, "aria-expanded": "false", onclick: unfold }, "\u22ef");
    this.element = el("header", {}, el("button", { type: "button", class: "back", "aria-label": strings.back, onclick: back }, "\u2190"), this.#line, here.viewers, this.#acts, side, more);
  }

  /** @param {Snapshot} snapshot @param {Possible[]} possible */
  show(snapshot, possible) {
    this.#line.textContent = brief(this.#desk, snapshot);
    this.#acts.replaceChildren(...possible.map(({ act, main, words }) =>
      el("button", { type: "button", class: main && "main", "aria-keyshortcuts": keyOf(act), title: `${words} (${keyOf(act)})`, onclick: () => void this.#run(act) }, words)));
  }
}
