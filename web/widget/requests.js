// What a visitor asks of a conversation beside writing in it: a person, an end, a rating, whether an answer helped. Where
// the server does not do it, the visitor is told and may ask again; nothing is repeated by itself.

import { ApiError } from "./api.js";
import { tell } from "./outbox.js";

/** @typedef {import("./types.js").Visitor} Visitor */

export class Requests {
  #options;

  /**
   * @param {object} options
   * @param {import("./api.js").ApiClient} options.api
   * @param {() => Promise<Visitor>} options.begin    the conversation, begun where there is none
   * @param {() => Visitor | null} options.visitor
   * @param {() => import("./types.js").ChatState} options.state
   * @param {() => Promise<void>} options.refresh     reads the conversation anew; finds out where it is gone
   * @param {(action: import("./types.js").Action) => void} options.dispatch
   */
  constructor(options) {
    this.#options = options;
  }

  /** @param {import("./types.js").Verb} verb @param {object} [body] */
  act(verb, body = {}) {
    const { begin, api, refresh } = this.#options;
    return this.#try(async () => {
      await api.act(await begin(), verb, body);
      await refresh(); // the stream tells it too; this is for when it is just away
    });
  }

  /** Whether an answer helped. Shown at once, taken back where the server does not take it. @param {string} id @param {1 | -1 | 0} value */
  async judge(id, value) {
    const { api, dispatch, state, visitor } = this.#options;
    const who = visitor();
    const before = state().messages.find((m) => m.id === id)?.feedback || 0;
    if (!who || before === value) return;
    dispatch({ type: "judged", id, value });
    if (!(await this.#try(() => api.judge(who, id, value)))) dispatch({ type: "judged", id, value: before });
  }

  /** @param {() => Promise<unknown>} work */
  async #try(work) {
    const { dispatch, refresh } = this.#options;
    try {
      await work();
      dispatch({ type: "notice", notice: null });
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      dispatch({ type: "notice", notice: { kind: "trouble" } });
      tell(error, dispatch);
      if (error.kind === "gone") await refresh(); // is it the conversation, or only what was asked for?
      return false;
    }
  }
}
