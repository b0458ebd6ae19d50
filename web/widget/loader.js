// The element <support-chat>: customer support on any page, with one script tag.
//
//   <script type="module" src="https://support.example/widget/loader.js"></script>
//   <support-chat desk="Our shop" questions='["Where is my order?"]' reply-time="Monday to Friday, 9:00 to 17:00"></support-chat>
//
// This file is the button alone; the conversation behind it is loaded when the page is idle, when the pointer or the focus
// comes to the button, or when the page calls a method. Without an element on the page, `loader.js?desk=Our+shop` makes one,
// and again when the page swaps its body for another (Turbo, htmx), until the page calls its remove().
//
// Attributes: desk (name), logo (address of a square picture), greeting, questions (JSON list), reply-time (when people
// answer, in words), server (address, where it is not the one this file came from), inbox, theme ("light" or "dark"), lang,
// strings (address of a module with another language), patience (seconds until a silent stream is given up), open.
// Methods: open(), close(), send(text), identify(who), reset().
// Events on the element: chat-open, chat-close, chat-message {id, role, text}, chat-status {status}, chat-identified,
// chat-error {reason}, and chat-link {title, url} before a link in the conversation is followed; preventDefault() lets the
// page show it in its own way.

import { svg } from "../shared/svg.js";

/** @typedef {import("./chat.js").Chat} Chat */

const HERE = new URL(import.meta.url);
const BUBBLE = "M4 12a7.5 7 0 0 1 7.5-7h1A7.5 7 0 0 1 20 12a7.5 7 0 0 1-7.5 7H5.2a.7.7 0 0 1-.6-1.1L5.7 16A6.8 6.8 0 0 1 4 12z M8.5 10.5h7 M8.5 13.5h4.5";
const IDLE_TIMEOUT = 4_000; // milliseconds; then the conversation is loaded although the page is busy

// A page's `*` reaches the element itself and outdoes `:host`, but nothing below it: what is inherited ends at the button and
// the panel. Whether the element is visible stays the page's to say.
const BUTTON = `
:host { all: initial; position: fixed !important; z-index: var(--support-chat-z-index, 2147483000) !important; inset: auto 0 0 auto;
  padding: 0 !important; border: 0 !important; background: none !important; }
.launcher, .panel { all: initial; visibility: inherit; box-sizing: border-box; -webkit-user-select: text; user-select: text;
  --accent: var(--support-chat-accent, #0f6b63); --on-accent: var(--support-chat-on-accent, #fff); --ring: #fff; }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) * { --accent: var(--support-chat-accent, #1f7a70); --ring: #191d21; } }
:host([theme="dark"]) * { --accent: var(--support-chat-accent, #1f7a70); --ring: #191d21; }
@media print { :host { display: none !important; } }
:host([hidden]), [hidden] { display: none !important; }
.launcher { position: fixed; inset-block-end: var(--support-chat-offset, 20px); inset-inline-end: var(--support-chat-offset, 20px);
  width: 60px; height: 60px; padding: 0; border: 0; border-radius: 50%; display: grid; place-items: center; cursor: pointer;
  background: var(--accent); color: var(--on-accent); box-shadow: 0 1px 2px rgb(16 24 32 / 12%), 0 10px 28px rgb(16 24 32 / 24%);
  transition: translate 160ms ease; touch-action: manipulation; -webkit-tap-highlight-color: transparent; }
.launcher:hover { translate: 0 -2px; }
.launcher:active { translate: 0 0; }
.launcher:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
.launcher[aria-busy="true"] svg { animation: wait 1s infinite alternate ease-in-out; }
@keyframes wait { to { opacity: .35; } }
.launcher svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
.badge { position: absolute; inset-block-start: -2px; inset-inline-end: -2px; min-width: 22px; box-sizing: border-box; padding: 0 6px; border-radius: 11px;
  background: #b3261e; color: #fff; font: 650 12px/22px system-ui, sans-serif; text-align: center; box-shadow: 0 0 0 2px var(--ring); }
@media (prefers-reduced-motion: reduce) { .launcher, .launcher svg { animation: none !important; transition: none; } }
@media (forced-colors: active) { .launcher { border: 1px solid ButtonText; } }`;

