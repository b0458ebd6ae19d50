// The conversation behind the button of <support-chat>, loaded when it is wanted: connects the session, which knows no DOM,
// and the panel, which decides nothing, with the element and the browser around them.

import { isBlank } from "../shared/blank.js";
import { browserClock } from "../shared/clock.js";
import { el } from "../shared/dom.js";
import { fill } from "../shared/language.js";
import { browserStorage, LocalStore } from "../shared/local-store.js";
import { ApiClient } from "./api.js";
import { Panel } from "./panel.js";
import { Session } from "./session.js";
import { stringsFor } from "./strings.js";
import { LOG } from "./styles-log.js";
import { FRAME } from "./styles.js";

/** @typedef {import("./types.js").ChatState} ChatState */

const PHONE = "(max-width: 30rem), (max-height: 26rem)"; // as in styles.js
const HERE = new URL("../", import.meta.url);

/** One element's conversation. */
export class Chat {
  #host;
  #root;
  #launcher;
  #store;
  #session;
  #drawn;
  #others; // instances and tabs that show the same conversation
  /** @type {Panel | null} */
  #panel = null;
  /** @type {import("./types.js").Strings | null} */
  #strings = null;
  #removed = new AbortController();
  #room = new CSSStyleSheet();
  #badge = el("span", { class: "badge", "aria-hidden": "true", hidden: true });

