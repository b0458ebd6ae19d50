// Who is writing: somebody new, or a person whom the page's own server vouches for (docs/identity.md). What was written
// before a person was known stays with the token it was written with and is never joined to them.
// On the shelf: `who` {token, verified}, with which later conversations are begun.

import { DeskError } from "./api.js";

/** @typedef {import("./types.js").Visitor} Visitor */

export class Who {
  #desk;
  #shelf;

  /** @param {import("./api.js").Desk} desk @param {import("./storage.js").Shelf} shelf */
  constructor(desk, shelf) {
    this.#desk = desk;
    this.#shelf = shelf;
  }

  /** Begin a conversation. @param {string} key  the same key makes the same one @returns {Promise<Visitor>} */
  async begin(key) {
    const known = this.#shelf.get("who");
    try {
      const { id, token } = await this.#desk.start(key, known);
      return this.#keep({ id, token, verified: known?.verified === true });
    } catch (error) {
      if (!known || !(error instanceof DeskError) || error.kind !== "gone") throw error;
      this.#shelf.set("who", null); // a token that nobody knows any more: the next try comes as somebody new
      throw new DeskError("network", error.message);
    }
  }

  /**
   * Prove who is writing.
   * @param {import("./types.js").Identity} proof @param {Visitor | null} current
   * @returns {Promise<Visitor | null>}  the conversation to go on with, the current one where it is this person's
   */
  async prove(proof, current) {
    const { token } = await this.#desk.identify(proof);
    const { conversations } = await this.#desk.conversations(token);
    const same = conversations.find((one) => one.id === current?.id) ?? conversations.find((one) => one.status !== "closed");
    const visitor = this.#keep({ id: same?.id ?? "", token, verified: true });
    return same ? visitor : null;
  }

  /** Sign out; a page that is left meanwhile has forgotten the token all the same. */
  forget() {
    const known = this.#shelf.get("who");
    this.#shelf.set("who", null);
    if (known?.verified) void this.#desk.signOut(known.token).catch(() => {});
  }

  /** @param {Visitor} visitor */
  #keep(visitor) {
    this.#shelf.set("who", { token: visitor.token, verified: visitor.verified });
    return visitor;
  }
}
