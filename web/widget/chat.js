// What stands behind the button of <support-chat> once it is loaded: brings the session, which knows no DOM, and the panel,
// which decides nothing, together with the element and the browser around them.

import { ApiClient } from "./api.js";
import { el } from "./dom.js";
import { Panel } from "./panel.js";
import { Session } from "./session.js";
import { browserStorage, LocalStore } from "./storage.js";
import { fill, stringsFor } from "./strings.js";
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

export class Chat {
  #host;
  #root;
  #launcher;
  #store;
  #session;
  #started;
  #others; // instances and tabs that show the same conversation
  /** @type {Panel | null} */
  #panel = null;
  /** @type {import("./types.js").Strings | null} */
  #strings = null;
  #gone = new AbortController();
  #badge = el("span", { class: "badge", "aria-hidden": "true", hidden: true });

  /** @param {HTMLElement} host @param {ShadowRoot} root @param {HTMLButtonElement} launcher */
  constructor(host, root, launcher) {
    this.#host = host;
    this.#root = root;
    this.#launcher = launcher;
    root.adoptedStyleSheets.push(sheet(FRAME), sheet(LOG));
    launcher.append(this.#badge);
    const server = new URL(host.getAttribute("server") ?? HERE, document.baseURI);
    const inbox = host.getAttribute("inbox");
    const place = `support-chat:${server.origin}${server.pathname}:${inbox ?? ""}`;
    this.#others = new BroadcastChannel(place);
    this.#store = new LocalStore(place, browserStorage(), (name) => name === "visitor" && this.#others.postMessage(name));
    const api = new ApiClient(server, fetch.bind(globalThis), inbox);
    api.unproven = () => {
      if (this.#tell("chat-error", { reason: "identity_expired" })) this.#session.signedOut();
    };
    const patience = Number(host.getAttribute("patience")) * 1000 || undefined;
    this.#session = new Session(api, this.#store, { ...WORLD, patience }, (state, before) => this.#changed(state, before));
    this.#listen();
    this.#started = this.#start();
  }

  /** The element has left the page. */
  stop() {
    this.#gone.abort();
    this.#others.close();
    this.#session.stop();
  }

  /** The element's `open` has changed. @param {boolean} open */
  toggle(open) {
    const panel = this.#panel;
    if (!panel || panel.element.hidden === !open) return; // not drawn yet: drawing looks at the attribute
    this.#store.set("open", open || null);
    this.#show(open);
    if (!open) this.#launcher.focus({ preventScroll: true });
    else this.#enter(panel);
    this.#tell(open ? "chat-open" : "chat-close");
  }

  /** Say something in the visitor's name. @param {string} text */
  send(text) {
    if (text.trim()) this.#session.send(text.trim());
  }

  /** Say who the visitor is. Rejects, with the server's reason, where that is not proven. @param {import("./types.js").IdentityProof} who */
  async identify(who) {
    await this.#started; // or an earlier page's conversation would come after it
    await this.#session.identify(who);
    this.#tell("chat-identified");
  }

  /** Begin a new conversation; this browser forgets the old one and who the visitor was. */
  reset() {
    this.#session.reset();
    this.#again();
  }

  #again() {
    this.#store.set("seen", null);
    if (this.#host.hasAttribute("open")) this.#panel?.composer.focus();
  }

  /** Draw, once the words are there, and go on where the visitor left off. */
  async #start() {
    const { language, strings } = await this.#words();
    if (this.#gone.signal.aborted) return; // taken off the page meanwhile
    const session = this.#session;
    const host = this.#host;
    const panel = new Panel(this.#settings(strings), language, this.#store, {
      onClose: () => host.removeAttribute("open"),
      onSend: (text) => this.send(text),
      onRetry: (clientId) => session.retry(clientId),
      onDiscard: (clientId) => session.discard(clientId),
      onJudge: (id, value) => void session.requests.judge(id, value),
      onStop: () => void session.requests.act("stop"),
      onPerson: () => void session.requests.act("handover"),
      onContact: (email) => void session.requests.act("contact", { email }),
      onEnd: () => void session.requests.act("closure"),
      onAgain: () => {
        session.again();
        this.#again();
      },
      onSignIn: () => location.reload(),
      onGuest: () => {
        session.goOn();
        this.#again();
      },
      onReopen: () => void session.requests.act("reopening"),
      onRate: (score) => void session.requests.act("rating", { score }),
    });
    const asked = host.hasAttribute("open");
    if (this.#store.get("open")) host.toggleAttribute("open", true);
    this.#panel = panel;
    this.#strings = strings;
    panel.element.addEventListener("click", (event) => this.#link(event));
    this.#root.append(panel.element);
    panel.update(session.state, session.begun);
    this.#show(host.hasAttribute("open"));
    if (asked && !this.#store.get("open")) {
      this.#store.set("open", true);
      this.#enter(panel);
      this.#tell("chat-open");
    }
    await session.resume();
    panel.toEnd(); // the first picture is complete: what comes now is news
    requestAnimationFrame(() => panel.filled());
  }

  #words() {
    const wanted = [this.#host.lang || this.#host.closest("[lang]")?.getAttribute("lang"), ...navigator.languages].filter((tag) => !!tag);
    const address = this.#host.getAttribute("strings");
    return stringsFor(/** @type {string[]} */ (wanted), address && new URL(address, document.baseURI).href);
  }

  /** @param {import("./types.js").Strings} strings @returns {import("./types.js").Settings} */
  #settings(strings) {
    return {
      desk: this.#host.getAttribute("desk") ?? location.hostname,
      logo: this.#host.getAttribute("logo"),
      greeting: this.#host.getAttribute("greeting"),
      questions: list(this.#host.getAttribute("questions")),
      replyTime: this.#host.getAttribute("reply-time"),
      strings,
    };
  }

  #listen() {
    const session = this.#session;
    const { signal } = this.#gone;
    addEventListener("online", () => session.wake(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && session.wake(), { signal });
    this.#others.onmessage = () => void session.adopt();
  }

  /** @param {boolean} open */
  #show(open) {
    const panel = this.#panel;
    if (!panel) return;
    panel.element.hidden = !open;
    this.#launcher.hidden = open;
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
    this.#panel?.update(state, this.#session.begun);
    this.#count();
    const known = new Set(before.messages.map((m) => m.id));
    if (state.seq > before.seq && before.seq > 0) {
      for (const { id, role, text } of state.messages) if (!known.has(id)) this.#tell("chat-message", { id, role, text });
    }
    if (state.status !== before.status) this.#tell("chat-status", { status: state.status });
  }

  /** Count what was answered while the panel was closed. */
  #count() {
    const theirs = this.#session.state.messages.filter((m) => m.role !== "customer").length;
    if (this.#host.hasAttribute("open")) this.#store.set("seen", theirs || null);
    const count = Math.max(0, theirs - (this.#store.get("seen") ?? 0));
    this.#badge.hidden = count === 0;
    this.#badge.textContent = count > 9 ? "9+" : String(count);
    if (this.#strings) this.#launcher.ariaLabel = count ? fill(this.#strings.unread, { count }) : this.#strings.open;
  }

  /** Where the visitor goes on: no keyboard over the answer of a phone before it is wanted. @param {Panel} panel */
  #enter(panel) {
    if (matchMedia(PHONE).matches) panel.element.focus();
    else panel.composer.focus();
  }

  /** @param {string} name @param {object} [detail] @returns {boolean}  false where a listener prevented what comes next */
  #tell(name, detail = {}) {
    return this.#host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
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
