// Replies that the customer does not have yet: for some seconds they can be taken back.

import { el } from "../shared/dom.js";
import { ApiError } from "../shared/http.js";
import { fill } from "../shared/language.js";
import { reason } from "./account.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Snapshot} Snapshot */

const SECONDS = [0, 5, 10, 20, 30];
const USUAL = 10;

/** What one person holds in a conversation, and for how long they hold what they send. */
export class Held {
  #desk;
  #onBack;
  #shown = "";

  /** @param {Desk} desk @param {(id: string) => Promise<unknown>} onBack  what was taken back is a draft again */
  constructor(desk, onBack) {
    const { store, strings } = desk;
    this.#desk = desk;
    this.#onBack = onBack;
    this.line = el("div", { class: "held-line", "data-tell": "" });
    this.choice = el("select", { onchange: () => store.set("hold", Number(this.choice.value)) },
      ...SECONDS.map((seconds) => el("option", { value: String(seconds) }, seconds ? fill(strings.undoFor, { seconds: String(seconds) }) : strings.undoNever)));
    this.choice.value = String(this.seconds);
    this.setting = el("label", { class: "hold" }, el("span", {}, strings.undoTime), this.choice);
  }

  /** For how long a reply is held. */
  get seconds() {
    const seconds = this.#desk.store.get("hold");
    return SECONDS.includes(seconds) ? seconds : USUAL;
  }

  /** @param {Snapshot} snapshot */
  show({ id, messages }) {
    const { me, strings } = this.#desk;
    const held = messages.filter(({ author, held_until }) => held_until && author === me.name);
    const shown = [id, ...held.map((each) => each.id)].join(" ");
    if (shown === this.#shown) return; // a button that has the focus keeps it
    this.#shown = shown;
    this.line.replaceChildren(...held.slice(-1).flatMap((last) => [
      el("span", {}, strings.heldLine), el("button", { type: "button", onclick: () => void this.#takeBack(id, last.id) }, strings.tookBack)]));
  }

  /** @param {string} id @param {string} message */
  async #takeBack(id, message) {
    const { api, signedOut, strings, tell } = this.#desk;
    try {
      await api.takeBack(id, message);
      await this.#onBack(id);
    } catch (error) {
      if (error instanceof ApiError && error.code === "unauthorised") signedOut();
      else tell(error instanceof ApiError && error.code === "already_sent" ? strings.tooLate : reason(error));
    }
  }
}
