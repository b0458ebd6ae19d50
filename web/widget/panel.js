// The chat window: header, banner, conversation, text field, and the way to a person, which is always in sight. Draws the
// state and passes on what the visitor does; decides nothing.

import { el } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { direction, fill } from "../shared/language.js";
import { Banner } from "./banner.js";
import { endCard, handoverCard } from "./closing-cards.js";
import { Composer } from "./composer.js";
import { Log } from "./log.js";

/** @typedef {import("./types.js").ChatState} ChatState */
/** @typedef {import("./types.js").Settings} Settings */

/**
 * @typedef {object} Actions
 * @property {() => void} onClose
 * @property {(text: string, files: import("../shared/types.js").FileShown[]) => void} onSend
 * @property {(changed: () => void) => Promise<import("./types.js").Tray>} onAttach  makes room for files to send
 * @property {(files: readonly import("../shared/types.js").FileShown[], box: HTMLElement) => Promise<void>} onFiles  shows files in a box
 * @property {(clientId: string) => void} onRetry
 * @property {(clientId: string) => void} onDiscard
 * @property {(messageId: string, value: 1 | -1 | 0) => void} onJudge
 * @property {() => void} onStop
 * @property {() => void} onPerson
 * @property {() => void} onMeanwhile  goes on with the bot while a person is waited for
 * @property {(email: string) => void} onContact
 * @property {() => void} onEnd
 * @property {() => void} onRestart
 * @property {() => void} onSignIn   loads the page again, which signs a new token
 * @property {() => void} onGuest
 * @property {() => void} onReopen
 * @property {(score: number) => void} onRate
 */

/** @type {(keyof ChatState)[]}  what the closing cards are drawn from */
const CARD_FIELDS = ["status", "rating", "handover", "contact"];
const NEAR_THE_END = 80; // pixels; closer than this to the newest message, the window scrolls with what comes

/** The window of one conversation. */
export class Panel {
  #settings;
  #actions;
  #log;
  #subtitle = el("p", { class: "state" });
  #banner;
  #welcome = el("div", { class: "welcome" });
  #after = el("div");
  #scroll;
  #latest;
  #foot = el("div", { class: "foot" });
  #asking = false;
  /** @type {ChatState | null} */
  #shown = null;

