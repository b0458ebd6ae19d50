// The desk's HTTP interface, as far as a visitor needs it. One call is one attempt: when to try again is the
// session's business. Every failure is an ApiError with a kind that the session can act on.

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./types.js").Visitor} Visitor */
/** @typedef {"network" | "gone" | "expired" | "unverified" | "closed" | "rate_limited" | "not_ready" | "server" | "refused"} ErrorKind */

const PATIENCE = 20_000; // milliseconds until an answer is no longer waited for

export class ApiError extends Error {
  /**
   * @param {ErrorKind} kind
   * @param {string} message          a sentence for people where the server sent one
   * @param {number | null} [seconds] what Retry-After asked for
   */
  constructor(kind, message, seconds = null) {
    super(message);
    this.kind = kind;
    this.seconds = seconds;
  }
}

export class ApiClient {
  #root;
  #fetch;
  #inbox;
  #ended = "";
  /** Called when a visitor got another token in place of one that ended. @type {(visitor: Visitor) => void} */
  renewed = () => {};
  /** Called when the token of a person has ended: only the page can have another one signed. */
  unproven = () => {};

  /**
   * @param {URL} root  the server's address; "/v1/..." is resolved against it
   * @param {typeof fetch} fetching
   * @param {string | null} [inbox]  null for the desk's default
   */
  constructor(root, fetching, inbox = null) {
    this.#inbox = inbox;
    this.#root = root;
    this.#fetch = fetching;
  }

  /**
   * @param {string} key  the same key makes the same conversation, however often it is asked
   * @param {Visitor | null} [who]  who was here before
   * @returns {Promise<{ id: string, token: string }>}
   */
  start(key, who = null) {
    return this.#json("POST", "", who, this.#named({}), { "Idempotency-Key": key });
  }

  /** @param {import("./types.js").IdentityProof} proof @returns {Promise<{ token: string }>} */
  identify({ token, user_id, user_hash }) {
    return this.#json("POST", "v1/visitor", null, this.#named(token ? { token } : { user_id, user_hash }));
  }

  /** A person's conversations, newest first. @param {string} token @returns {Promise<{ conversations: { id: string, status: string }[] }>} */
  conversations(token) {
    return this.#json("GET", "", { id: "", token, verified: true });
  }

  /** @param {string} token @returns {Promise<unknown>} */
  signOut(token) {
    return this.#json("DELETE", "v1/visitor/token", { id: "", token, verified: true });
  }

