// The line that says that the desk's changes do not come through just now, and until when they did.

import { el } from "../shared/dom.js";
import { fill, said } from "../shared/language.js";

const SOON = 2; // failures in a row until it is said: one is nothing

/** The line, and what it knows of the connection. */
export class Away {
  #desk;
  #heardAt = "";

  /** @param {import("./types.js").Desk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.element = el("aside", { class: "offline", "data-tell": "", hidden: true });
  }

  /** @param {number} failures  in a row; 0 while it is well */
  told(failures) {
    const { clock, language, strings } = this.#desk;
    if (failures === 0) this.#heardAt = clock.now().toISOString();
    const hidden = failures < SOON;
    if (hidden === this.element.hidden) return; // said once
    this.element.hidden = hidden;
    this.element.textContent = hidden ? "" : [strings.offline, this.#heardAt && fill(strings.lastHeard, { time: said(this.#heardAt, language) })].filter(Boolean).join(" ");
  }
}
