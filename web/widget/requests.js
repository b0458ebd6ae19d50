// What a visitor asks of a conversation besides writing in it: a person, its end, a rating, feedback on an answer. Where the
// server does not do it, the visitor sees that and may ask again; nothing is retried.

import { ApiError } from "../shared/http.js";
import { delayOf } from "../shared/outbox.js";

/** @typedef {import("./types.js").Visitor} Visitor */

const TYPES_AGAIN = 3_000; // milliseconds; the server holds it for five seconds

/** Sends such requests and shows what became of them. */
export class Requests {
  #options;
  #typed = 0;

  /**
   * @param {object} options
   * @param {import("./api.js").ApiClient} options.api
   * @param {() => Promise<Visitor>} options.begin    the conversation, begun where there is none
   * @param {() => Visitor | null} options.visitor
   * @param {() => import("./types.js").ChatState} options.state
   * @param {() => Promise<void>} options.refresh     reads the conversation again; finds out where it is gone
   * @param {(action: import("./types.js").Action) => void} options.dispatch
   */
  constructor(options) {
    this.#options = options;
  }

  /** Asks something of the conversation. @param {import("./types.js").Verb} verb @param {object} [body] */
  act(verb, body = {}) {
    const { begin, api, refresh } = this.#options;
    return this.#try(async () => {
      await api.act(await begin(), verb, body);
      await refresh(); // the stream tells it too, but may be away just now
    });
  }

  /** The visitor types: told where a person may see it, and seldom enough. No word of it is sent. */
  types() {
    const { api, state } = this.#options;
    const visitor = this.#options.visitor();
    if (!visitor || this.#typed || !state().handover) return;
    this.#typed = setTimeout(() => (this.#typed = 0), TYPES_AGAIN);
    api.act(visitor, "writing", {}).catch(() => {}); // nobody misses it
  }

  /** Says whether an answer helped. Shown at once, taken back where the server refuses it. @param {string} id @param {1 | -1 | 0} value */
  async judge(id, value) {
    const { api, dispatch, state } = this.#options;
    const visitor = this.#options.visitor();
    const before = state().messages.find((m) => m.id === id)?.feedback || 0;
    if (!visitor || before === value) return;
    dispatch({ type: "judged", id, value });
    if (!(await this.#try(() => api.judge(visitor, id, value)))) dispatch({ type: "judged", id, value: before });
  }

  /** What shows files and takes them; its script is loaded with the first. @param {import("./types.js").Strings} strings */
  files(strings) {
    const { api, begin } = this.#options;
    /** @type {import("../shared/files.js").Ask} */
    const ask = async (path, body, how) => api.files(await begin(), path, body, how);
    const script = () => import("./files.js");
    return {
      /** @param {() => void} changed @returns {Promise<import("./types.js").Tray>} */
      onAttach: async (changed) => new (await script()).Tray(strings, ask, changed),
      /** @param {readonly import("../shared/types.js").FileShown[]} files @param {HTMLElement} box */
      onFiles: async (files, box) => (await script()).show(ask, files, box),
    };
  }

  /** @param {() => Promise<unknown>} work @returns {Promise<boolean>}  whether it was done */
  async #try(work) {
    const { dispatch, refresh } = this.#options;
    try {
      await work();
      dispatch({ type: "notice", notice: null });
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      dispatch({ type: "notice", notice: delayOf(error) ?? { kind: "trouble" } });
      if (error.kind === "gone") await refresh(); // is it the conversation, or only what was asked for?
      return false;
    }
  }
}
