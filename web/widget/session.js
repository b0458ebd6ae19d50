// One visitor's conversation: connects the API, the event stream, the outbox and the reducer. No DOM.
// Keys in the store: `visitor` {id, token}, `start` (the key of a conversation being begun) and the outbox's `outbox`.

import { ApiError } from "../shared/http.js";
import { Outbox } from "../shared/outbox.js";
import { Identity } from "./identity.js";
import { Requests } from "./requests.js";
import { SlowNotice } from "./slow-notice.js";
import { EMPTY, reduce } from "./state.js";
import { Subscription } from "./subscription.js";

/** @typedef {import("./types.js").Action} Action */
/** @typedef {import("./types.js").ChatState} ChatState */
/** @typedef {import("./types.js").Visitor} Visitor */

/** Holds the state of the conversation and changes it. */
export class Session {
  #api;
  #store;
  #clock;
  #onChange;
  #outbox;
  state = EMPTY; // read by others, changed here alone
  #stopped = new AbortController();
  #wake = new AbortController();
  #subscription;
  #identity;
  /** @type {Visitor | null} */
  #visitor = null;
  /** @type {Promise<Visitor> | null} */
  #starting = null;
  #slowNotice = new SlowNotice(() => this.#dispatch({ type: "quiet" }));

  /**
   * @param {object} options
   * @param {import("./api.js").ApiClient} options.api
   * @param {import("../shared/local-store.js").LocalStore} options.store
   * @param {import("../shared/types.js").Clock} options.clock
   * @param {(state: ChatState, before: ChatState) => void} options.onChange  called after every change
   * @param {number | undefined} [options.firstByteTimeout]  as in Stream
   */
  constructor({ api, store, clock, onChange, firstByteTimeout }) {
    this.#api = api;
    this.#store = store;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#identity = new Identity(api, store);
    api.onRenewed = (visitor) => {
      if (visitor === this.#visitor) this.#store.set("visitor", visitor);
    };
    const dispatch = (/** @type {Action} */ action) => this.#dispatch(action);
    this.#outbox = new Outbox({
      send: async (clientId, text, files) => api.send(await this.#begin(), clientId, text, files),
      pending: () => this.state.pending,
      dispatch,
      onGone: () => this.#lose(),
      onClosed: () => void this.#refresh(),
      wake: () => this.#wake.signal,
      stopped: this.#stopped.signal,
      store,
      clock,
    });
    const [begin, refresh] = [() => this.#begin(), () => this.#refresh()];
    this.requests = new Requests({ api, begin, refresh, visitor: () => this.#visitor, state: () => this.state, dispatch });
    this.#subscription = new Subscription({
      api,
      seq: () => this.state.seq,
      onEvent: (event) => dispatch({ type: "event", event }),
      onOpen: () => this.#retryUnsent(),
      onLost: () => dispatch({ type: "disconnected" }),
      onOffline: (offline) => dispatch({ type: "offline", offline }),
      onRefused: () => this.#lose(),
      onAhead: () => this.#refresh(true),
      clock,
      firstByteTimeout,
    });
  }

  /** Whether there is a conversation, on the server or on its way there. */
  get begun() {
    return this.#visitor !== null || this.state.pending.length > 0;
  }

  /** Continues what an earlier page load left. */
  async resume() {
    for (const message of this.#outbox.stored) this.#dispatch({ type: "queued", message });
    this.#visitor = this.#store.get("visitor");
    await this.#refresh();
    this.#follow();
    void this.#outbox.run();
  }

  /** Does what another tab did: it began a conversation or left it, or has another token for it. */
  async adopt() {
    /** @type {Visitor | null} */
    const visitor = this.#store.get("visitor");
    const same = visitor?.id === this.#visitor?.id;
    if (same && visitor?.token === this.#visitor?.token) return;
    this.#subscription.stop();
    const ask = this.#visitor !== null; // what is unsent was meant for another conversation, perhaps another person's
    this.#visitor = visitor;
    this.#dispatch(same ? { type: "signed out", signedOut: false } : visitor ? { type: "forgotten", ask } : { type: "reset" });
    await this.#refresh();
    this.#follow();
    void this.#outbox.run();
  }

  /** Ends everything; the state changes no more. */
  stop() {
    this.#stopped.abort();
    this.#wake.abort();
    this.#subscription.stop();
    this.#slowNotice.stop();
  }

  /** Tries again now: the network is back, or the page is looked at again. */
  wake() {
    this.#wake.abort();
    this.#wake = new AbortController();
    this.#subscription.wake();
    this.#retryUnsent();
  }

  /** Sends a message, as soon as that is possible. @param {string} text @param {import("../shared/types.js").FileShown[]} [files] */
  send(text, files) {
    this.#outbox.add(text, files);
  }

  /** Sends a failed message again. @param {string} clientId */
  retry(clientId) {
    this.#dispatch({ type: "retrying", client_id: clientId });
    void this.#outbox.run();
  }

  /** Drops a message that could not be sent. @param {string} clientId */
  discard(clientId) {
    this.#dispatch({ type: "discarded", client_id: clientId });
  }

  /**
   * Signs a person in, with proof from the page's server. Unsent messages wait until they confirm them.
   * @param {import("./types.js").IdentityProof} proof
   */
  async identify(proof) {
    const visitor = await this.#identity.prove(proof, this.#visitor);
    if (visitor?.id !== this.#visitor?.id) {
      this.#leave();
      this.#dispatch({ type: "forgotten", ask: true });
    }
    this.#visitor = visitor;
    this.#store.set("visitor", visitor);
    this.#dispatch({ type: "signed out", signedOut: false });
    await this.#refresh();
    this.#follow();
    this.#retryUnsent();
  }

  /** Shows that the person's token has expired; only the page can have another one signed. */
  signInExpired() {
    this.#dispatch({ type: "signed out", signedOut: true });
  }

  /** Continues anonymously. Unsent messages were a person's: they wait to be confirmed. */
  continueAsGuest() {
    this.#identity.forget();
    this.#leave();
    this.#dispatch({ type: "forgotten", ask: true });
  }

  /** Begins a new conversation as the same person. The server keeps the old one, this browser forgets it. */
  restart() {
    this.#leave();
    this.#store.set("outbox", null);
    this.#dispatch({ type: "reset" });
  }

  /** Begins a new conversation as an anonymous visitor. */
  reset() {
    this.#identity.forget();
    this.restart();
  }

  /** The conversation, begun where there is none. @returns {Promise<Visitor>} */
  #begin() {
    if (this.#visitor) return Promise.resolve(this.#visitor);
    if (this.#store.get("visitor")) return this.adopt().then(() => this.#begin()); // another tab was first
    this.#starting ??= this.#start().finally(() => (this.#starting = null));
    return this.#starting;
  }

  async #start() {
    const key = this.#store.get("start") ?? this.#clock.newId();
    this.#store.set("start", key); // asked again with the same key, the server begins no second conversation
    const visitor = await this.#identity.begin(key);
    this.#store.set("visitor", visitor);
    this.#store.set("start", null);
    this.#visitor = visitor;
    this.#follow();
    return visitor;
  }

  #follow() {
    if (this.#visitor && !this.#stopped.signal.aborted) this.#subscription.start(this.#visitor);
  }

  #retryUnsent() {
    for (const m of this.state.pending) if (m.why === "network") this.retry(m.client_id);
  }

  /** @param {boolean} [anew]  whatever is shown: the server was put back */ async #refresh(anew) {
    const visitor = this.#visitor;
    if (!visitor) return;
    try {
      const snapshot = await this.#api.snapshot(visitor);
      if (visitor === this.#visitor) this.#dispatch({ type: "snapshot", snapshot, anew });
    } catch (error) {
      if (error instanceof ApiError && error.kind === "gone") this.#lose();
      // Otherwise the stream brings everything after the last seq as soon as it can.
    }
  }

  /** The server does not know the conversation any more: what it never took goes into a new one. */
  #lose() {
    const hadSomething = this.state.messages.length > 0;
    this.#leave();
    this.#dispatch({ type: "forgotten" });
    if (hadSomething) this.#dispatch({ type: "notice", notice: { kind: "new_conversation" } });
    void this.#outbox.run();
  }

  #leave() {
    this.#subscription.stop();
    this.#visitor = null;
    this.#store.set("visitor", null);
    this.#store.set("start", null);
  }

  /** @param {Action} action */
  #dispatch(action) {
    if (this.#stopped.signal.aborted) return;
    const before = this.state;
    const now = reduce(before, action);
    if (now === before) return;
    this.state = now;
    this.#outbox.clear(now.pending, before.pending);
    this.#slowNotice.watch(now, before);
    this.#onChange(now, before);
  }
}
