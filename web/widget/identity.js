// Who is writing: somebody new, or a person whom the page's own server vouches for (docs/identity.md). What was written
// before a person was known stays with the token it was written with and is never joined to them.
// Keys in the store: `who` {token, verified}, with which later conversations are begun.

import { ApiError } from "./api.js";

/** @typedef {import("./types.js").Visitor} Visitor */

export class Identity {
  #api;
  #store;

  /** @param {import("./api.js").ApiClient} api @param {import("./storage.js").LocalStore} store */
  constructor(api, store) {
    this.#api = api;
    this.#store = store;
  }

  /** Begin a conversation. @param {string} key  the same key makes the same one @returns {Promise<Visitor>} */
  async begin(key) {
    const known = this.#store.get("who");
    try {
      const { id, token } = await this.#api.start(key, known);
      return this.#keep({ id, token, verified: known?.verified === true });
    } catch (error) {
      if (!known || !(error instanceof ApiError) || error.kind !== "gone") throw error;
      this.#store.set("who", null); // a token that nobody knows any more: the next try comes as somebody new
      throw new ApiError("network", error.message);
    }
  }

  /**
   * Prove who is writing.
   * @param {import("./types.js").IdentityProof} proof @param {Visitor | null} current
   * @returns {Promise<Visitor | null>}  the conversation to go on with, the current one where it is this person's
   */
  async prove(proof, current) {
    const { token } = await this.#api.identify(proof);
    const { conversations } = await this.#api.conversations(token);
    const same = conversations.find((one) => one.id === current?.id) ?? conversations.find((one) => one.status !== "closed");
    const visitor = this.#keep({ id: same?.id ?? "", token, verified: true });
    return same ? visitor : null;
  }

  /** Sign out; a page that is left meanwhile has forgotten the token all the same. */
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
