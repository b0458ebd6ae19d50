// What the visitor wrote and the server has not acknowledged: delivered in order, tried again while that makes sense,
// kept in local storage so that leaving the page loses nothing. The server knows a message that comes twice by its client_id.

import { ApiError } from "./api.js";
import { pause } from "./stream.js";

/** @typedef {import("./types.js").Action} Action */
/** @typedef {import("./types.js").Pending} Pending */

const TRIES = 6; // of one message, over about 15 s, before the visitor is asked
const LOSSES = 2; // conversations that vanish in a row before we stop beginning new ones
const PASSING = new Set(["network", "server", "not_ready", "rate_limited", "expired"]);

export class Outbox {
  #options;
  #running = false;
  #losses = 0;

  /**
   * @param {object} options
   * @param {(clientId: string, text: string) => Promise<unknown>} options.send  one attempt
   * @param {() => readonly Pending[]} options.pending
   * @param {(action: Action) => void} options.dispatch
   * @param {() => void} options.onGone  the conversation is unknown to the server; what is pending goes into a new one
   * @param {() => void} options.onClosed
   * @param {() => AbortSignal} options.wake  aborted when waiting longer makes no sense
   * @param {AbortSignal} options.stopped
   * @param {import("./storage.js").LocalStore} options.store
   * @param {import("./types.js").World} options.world
   */
  constructor(options) {
    this.#options = options;
  }

  /** @returns {{ client_id: string, text: string, at: string }[]} */
  get stored() {
    const list = this.#options.store.get("outbox");
    return Array.isArray(list) ? list : [];
  }

  /** @param {string} text */
  add(text) {
    const { dispatch, store, world } = this.#options;
    const message = { client_id: world.newId(), text, at: world.now().toISOString() };
    store.set("outbox", [...this.stored, message]);
    dispatch({ type: "queued", message });
    void this.run();
  }

  /** Take out of the store what was unsent and is no longer. @param {readonly Pending[]} now @param {readonly Pending[]} before */
  clear(now, before) {
    if (now === before) return;
    const unsent = new Set(now.filter((m) => m.status !== "accepted").map((m) => m.client_id));
    const done = new Set(before.filter((m) => !unsent.has(m.client_id)).map((m) => m.client_id));
    if (!done.size) return;
    const left = this.stored.filter((m) => !done.has(m.client_id));
    this.#options.store.set("outbox", left.length ? left : null);
  }

  /** Deliver what is waiting. Calling it while it runs is fine. */
  async run() {
    if (this.#running) return;
    this.#running = true;
    try {
      for (;;) {
        const next = this.#options.pending().find((m) => m.status === "sending");
        if (!next || this.#options.stopped.aborted) return;
        await this.#deliver(next.client_id, next.text);
      }
    } finally {
      this.#running = false;
    }
  }

  /** @param {string} clientId @param {string} text */
  async #deliver(clientId, text) {
    const { dispatch, onClosed, onGone, pending, send, stopped, wake, world } = this.#options;
    for (let tries = 1; !stopped.aborted && pending().some((m) => m.client_id === clientId); tries += 1) {
      try {
        await send(clientId, text);
        this.#losses = 0;
        dispatch({ type: "accepted", client_id: clientId });
        dispatch({ type: "notice", notice: null });
        return;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.kind === "gone" && ++this.#losses <= LOSSES) return onGone();
        if (error.kind === "closed") onClosed();
        if (!PASSING.has(error.kind) || tries >= TRIES) return this.#fail(clientId, error);
        tell(error, dispatch);
        const wait = Math.max(pause(tries, world.random), (error.seconds ?? 0) * 1000);
        await world.sleep(Math.min(wait, 60_000), wake());
      }
    }
  }

  /** @param {string} clientId @param {ApiError} error */
  #fail(clientId, error) {
    this.#options.dispatch({ type: "notice", notice: null });
    this.#options.dispatch({ type: "failed", client_id: clientId, why: PASSING.has(error.kind) ? "network" : error.kind });
  }
}

/** Say why it takes longer, where the server told us. @param {ApiError} error @param {(action: Action) => void} dispatch */
export function tell(error, dispatch) {
  if (error.kind !== "rate_limited" && error.kind !== "not_ready") return;
  const { kind, seconds } = error;
  dispatch({ type: "notice", notice: seconds ? { kind, seconds } : { kind } });
}