  /** @param {object} body */
  #named(body) {
    return this.#inbox ? { ...body, inbox: this.#inbox } : body;
  }

  /** @param {Visitor} visitor @returns {Promise<Snapshot>} */
  snapshot(visitor) {
    return this.#json("GET", `/${visitor.id}`, visitor);
  }

  /** @param {Visitor} visitor @param {string} clientId @param {string} text @returns {Promise<Message>} */
  send(visitor, clientId, text) {
    return this.#json("POST", `/${visitor.id}/messages`, visitor, { client_id: clientId, text });
  }

  /** @param {Visitor} visitor @param {import("./types.js").Verb} verb @param {object} body @returns {Promise<unknown>} */
  act(visitor, verb, body) {
    return this.#json("POST", `/${visitor.id}/${verb}`, visitor, body);
  }

  /** Whether an answer helped: 1, -1, or 0 to take it back. @param {Visitor} visitor @param {string} messageId @param {1 | -1 | 0} value */
  judge(visitor, messageId, value) {
    return this.#json("POST", `/${visitor.id}/messages/${messageId}/feedback`, visitor, { value });
  }

  /**
   * What was stored after `after`, waiting so many seconds for it: the last rung, where no stream gets through.
   * @param {Visitor} visitor @param {number} after @param {number} seconds @param {AbortSignal} signal
   * @returns {Promise<import("./types.js").LogEvent[]>}
   */
  async poll(visitor, after, seconds, signal) {
    const response = await this.#call("GET", `/${visitor.id}/events?after=${after}&wait=${seconds}`, visitor, undefined, {}, signal);
    const { events } = await response.json().catch(broken);
    return Array.isArray(events) ? events : [];
  }

  /**
   * @param {Visitor} visitor
   * @param {number} after  the seq of the last event already seen
   * @param {AbortSignal} signal
   */
  async events(visitor, after, signal) {
    const headers = { Accept: "text/event-stream", "Last-Event-ID": String(after) };
    const response = await this.#call("GET", `/${visitor.id}/events`, visitor, undefined, headers, signal);
    if (!response.body) throw new ApiError("network", "The stream has no body.");
    return response.body;
  }

  /**
   * @param {string} method @param {string} path @param {Visitor | null} visitor
   * @param {object} [body] @param {Record<string, string>} [headers] @returns {Promise<any>}
   */
  async #json(method, path, visitor, body, headers = {}) {
    const response = await this.#call(method, path, visitor, body, headers, AbortSignal.timeout(PATIENCE));
    if (response.status === 204) return null;
    return response.json().catch(broken);
  }

  /**
   * @param {string} method @param {string} path @param {Visitor | null} visitor
   * @param {object | undefined} body @param {Record<string, string>} headers @param {AbortSignal} signal
   */
  async #call(method, path, visitor, body, headers, signal) {
    const url = path.startsWith("v1/") ? path : `v1/conversations${path}`;
    try {
      return await this.#once(method, url, visitor, body, headers, signal);
    } catch (error) {
      if (!visitor || !(error instanceof ApiError) || error.kind !== "expired") throw error;
      if (visitor.verified) {
        if (this.#ended !== visitor.token) this.unproven();
        this.#ended = visitor.token;
        throw error;
      }
      await this.#renew(visitor, signal);
      return await this.#once(method, url, visitor, body, headers, signal);
    }
  }

  /** The token has ended, after a day: take another for the same visitor. @param {Visitor} visitor @param {AbortSignal} signal */
  async #renew(visitor, signal) {
    try {
      const response = await this.#once("POST", "v1/visitor/token", visitor, undefined, {}, signal);
      visitor.token = (await response.json()).token;
    } catch (error) {
      if (error instanceof ApiError) throw error.kind === "expired" ? new ApiError("gone", error.message) : error;
      throw new ApiError("network", String(error));
    }
    this.renewed(visitor);
  }

  /**
   * @param {string} method @param {string} url @param {Visitor | null} visitor
   * @param {object | undefined} body @param {Record<string, string>} headers @param {AbortSignal} signal
   */
  async #once(method, url, visitor, body, headers, signal) {
    const fetching = this.#fetch;
    /** @type {Record<string, string>} */
    const sent = { Accept: "application/json", ...headers };
    if (visitor) sent.Authorization = `Bearer ${visitor.token}`;
    if (body) sent["Content-Type"] = "application/json";
    /** @type {RequestInit} */
    const request = { method, headers: sent, signal, cache: "no-store", credentials: "omit" };
    if (body) request.body = JSON.stringify(body);
    let response;
    try {
      response = await fetching(new URL(url, this.#root), request);
    } catch (cause) {
      throw new ApiError("network", String(cause));
    }
    if (!response.ok) throw await problem(response);
    return response;
  }
}

/** An answer that was cut off in the middle. @param {unknown} cause @returns {never} */
function broken(cause) {
  throw new ApiError("network", String(cause));
}

/** @param {Response} response @returns {Promise<ApiError>} */
async function problem(response) {
  /** @type {{ code?: string, detail?: string, title?: string }} */
  const told = await response.json().catch(() => ({}));
  const seconds = Number.parseFloat(response.headers.get("Retry-After") ?? "");
  const sentence = typeof told.detail === "string" ? told.detail : (told.title ?? `HTTP ${response.status}`);
  return new ApiError(kindOf(response.status, told.code), sentence, Number.isFinite(seconds) ? seconds : null);
}

/** @param {number} status @param {string | undefined} code @returns {ErrorKind} */
function kindOf(status, code) {
  if (code === "conversation_closed") return "closed";
  if (code === "token_expired") return "expired";
  if (code === "verification_required") return "unverified";
  if (code === "origin_not_allowed") return "refused";
  if (status === 401 || status === 403 || status === 404 || status === 410) return "gone";
  if (status === 429) return "rate_limited";
  if (status === 503) return "not_ready";
  return status >= 500 ? "server" : "refused";
}
