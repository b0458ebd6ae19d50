// <support-chat>: a support desk on any page, with one script tag and one element.
//
//   <script type="module" src="https://desk.example/widget/support-chat.js"></script>
//   <support-chat desk="Our shop" questions='["Where is my order?"]' reply-time="Monday to Friday, 9:00 to 17:00"></support-chat>
//
// Attributes: desk (name), logo (address of a square picture), greeting, questions (JSON list), reply-time (when people
// answer, in words), server (address, where it is not the one this file came from), theme ("light" or "dark"), lang,
// strings (address of a module with the words of another language), open.
// Methods: open(), close(), send(text), reset().
// Events on the element: chat-open, chat-close, chat-message {id, role, text}, chat-status {status}, and chat-link
// {title, url} before a link in the conversation is followed; preventDefault() lets the page show it in its own way.

import { Desk } from "./api.js";
import { Panel } from "./panel.js";
import { Session } from "./session.js";
import { browserStorage, Shelf } from "./storage.js";
import { stringsFor } from "./strings.js";
import { LOG } from "./styles-log.js";
import { FRAME } from "./styles.js";

/** @typedef {import("./types.js").ChatState} ChatState */

const PHONE = "(max-width: 30rem), (max-height: 26rem)"; // as in styles.js
const HERE = new URL("../", import.meta.url);

/** @type {import("./types.js").World} */
const WORLD = {
  now: () => new Date(),
  random: Math.random,
  newId: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = setTimeout(resolve, milliseconds);
      signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    }),
};

export class SupportChat extends HTMLElement {
  static observedAttributes = ["open"];

  #root = this.attachShadow({ mode: "open" });
  /** @type {Shelf | null} */
  #shelf = null;
  /** @type {Session | null} */
  #session = null;
  /** @type {Panel | null} */
  #panel = null;
  #gone = new AbortController();

  connectedCallback() {
    this.#root.adoptedStyleSheets = [FRAME, LOG].map(sheet);
    const server = new URL(this.getAttribute("server") ?? HERE, document.baseURI);
    const shelf = new Shelf(`support-chat:${server.origin}${server.pathname}:${this.getAttribute("inbox") ?? ""}`, browserStorage());
    this.#shelf = shelf;
    const session = new Session(new Desk(server, fetch.bind(globalThis)), shelf, WORLD, (state, before) => this.#changed(state, before));
    this.#session = session;
    this.#listen(session);
    void this.#start(session, shelf);
  }

  disconnectedCallback() {
    this.#gone.abort();
    this.#session?.stop();
    this.#session = null;
    this.#panel = null;
  }

  /** @param {string} _name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(_name, before, now) {
    if ((before === null) === (now === null) || !this.#panel) return;
    this.#shelf?.set("open", now === null ? null : true);
    this.#show(now !== null);
    if (now === null) this.#panel.launcher.focus({ preventScroll: true });
    else if (matchMedia(PHONE).matches) this.#panel.element.focus(); // no keyboard over the answer before it is wanted
    else this.#panel.composer.focus();
    this.#tell(now === null ? "chat-close" : "chat-open");
  }

  /** Show the conversation. */
  open() {
    this.toggleAttribute("open", true);
  }

  /** Put it away; the conversation goes on. */
  close() {
    this.toggleAttribute("open", false);
  }

  /** Say something in the visitor's name. @param {string} text */
  send(text) {
    if (text.trim()) this.#session?.send(text.trim());
  }

  /** Begin a new conversation; this browser forgets the old one. */
  reset() {
    this.#shelf?.set("seen", null);
    this.#session?.reset();
    if (this.hasAttribute("open")) this.#panel?.composer.focus();
  }

  /**
   * Draw, once the words are there, and go on where the visitor left off.
   * @param {Session} session @param {Shelf} shelf
   */
  async #start(session, shelf) {
    const { language, strings } = await this.#words();
    if (session !== this.#session) return; // taken off the page meanwhile
    const panel = new Panel(this.#settings(strings), language, shelf, {
      onOpen: () => this.open(),
      onClose: () => this.close(),
      onSend: (text) => this.send(text),
      onRetry: (clientId) => session.retry(clientId),
      onDiscard: (clientId) => session.discard(clientId),
      onPerson: () => void session.act("handover"),
      onEnd: () => void session.act("closure"),
      onAgain: () => this.reset(),
      onRate: (score) => void session.act("rating", { score }),
    });
    if (shelf.get("open")) this.open();
    this.#panel = panel;
    this.#root.replaceChildren(panel.launcher, panel.element);
    panel.element.addEventListener("click", (event) => this.#link(event));
    panel.update(session.state, session.begun);
    this.#show(this.hasAttribute("open"));
    await session.resume();
    panel.toEnd(); // the first picture is complete: what comes now is news
    requestAnimationFrame(() => panel.filled());
  }

  #words() {
    const wanted = [this.lang || this.closest("[lang]")?.getAttribute("lang"), ...navigator.languages].filter((tag) => !!tag);
    const address = this.getAttribute("strings");
    return stringsFor(/** @type {string[]} */ (wanted), address && new URL(address, document.baseURI).href);
  }