/** The custom element. */
export class SupportChat extends HTMLElement {
  static observedAttributes = ["open"];

  #root = this.attachShadow({ mode: "open" });
  #launcher = document.createElement("button");
  /** @type {Promise<Chat> | null} */
  #chat = null;
  #tries = 0;

  connectedCallback() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(BUTTON);
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.replaceChildren(this.#drawLauncher());
    if (this.hasAttribute("open")) void this.#load();
    else if (!(/** @type {any} */ (navigator).connection?.saveData)) this.#whenIdle(() => this.isConnected && void this.#load());
  }

  disconnectedCallback() {
    void this.#chat?.then((chat) => chat.stop(), () => {});
    this.#chat = null;
  }

  /** @param {string} _name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(_name, before, now) {
    if ((before === null) === (now === null) || !this.isConnected) return;
    void this.#load().then((chat) => chat.toggle(this.hasAttribute("open")), () => this.close());
  }

  /** Shows the conversation. */
  open() {
    this.toggleAttribute("open", true);
  }

  /** Hides the conversation; it continues. */
  close() {
    this.toggleAttribute("open", false);
  }

  /** Sends a message in the visitor's name. @param {string} text */
  async send(text) {
    (await this.#load()).send(text);
  }

  /** Signs the visitor in, with proof from your server. @param {import("./types.js").IdentityProof} who */
  async identify(who) {
    await (await this.#load()).identify(who);
  }

  /** Begins a new conversation; this browser forgets the old one and who the visitor was. */
  async reset() {
    (await this.#load()).reset();
  }

  /** @returns {Promise<Chat>} */
  #load() {
    if (this.#chat) return this.#chat;
    this.#launcher.ariaBusy = "true";
    // Another address each time: a browser may remember that a module could not be loaded.
    const address = new URL(`chat.js${this.#tries ? `?${this.#tries}` : ""}`, HERE);
    const chat = import(address.href).then((module) => new module.Chat(this, this.#root, this.#launcher));
    this.#chat = chat;
    chat.catch(() => {
      this.#tries += 1;
      if (this.#chat === chat) this.#chat = null;
      this.dispatchEvent(new CustomEvent("chat-error", { detail: { reason: "not_loaded" }, bubbles: true, composed: true }));
    }).finally(() => (this.#launcher.ariaBusy = null));
    return chat;
  }

  #drawLauncher() {
    const language = this.lang || this.closest("[lang]")?.getAttribute("lang") || navigator.language;
    const launcher = this.#launcher;
    launcher.type = "button";
    launcher.className = "launcher";
    launcher.setAttribute("part", "launcher");
    launcher.ariaHasPopup = "dialog";
    launcher.ariaLabel ??= /^zh/i.test(language) ? "联系我们" : "Chat with us"; // in other languages once their words are loaded
    launcher.onclick = () => this.open();
    launcher.onpointerenter = launcher.onfocus = () => void this.#load().catch(() => {});
    launcher.replaceChildren(svg(BUBBLE));
    return launcher;
  }

  /** @param {() => void} load */
  #whenIdle(load) {
    if (document.readyState !== "complete") addEventListener("load", () => this.#whenIdle(load), { once: true });
    else if ("requestIdleCallback" in globalThis) requestIdleCallback(load, { timeout: IDLE_TIMEOUT });
    else setTimeout(load, 500); // Safari
  }
}

/** Makes the element where the page has none, now and whenever the page's body is swapped for another one. */
function stay() {
  const element = document.createElement("support-chat");
  for (const [name, value] of HERE.searchParams) element.setAttribute(name, value);
  let removed = false;
  element.remove = () => {
    removed = true;
    HTMLElement.prototype.remove.call(element);
  };
  /** @param {MutationRecord[]} changes */
  const place = (changes) => {
    if (removed && changes.length === 1) return watch.disconnect(); // the page took this away and nothing else: it means it
    removed = false;
    if (!document.querySelector("support-chat")) document.body?.append(element);
    for (const node of [document, document.documentElement, document.body]) if (node) watch.observe(node, { childList: true });
  };
  const watch = new MutationObserver(place);
  place([]);
}

if (!customElements.get("support-chat")) {
  customElements.define("support-chat", SupportChat);
  if (HERE.search) {
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", stay, { once: true });
    else stay();
  }
}
