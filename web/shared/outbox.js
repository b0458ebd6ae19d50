// Messages that the server has not acknowledged: delivered in order, retried while that makes sense, kept in local storage
// so that leaving the page loses nothing. The server recognises a message that comes twice by its client_id.

import { backoff } from "./backoff.js";
import { ApiError } from "./http.js";

/** @typedef {import("./types.js").OutboxAction} OutboxAction */
/** @typedef {import("./types.js").Pending} Pending */

const TRIES = 6; // of one message, over about 15 s, before it counts as failed
const LOSSES = 2; // conversations in a row that the server does not know, before no new one is begun
const TEMPORARY = new Set(["network", "server", "not_ready", "rate_limited", "expired"]);

/** Delivers messages in the order in which they were added. */
export class Outbox {
  #options;
  #running = false;
  #losses = 0;

  /**
   * @param {object} options
   * @param {(clientId: string, text: string, files?: readonly import("./types.js").FileShown[]) => Promise<unknown>} options.send  one attempt
   * @param {() => readonly Pending[]} options.pending
   * @param {(action: OutboxAction) => void} options.dispatch
   * @param {() => void} options.onGone  the conversation is unknown to the server; what is pending goes into a new one
   * @param {() => void} options.onClosed
   * @param {() => AbortSignal} options.wake  aborted when waiting longer makes no sense
   * @param {AbortSignal} options.stopped
   * @param {import("./local-store.js").LocalStore} options.store
   * @param {import("./types.js").Clock} options.clock
   */
  constructor(options) {
    this.#options = options;
  }

  /** What an earlier page load left. @returns {import("./types.js").Unsent[]} */
  get stored() {
    const list = this.#options.store.get("outbox");
    return Array.isArray(list) ? list : [];
  }

  /** Queues a message and delivers it. @param {string} text @param {readonly import("./types.js").FileShown[]} [files]  uploaded before */
  add(text, files = []) {
    const { clock, dispatch, store } = this.#options;
    const message = { client_id: clock.newId(), text, at: clock.now().toISOString(), ...(files.length && { files }) };
    store.set("outbox", [...this.stored, message]);
    dispatch({ type: "queued", message });
    void this.run();
  }

  /** Removes from the store what was unsent and is no longer. @param {readonly Pending[]} now @param {readonly Pending[]} before */
  clear(now, before) {
    if (now === before) return;
    const unsent = new Set(now.filter((m) => m.status !== "accepted").map((m) => m.client_id));
    const done = new Set(before.filter((m) => !unsent.has(m.client_id)).map((m) => m.client_id));
    if (!done.size) return;
    const left = this.stored.filter((m) => !done.has(m.client_id));
    this.#options.store.set("outbox", left.length ? left : null);
  }

  /** Delivers what is waiting; does nothing where that is under way. */
  async run() {
    if (this.#running) return;
    this.#running = true;
    try {
      for (;;) {
        const next = this.#options.pending().find((m) => m.status === "sending");
        if (!next || this.#options.stopped.aborted) return;
        await this.#deliver(next.client_id, next.text, next.files);
      }
    } finally {
      this.#running = false;
    }
  }

  /** @param {string} clientId @param {string} text @param {readonly import("./types.js").FileShown[]} [files] */
  async #deliver(clientId, text, files) {
    const { clock, dispatch, onClosed, onGone, pending, send, stopped, wake } = this.#options;
    for (let tries = 1; !stopped.aborted && pending().some((m) => m.client_id === clientId); tries += 1) {
      try {
        await send(clientId, text, files);
        this.#losses = 0;
        dispatch({ type: "accepted", client_id: clientId });
        dispatch({ type: "notice", notice: null });
        return;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.kind === "gone" && ++this.#losses <= LOSSES) return onGone();
        if (error.kind === "closed") onClosed();
        if (!TEMPORARY.has(error.kind) || tries >= TRIES) return this.#fail(clientId, error);
        const notice = delayOf(error);
        if (notice) dispatch({ type: "notice", notice });
        const wait = Math.max(backoff(tries, clock.random), (error.seconds ?? 0) * 1000);
        await clock.sleep(Math.min(wait, 60_000), wake());
      }
    }
  }

  /** @param {string} clientId @param {ApiError} error */
  #fail(clientId, error) {
    this.#options.dispatch({ type: "notice", notice: null });
    this.#options.dispatch({ type: "failed", client_id: clientId, why: TEMPORARY.has(error.kind) ? "network" : error.kind });
  }
}

/** Why the server lets a message wait, where it said so. @param {ApiError} error @returns {import("./types.js").Delay | null} */
export function delayOf({ kind, seconds }) {
  if (kind !== "rate_limited" && kind !== "not_ready") return null;
  return seconds ? { kind, seconds } : { kind };
}