  /** @param {import("./types.js").Strings} strings @returns {import("./types.js").Settings} */
  #settings(strings) {
    return {
      desk: this.getAttribute("desk") ?? location.hostname,
      logo: this.getAttribute("logo"),
      greeting: this.getAttribute("greeting"),
      questions: list(this.getAttribute("questions")),
      replyTime: this.getAttribute("reply-time"),
      strings,
    };
  }

  /** @param {Session} session */
  #listen(session) {
    this.#gone = new AbortController();
    const { signal } = this.#gone;
    addEventListener("online", () => session.wake(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && session.wake(), { signal });
    addEventListener("storage", (event) => event.key === this.#shelf?.key("visitor") && void session.adopt(), { signal });
  }

  /** @param {boolean} open */
  #show(open) {
    const panel = this.#panel;
    if (!panel) return;
    panel.element.hidden = !open;
    panel.launcher.hidden = open;
    panel.element.setAttribute("aria-modal", String(matchMedia(PHONE).matches));
    if (open) panel.toEnd();
    this.#count();
  }

  /** Let the page follow a link in its own way. @param {Event} event */
  #link(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link && !this.#tell("chat-link", { title: link.textContent, url: link.href })) event.preventDefault();
  }

  /** @param {ChatState} state @param {ChatState} before */
  #changed(state, before) {
    const session = this.#session;
    if (!session) return;
    this.#panel?.update(state, session.begun);
    this.#count();
    const known = new Set(before.messages.map((m) => m.id));
    if (state.seq > before.seq && before.seq > 0) {
      for (const { id, role, text } of state.messages) if (!known.has(id)) this.#tell("chat-message", { id, role, text });
    }
    if (state.status !== before.status) this.#tell("chat-status", { status: state.status });
  }

  /** Count what was answered while the panel was closed. */
  #count() {
    const theirs = (this.#session?.state.messages ?? []).filter((m) => m.role !== "customer").length;
    if (this.hasAttribute("open")) this.#shelf?.set("seen", theirs || null);
    this.#panel?.unread(Math.max(0, theirs - (this.#shelf?.get("seen") ?? 0)));
  }

  /** @param {string} name @param {object} [detail] @returns {boolean}  false where a listener prevented what comes next */
  #tell(name, detail = {}) {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
  }
}

/** @param {string} text */
function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

/** @param {string | null} text  a JSON list of sentences @returns {string[]} */
function list(text) {
  try {
    const read = JSON.parse(text ?? "[]");
    return Array.isArray(read) ? read.filter((one) => typeof one === "string" && one.trim()) : [];
  } catch {
    return [];
  }
}

if (!customElements.get("support-chat")) customElements.define("support-chat", SupportChat);
