// The visitor's part of the server's HTTP API: conversations, their messages and events, and who the visitor is.

import { ApiError, json, request } from "../shared/http.js";

/** @typedef {import("../shared/types.js").LogEvent} LogEvent */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./types.js").Visitor} Visitor */
/** @typedef {{ body?: object, fetching?: typeof fetch, headers?: Record<string, string>, signal?: AbortSignal }} Options */

const TIMEOUT = 20_000; // milliseconds; streams and polls bring a signal of their own

/** Calls the API. An anonymous visitor's token is renewed when it has expired; a signed-in person's cannot be. */
export class ApiClient {
  #root;
  #fetch;
  #inbox;
  #expired = "";
  /** Called when an anonymous visitor has another token. @type {(visitor: Visitor) => void} */
  onRenewed = () => {};
  /** Called once when a signed-in person's token has expired: only the page can have another one signed. */
  onSignInExpired = () => {};

  /**
   * @param {URL} root  the server's address; "v1/..." is relative to it
   * @param {typeof fetch} fetching
   * @param {string | null} [inbox]  null for the server's default
   */
  constructor(root, fetching, inbox = null) {
    this.#root = root;
    this.#fetch = fetching;
    this.#inbox = inbox;
  }

  /**
   * Begins a conversation.
   * @param {string} key  the same key begins the same conversation, however often it is sent
   * @param {Visitor | null} [known]  with the token of an earlier conversation
   * @returns {Promise<{ id: string, token: string }>}
   */
  start(key, known = null) {
    return this.#json("POST", "", known, { body: this.#withInbox({}), headers: { "Idempotency-Key": key } });
  }

  /** Exchanges proof of identity for a token. @param {import("./types.js").IdentityProof} proof @returns {Promise<{ token: string }>} */
  identify({ token, user_id, user_hash }) {
    return this.#json("POST", "v1/visitor", null, { body: this.#withInbox(token ? { token } : { user_id, user_hash }) });
  }

  /** A signed-in person's conversations, newest first. @param {string} token @returns {Promise<{ conversations: { id: string, status: string }[] }>} */
  conversations(token) {
    return this.#json("GET", "", { id: "", token, verified: true });
  }

  /** Ends a signed-in person's token. @param {string} token @returns {Promise<unknown>} */
  signOut(token) {
    return this.#json("DELETE", "v1/visitor/token", { id: "", token, verified: true });
  }

  /** The conversation as it is now. @param {Visitor} visitor @returns {Promise<Snapshot>} */
  snapshot(visitor) {
    return this.#json("GET", `/${visitor.id}`, visitor);
  }

  /**
   * Sends a message; a second one with the same `clientId` is the same message.
   * @param {Visitor} visitor @param {string} clientId @param {string} text
   * @param {readonly import("../shared/types.js").FileShown[]} [files] @returns {Promise<Message>}
   */
  send(visitor, clientId, text, files = []) {
    return this.#json("POST", `/${visitor.id}/messages`, visitor, { body: { client_id: clientId, text, files: files.map(({ id }) => id) } });
  }

  /** Something about the conversation's files; a file is sent as the body. @param {Visitor} visitor @param {string} path @param {File} [body] @param {import("../shared/files.js").How} [how] @returns {Promise<any>} */
  files(visitor, path, body, how) {
    return this.#json(body ? "POST" : "GET", `/${visitor.id}/files${path}`, visitor, body && { body, ...how });
  }

  /** Asks something of the conversation. @param {Visitor} visitor @param {import("./types.js").Verb} verb @param {object} body @returns {Promise<unknown>} */
  act(visitor, verb, body) {
    return this.#json("POST", `/${visitor.id}/${verb}`, visitor, { body });
  }

  /** Says whether an answer helped: 1, -1, or 0 to take it back. @param {Visitor} visitor @param {string} messageId @param {1 | -1 | 0} value */
  judge(visitor, messageId, value) {
    return this.#json("POST", `/${visitor.id}/messages/${messageId}/feedback`, visitor, { body: { value } });
  }

  /**
   * Events after `after` by long polling, for where no stream gets through; the server waits up to `seconds` for one.
   * @param {Visitor} visitor @param {number} after @param {number} seconds @param {AbortSignal} signal
   * @returns {Promise<LogEvent[]>}
   */
  async poll(visitor, after, seconds, signal) {
    const { events } = await json(await this.#call("GET", `/${visitor.id}/events?after=${after}&wait=${seconds}`, visitor, { signal }));
    return Array.isArray(events) ? events : [];
  }

  /**
   * Events after `after` as a stream of server-sent events.
   * @param {Visitor} visitor @param {number} after  the seq of the last event already seen @param {AbortSignal} signal
   */
  async events(visitor, after, signal) {
    const headers = { Accept: "text/event-stream", "Last-Event-ID": String(after) };
    const response = await this.#call("GET", `/${visitor.id}/events`, visitor, { headers, signal });
    if (!response.body) throw new ApiError("network", "The stream has no body.");
    return response.body;
  }

  /** @param {object} body */
  #withInbox(body) {
    return this.#inbox ? { ...body, inbox: this.#inbox } : body;
  }

  /** @param {string} method @param {string} path @param {Visitor | null} visitor @param {Options} [options] @returns {Promise<any>} */
  async #json(method, path, visitor, options) {
    const response = await this.#call(method, path, visitor, options);
    return response.status === 204 ? null : json(response);
  }

  /** @param {string} method @param {string} path @param {Visitor | null} visitor @param {Options} [options] */
  async #call(method, path, visitor, options) {
    const url = path.startsWith("v1/") ? path : `v1/conversations${path}`;
    try {
      return await this.#once(method, url, visitor, options);
    } catch (error) {
      if (!visitor || !(error instanceof ApiError) || error.kind !== "expired") throw error;
      if (visitor.verified) {
        if (this.#expired !== visitor.token) this.onSignInExpired();
        this.#expired = visitor.token;
        throw error;
      }
      await this.#renew(visitor, options);
      return this.#once(method, url, visitor, options);
    }
  }

  /** Takes another token for the same visitor. @param {Visitor} visitor @param {Options} [options] */
  async #renew(visitor, options) {
    try {
      const { token } = await json(await this.#once("POST", "v1/visitor/token", visitor, options?.signal && { signal: options.signal }));
      visitor.token = token;
    } catch (error) {
      throw error instanceof ApiError && error.kind === "expired" ? new ApiError("gone", error.message) : error;
    }
    this.onRenewed(visitor);
  }

  /** @param {string} method @param {string} url @param {Visitor | null} visitor @param {Options} [options] */
  #once(method, url, visitor, options) {
    const init = { ...options, method, token: visitor?.token, signal: options?.signal ?? AbortSignal.timeout(TIMEOUT) };
    return request(options?.fetching ?? this.#fetch, new URL(url, this.#root), init);
  }
}
