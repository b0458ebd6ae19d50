// Who is writing: an anonymous visitor, or a person whom the page's own server vouches for (docs/identity.md). What was
// written before a person signed in stays with the anonymous visitor's token and is never joined to that person.
// Key in the store: `who` {token, verified}, with which later conversations are begun.

import { ApiError } from "../shared/http.js";

/** @typedef {import("./types.js").Visitor} Visitor */

/** The visitor's token, and how it is had, proven and given back. */
export class Identity {
  #api;
  #store;

  /** @param {import("./api.js").ApiClient} api @param {import("../shared/local-store.js").LocalStore} store */
  constructor(api, store) {
    this.#api = api;
    this.#store = store;
  }

  /** Begins a conversation. @param {string} key  the same key begins the same one @returns {Promise<Visitor>} */
  async begin(key) {
    const known = this.#store.get("who");
    try {
      const { id, token } = await this.#api.start(key, known);
      return this.#keep({ id, token, verified: known?.verified === true });
    } catch (error) {
      if (!known || !(error instanceof ApiError) || error.kind !== "gone") throw error;
      this.#store.set("who", null); // the server does not know the token: the next attempt is a new visitor's
      throw new ApiError("network", error.message);
    }
  }

  /**
   * Proves who is writing.
   * @param {import("./types.js").IdentityProof} proof @param {Visitor | null} current
   * @returns {Promise<Visitor | null>}  the conversation to continue: the current one where it is this person's
   */
  async prove(proof, current) {
    const { token } = await this.#api.identify(proof);
    const { conversations } = await this.#api.conversations(token);
    const same = conversations.find((one) => one.id === current?.id) ?? conversations.find((one) => one.status !== "closed");
    const visitor = this.#keep({ id: same?.id ?? "", token, verified: true });
    return same ? visitor : null;
  }

  /** Signs out. This browser forgets the token even where the server does not hear of it. */
  forget() {
    const known = this.#store.get("who");
    this.#store.set("who", null);
    if (known?.verified) void this.#api.signOut(known.token).catch(() => {});
  }

  /** @param {Visitor} visitor */
  #keep(visitor) {
    this.#store.set("who", { token: visitor.token, verified: visitor.verified });
    return visitor;
  }
}