  /** @param {HTMLElement} host @param {ShadowRoot} root @param {HTMLButtonElement} launcher */
  constructor(host, root, launcher) {
    this.#host = host;
    this.#root = root;
    this.#launcher = launcher;
    root.adoptedStyleSheets.push(sheet(FRAME), sheet(LOG), this.#room);
    launcher.append(this.#badge);
    const server = new URL(host.getAttribute("server") ?? HERE, document.baseURI);
    const inbox = host.getAttribute("inbox");
    const place = `support-chat:${server.origin}${server.pathname}:${inbox ?? ""}`;
    this.#others = new BroadcastChannel(place);
    this.#store = new LocalStore(place, browserStorage(), (name) => name === "visitor" && this.#others.postMessage(name));
    const api = new ApiClient(server, fetch.bind(globalThis), inbox);
    api.onSignInExpired = () => {
      if (this.#emit("chat-error", { reason: "identity_expired" })) this.#session.signInExpired();
    };
    const firstByteTimeout = Number(host.getAttribute("patience")) * 1000 || undefined;
    const onChange = (/** @type {ChatState} */ state, /** @type {ChatState} */ before) => this.#changed(state, before);
    this.#session = new Session({ api, store: this.#store, clock: browserClock, onChange, firstByteTimeout });
    this.#listen();
    this.#drawn = this.#draw();
  }

  /** The element has left the page. */
  stop() {
    this.#removed.abort();
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
    else this.#focus(panel);
    this.#emit(open ? "chat-open" : "chat-close");
  }

  /** Sends a message in the visitor's name. @param {string} text */
  send(text) {
    if (!isBlank(text)) this.#session.send(text.trim());
  }

  /** Signs the visitor in. Rejects, with the server's reason, where the proof is not accepted. @param {import("./types.js").IdentityProof} who */
  async identify(who) {
    await this.#drawn; // an earlier page's conversation must be there before
    await this.#session.identify(who);
    this.#emit("chat-identified");
  }

  /** Begins a new conversation; this browser forgets the old one and who the visitor was. */
  reset() {
    this.#session.reset();
    this.#restarted();
  }

  #restarted() {
    this.#store.set("seen", null);
    if (this.#host.hasAttribute("open")) this.#panel?.composer.focus();
  }

  /** Draws the panel, once its strings are loaded, and continues where the visitor left off. */
  async #draw() {
    const { language, strings } = await this.#loadStrings();
    if (this.#removed.signal.aborted) return; // taken off the page meanwhile
    const [session, host] = [this.#session, this.#host];
    const panel = new Panel(this.#settings(strings), language, this.#store, {
      onClose: () => host.removeAttribute("open"),
      onSend: (text, files) => session.send(text, files),
      ...session.requests.files(strings),
      onRetry: (clientId) => session.retry(clientId),
      onDiscard: (clientId) => session.discard(clientId),
      onJudge: (id, value) => void session.requests.judge(id, value),
      onStop: () => void session.requests.act("stop"),
      onPerson: () => void session.requests.act("handover"),
      onMeanwhile: () => void session.requests.act("meanwhile"),
      onContact: (email) => void session.requests.act("contact", { email }),
      onEnd: () => void session.requests.act("closure"),
      onRestart: () => (session.restart(), this.#restarted()),
      onSignIn: () => location.reload(),
      onGuest: () => {
        session.continueAsGuest();
        this.#restarted();
      },
      onReopen: () => void session.requests.act("reopening"),
      onRate: (score) => void session.requests.act("rating", { score }),
    });
    const asked = host.hasAttribute("open");
    if (this.#store.get("open")) host.toggleAttribute("open", true);
    this.#panel = panel;
    this.#strings = strings;
    for (const [name, heard] of Object.entries({ click: (/** @type {Event} */ event) => this.#onLink(event), input: () => session.requests.types() })) panel.element.addEventListener(name, heard);
    this.#root.append(panel.element);
    panel.update(session.state, session.begun);
    this.#show(host.hasAttribute("open"));
    if (asked && !this.#store.get("open")) {
      this.#store.set("open", true);
      this.#focus(panel);
      this.#emit("chat-open");
    }
    await session.resume();
    panel.toEnd(); // what was there is drawn: what comes now is new
    requestAnimationFrame(() => panel.filled());
  }

  #loadStrings() {
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
    const { signal } = this.#removed;
    addEventListener("online", () => session.wake(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && session.wake(), { signal });
    this.#others.onmessage = () => void session.adopt();
    for (const name of ["resize", "scroll"]) visualViewport?.addEventListener(name, () => this.#fit(), { signal });
    this.#fit();
  }

  /** A phone's keyboard covers the page, which keeps its size: the panel has to do with what is seen of it. */
  #fit() {
    const { offsetTop, height, scale } = /** @type {VisualViewport} */ (visualViewport);
    if (scale > 1) return; // zoomed by two fingers
    const under = Math.max(0, innerHeight - offsetTop - height);
    this.#room.replaceSync(`.panel { --top: ${offsetTop}px; --seen: ${height}px; --under: ${under}px; }`);
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

  /** Lets the page follow a link in its own way. @param {Event} event */
  #onLink(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link && !this.#emit("chat-link", { title: link.textContent, url: link.href })) event.preventDefault();
  }

  /** @param {ChatState} state @param {ChatState} before */
  #changed(state, before) {
    this.#panel?.update(state, this.#session.begun);
    this.#count();
    const known = new Set(before.messages.map((m) => m.id));
    if (state.seq > before.seq && before.seq > 0) {
      for (const { id, role, text } of state.messages) if (!known.has(id)) this.#emit("chat-message", { id, role, text });
    }
    if (state.status !== before.status) this.#emit("chat-status", { status: state.status });
  }

  /** Counts the messages that came while the panel was closed. */
  #count() {
    const theirs = this.#session.state.messages.filter((m) => m.role !== "customer").length;
    if (this.#host.hasAttribute("open")) this.#store.set("seen", theirs || null);
    const count = Math.max(0, theirs - (this.#store.get("seen") ?? 0));
    this.#badge.hidden = count === 0;
    this.#badge.textContent = count > 9 ? "9+" : String(count);
    if (this.#strings) this.#launcher.ariaLabel = count ? fill(this.#strings.unread, { count }) : this.#strings.open;
  }

  /** Moves the focus into the panel; on a phone not into the text field, whose keyboard would cover the answer. @param {Panel} panel */
  #focus(panel) {
    if (matchMedia(PHONE).matches) panel.element.focus();
    else panel.composer.focus();
  }

  /** Dispatches an event on the element. @param {string} name @param {object} [detail] @returns {boolean}  false where a listener prevented the default */
  #emit(name, detail = {}) {
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