  /** @param {Settings} settings @param {string} language @param {import("../shared/local-store.js").LocalStore} store @param {Actions} actions */
  constructor(settings, language, store, actions) {
    const { strings } = settings;
    this.#settings = settings;
    this.#actions = actions;
    this.#banner = new Banner(strings, actions);
    this.#log = new Log(settings, language, actions);
    this.composer = new Composer(strings, store, actions);
    this.#scroll = el("div", { class: "scroll", tabindex: 0, onscroll: () => this.#nearEnd() && (this.#latest.hidden = true) },
      this.#welcome, this.#log.log, this.#log.tail, this.#after);
    this.#latest = el("button", { class: "latest", type: "button", hidden: true, onclick: () => this.toEnd() }, icon("down"), strings.latest);
    this.element = el("section", { class: "panel", part: "panel", role: "dialog", "aria-label": settings.desk, tabindex: -1, lang: language, dir: direction(language), hidden: true },
      el("div", { class: "head", part: "header" },
        settings.logo
          ? el("img", { class: "mark", part: "mark", src: settings.logo, alt: "" })
          : el("span", { class: "mark", part: "mark", "aria-hidden": "true" }, [...settings.desk.trim()][0] ?? "?"),
        el("div", { class: "titles" }, el("h2", { class: "desk" }, settings.desk), this.#subtitle),
        el("button", { class: "round", type: "button", "aria-label": strings.close, onclick: actions.onClose }, icon("down"))),
      this.#banner.element, this.#scroll, this.#log.typing, this.#latest, this.composer.element, this.#foot);
    let room = 0;
    new ResizeObserver(() => {
      const { clientHeight } = this.#scroll;
      if (clientHeight < room) this.#scroll.scrollTop += room - clientHeight; // the last line stays where it is
      room = clientHeight;
    }).observe(this.#scroll);
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.#drawWelcome();
  }

  /** From now on screen readers announce new messages. */
  filled() {
    this.#log.filled();
  }

  /** Scrolls to the newest message. */
  toEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#latest.hidden = true;
  }

  /** Draws the state. @param {ChatState} state @param {boolean} begun  whether there is a conversation at all */
  update(state, begun) {
    const before = this.#shown;
    this.#shown = state;
    const follow = this.#nearEnd() || state.pending.length > (before?.pending.length ?? 0);
    const held = this.element.contains(this.#focused());
    this.#log.update(state);
    this.#welcome.hidden = begun && state.messages.length + state.pending.length > 0;
    this.element.dataset.status = state.status;
    this.element.toggleAttribute("data-offline", state.offline);
    const { strings } = this.#settings;
    const name = state.agent ?? strings.agent;
    this.#subtitle.textContent = { open: strings.subtitle, waiting: strings.subtitleWaiting, agent: fill(strings.subtitleAgentAs, { name }), closed: strings.subtitleClosed }[state.status];
    this.#banner.show(state);
    if (!before || CARD_FIELDS.some((name) => state[name] !== before[name])) this.#drawCards(state);
    this.composer.element.hidden = state.status === "closed";
    this.composer.busy = state.status === "open" && (state.draft !== null || state.typing === "bot");
    this.#drawFoot(state, begun);
    if (held && !this.element.contains(this.#focused())) this.#refocus(state);
    if (follow) this.toEnd();
    else if (state.messages.length > (before?.messages.length ?? 0)) this.#latest.hidden = false;
  }

  #drawWelcome() {
    const { greeting, questions, strings } = this.#settings;
    this.#welcome.append(el("h3", {}, greeting ?? strings.greeting), el("p", {}, strings.greetingMore));
    if (questions.length) this.#welcome.append(el("p", { class: "label" }, strings.suggestions));
    for (const question of questions) {
      const ask = () => {
        this.#actions.onSend(question, []);
        this.composer.focus();
      };
      this.#welcome.append(el("button", { class: "ask", part: "suggestion", type: "button", onclick: ask }, el("span", { dir: "auto" }, question), icon("arrow")));
    }
  }

  /** @param {ChatState} state */
  #drawCards(state) {
    if (state.status === "waiting") this.#after.replaceChildren(handoverCard(state, this.#settings, this.#actions));
    else if (state.status === "closed") this.#after.replaceChildren(endCard(state, this.#settings, this.#actions));
    else this.#after.replaceChildren();
  }

  /** @param {ChatState} state @param {boolean} begun */
  #drawFoot(state, begun) {
    const { strings } = this.#settings;
    if (state.status === "closed") this.#asking = false;
    const kind = `${state.status} ${!state.handover} ${begun} ${this.#asking}`;
    if (this.#foot.dataset.kind === kind) return;
    this.#foot.dataset.kind = kind;
    this.#foot.hidden = state.status === "closed";
    const ask = () => {
      this.#asking = !this.#asking;
      this.#drawFoot(state, begun);
      this.#foot.querySelectorAll("button").forEach((button) => button.focus()); // the last keeps it
    };
    const quiet = { class: "quiet", type: "button", onclick: ask };
    if (this.#asking) {
      this.#foot.replaceChildren(
        el("button", { ...quiet, class: "quiet danger", onclick: this.#actions.onEnd }, strings.endNow),
        el("button", quiet, strings.keep));
      return;
    }
    const [sign, words] = state.status === "agent" ? [icon("person"), strings.joined] : [icon("tick"), strings.personAsked];
    const person = state.status === "open" && !state.handover
      ? el("button", { ...quiet, class: "quiet strong", onclick: this.#actions.onPerson }, icon("person"), strings.person)
      : el("span", { class: "quiet" }, sign, words);
    this.#foot.replaceChildren(person, begun ? el("button", quiet, strings.end) : "");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      this.#actions.onClose();
    } else if (event.key === "Tab" && this.element.getAttribute("aria-modal") === "true") this.#keepInside(event);
  }

  /** On a phone the panel covers the page, so Tab stays inside it. @param {KeyboardEvent} event */
  #keepInside(event) {
    const all = [...this.element.querySelectorAll("button, textarea, input, summary, a[href], [tabindex='0']")].filter((one) => one.checkVisibility());
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if (this.#focused() !== edge) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (event.shiftKey ? all.at(-1) : all[0]).focus();
  }

  /** What had the focus is gone: moves it to where the visitor continues. @param {ChatState} state */
  #refocus(state) {
    if (state.status === "closed") /** @type {HTMLElement | null} */ (this.#after.querySelector("h3"))?.focus();
    else this.composer.focus();
  }

  #focused() {
    return /** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement ?? null;
  }

  #nearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
  }
}
