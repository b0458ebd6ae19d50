// One visitor's conversation: brings the server, the stream, the outbox and the reducer together. No DOM.
// Keys in the store: `visitor` {id, token}, `start` (the key of a conversation being made) and the outbox's `outbox`.

import { ApiError } from "./api.js";
import { Requests } from "./requests.js";
import { Subscription } from "./subscription.js";
import { Outbox } from "./outbox.js";
import { SlowNotice } from "./slow-notice.js";
import { EMPTY, reduce } from "./state.js";
import { Identity } from "./identity.js";

/** @typedef {import("./types.js").Action} Action */
/** @typedef {import("./types.js").ChatState} ChatState */
/** @typedef {import("./types.js").Visitor} Visitor */

export class Session {
  #api;
  #store;
  #world;
  #changed;
  #outbox;
  #state = EMPTY;
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
   * @param {import("./api.js").ApiClient} api
   * @param {import("./storage.js").LocalStore} store
   * @param {import("./types.js").World} world
   * @param {(state: ChatState, before: ChatState) => void} changed  called after every change
   */
  constructor(api, store, world, changed) {
    this.#api = api;
    this.#identity = new Identity(api, store);
    api.renewed = (visitor) => {
      if (visitor === this.#visitor) this.#store.set("visitor", visitor);
    };
    this.#store = store;
    this.#world = world;
    this.#changed = changed;
    this.#outbox = new Outbox({
      send: async (clientId, text) => api.send(await this.#begin(), clientId, text),
      pending: () => this.#state.pending,
      dispatch: (action) => this.#dispatch(action),
      onGone: () => this.#lose(),
      onClosed: () => void this.#refresh(),
      wake: () => this.#wake.signal,
      stopped: this.#stopped.signal,
      store,
      world,
    });
    const [begin, refresh] = [() => this.#begin(), () => this.#refresh()];
    this.requests = new Requests({ api, begin, refresh, visitor: () => this.#visitor, state: () => this.#state, dispatch: (action) => this.#dispatch(action) });
    this.#subscription = new Subscription({
      api,
      seq: () => this.#state.seq,
      onEvent: (event) => this.#dispatch({ type: "event", event }),
      onOpen: () => this.#retryUnsent(),
      onLost: () => this.#dispatch({ type: "disconnected" }),
      onOffline: (offline) => this.#dispatch({ type: "offline", offline }),
      onRefused: () => this.#lose(),
      world,
    });
  }

  get state() {
    return this.#state;
  }

  /** Whether there is a conversation, on the server or on its way there. */
  get begun() {
    return this.#visitor !== null || this.#state.pending.length > 0;
  }

  /** Take up what an earlier page load left. */
  async resume() {
    for (const message of this.#outbox.stored) this.#dispatch({ type: "queued", message });
    this.#visitor = this.#store.get("visitor");
    await this.#refresh();
    this.#follow();
    void this.#outbox.run();
  }

  /** Another tab began a conversation or left it, or has another token for it: do the same here. */
  async adopt() {
    /** @type {Visitor | null} */
    const visitor = this.#store.get("visitor");
    const same = visitor?.id === this.#visitor?.id;
    if (same && visitor?.token === this.#visitor?.token) return;
    this.#subscription.stop();
    const ask = this.#visitor !== null; // what was meant for another conversation, perhaps another person's
    this.#visitor = visitor;
    this.#dispatch(same ? { type: "signed out", signedOut: false } : visitor ? { type: "forgotten", ask } : { type: "reset" });
    await this.#refresh();
    this.#follow();
    void this.#outbox.run();
  }

  stop() {
    this.#stopped.abort();
    this.#wake.abort();
    this.#subscription.stop();
    this.#slowNotice.end();
  }

  /** The network is back, or the page is looked at again. */
  wake() {
    this.#wake.abort();
    this.#wake = new AbortController();
    this.#subscription.wake();
    this.#retryUnsent();
  }

  /** @param {string} text */
  send(text) {
    this.#outbox.add(text);
  }

  /** @param {string} clientId */
  retry(clientId) {
    this.#dispatch({ type: "retrying", client_id: clientId });
    void this.#outbox.run();
  }

  /** Drop a message that could not be sent. @param {string} clientId */
  discard(clientId) {
    this.#dispatch({ type: "discarded", client_id: clientId });
  }

  /**
   * The page's server vouches for somebody. What is unsent waits until they say that it is theirs.
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

  /** What proved who is writing has ended; only the page can have it signed anew. */
  signedOut() {
    this.#dispatch({ type: "signed out", signedOut: true });
  }

  /** Go on as nobody in particular. What is unsent was a person's: it waits to be asked for. */
  goOn() {
    this.#identity.forget();
    this.#leave();
    this.#dispatch({ type: "forgotten", ask: true });
  }

  /** Begin anew as the same person. The old conversation stays with the server, this browser forgets it. */
  again() {
    this.#leave();
    this.#store.set("outbox", null);
    this.#dispatch({ type: "reset" });
  }

  /** Begin anew as nobody. */
  reset() {
    this.#identity.forget();
    this.again();
  }

  /** @returns {Promise<Visitor>} */
  #begin() {
    if (this.#visitor) return Promise.resolve(this.#visitor);
    if (this.#store.get("visitor")) return this.adopt().then(() => this.#begin()); // another tab was first
    this.#starting ??= this.#start().finally(() => (this.#starting = null));
    return this.#starting;
  }

  async #start() {
    /** @type {string} */
    const key = this.#store.get("start") ?? this.#world.newId();
    this.#store.set("start", key); // asked again with the same key, the server makes no second conversation
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
    for (const m of this.#state.pending) if (m.why === "network") this.retry(m.client_id);
  }

  async #refresh() {
    const visitor = this.#visitor;
    if (!visitor) return;
    try {
      const snapshot = await this.#api.snapshot(visitor);
      if (visitor === this.#visitor) this.#dispatch({ type: "snapshot", snapshot });
    } catch (error) {
      if (error instanceof ApiError && error.kind === "gone") this.#lose();
      // Otherwise the stream brings everything from the last seq on as soon as it can.
    }
  }

  /** The server does not know the conversation any more: what it never took goes into a new one. */
  #lose() {
    const hadSomething = this.#state.messages.length > 0;
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
    const before = this.#state;
    const now = reduce(before, action);
    if (now === before) return;
    this.#state = now;
    this.#outbox.clear(now.pending, before.pending);
    this.#slowNotice.watch(now, before);
    this.#changed(now, before);
  }
}
