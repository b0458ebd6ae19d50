// One line above the conversation for what delays it: no connection, too many messages, a server that is still starting, an
// expired sign-in. Seconds are counted down on the screen; a screen reader hears the sentence once.

import { el } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { fill } from "../shared/language.js";

/** @typedef {import("./types.js").ChatState} ChatState */

/** Shows the most important of these, or nothing. */
export class Banner {
  #strings;
  #text = el("span", {});
  #buttons;
  #timer = 0;
  /** @type {import("./types.js").Notice | null | "offline" | "signed out"} */
  #shown = null;

  /** @param {import("./types.js").Strings} strings @param {{ onSignIn: () => void, onGuest: () => void }} actions */
  constructor(strings, { onSignIn, onGuest }) {
    this.#strings = strings;
    this.#buttons = [
      el("button", { class: "quiet strong", type: "button", onclick: onSignIn }, strings.signIn),
      el("button", { class: "quiet", type: "button", onclick: onGuest }, strings.goOn),
    ];
    this.element = el("div", { class: "banner", part: "notice", role: "status", hidden: true });
  }

  /** Draws what the state says. @param {ChatState} state */
  show({ offline, signedOut, notice }) {
    const now = signedOut ? "signed out" : offline ? "offline" : notice; // without a token there is no stream either
    if (now === this.#shown) return;
    this.#shown = now;
    clearInterval(this.#timer);
    this.element.hidden = !now;
    if (now === null) return this.element.replaceChildren();
    if (now === "signed out") return this.element.replaceChildren(icon("person"), el("div", {}, this.#strings.signedOut, el("div", { class: "choices" }, ...this.#buttons)));
    const seconds = now !== "offline" && now.kind === "rate_limited" ? now.seconds : undefined;
    const sentence = this.#sentence(now, seconds);
    this.#text = el("span", seconds ? { "aria-hidden": "true" } : {}, sentence);
    this.element.replaceChildren(icon(offline ? "cloud" : "clock"), this.#text, ...(seconds ? [el("span", { class: "unseen" }, sentence)] : []));
    if (seconds) this.#countDown(now, Math.ceil(seconds));
  }

  /** @param {import("./types.js").Notice | "offline"} now @param {number} [seconds] */
  #sentence(now, seconds) {
    const strings = this.#strings;
    if (now === "offline") return strings.offline;
    if (now.kind === "rate_limited") return seconds ? fill(strings.rateLimitedFor, { seconds: Math.ceil(seconds) }) : strings.rateLimited;
    return { not_ready: strings.notReady, new_conversation: strings.newConversation, trouble: strings.trouble, slow: strings.slow }[now.kind];
  }

  /** @param {import("./types.js").Notice | "offline"} now @param {number} left */
  #countDown(now, left) {
    this.#timer = setInterval(() => {
      left -= 1;
      if (left < 1 || !this.element.isConnected) clearInterval(this.#timer);
      else this.#text.textContent = this.#sentence(now, left);
    }, 1000);
  }
}
