// The conversations that are open or about to be: a few, kept up to date by the feed, so that a switch asks nothing and one new
// message reads no thread again.

import { after, PAGE, trimmed, withNewest, withOlder } from "./thread-state.js";

/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./types.js").Change} Change */

const KEPT = 6;

/** What was read of the server. */
export class Threads {
  #api;
  /** In the order in which they were wanted. @type {Map<string, Snapshot>} */
  #kept = new Map();
  /** On their way, with what the feed said meanwhile. @type {Map<string, { read: Promise<Snapshot>, told: Change[] }>} */
  #coming = new Map();
  /** Kept for what was scrolled to, and behind. @type {Set<string>} */
  #stale = new Set();

  /** @param {import("./api.js").ConsoleApi} api */
  constructor(api) {
    this.#api = api;
  }

  /** A conversation as it is known here, or as it is read now. @param {string} id @returns {Promise<Snapshot>} */
  async read(id) {
    const known = this.#kept.get(id);
    return known && !this.#stale.has(id) ? this.#keep(known) : this.#fetch(id);
  }

  /** As it is on the server now: only what is after the last event is read. @param {string} id @returns {Promise<Snapshot>} */
  async refresh(id) {
    const known = this.#kept.get(id);
    if (!known || this.#stale.has(id)) return this.#fetch(id);
    const { events } = await this.#api.happened(id, known.seq);
    /** @type {Snapshot | null} */
    let state = this.#kept.get(id) ?? known;
    for (const event of events) state &&= after(state, event);
    return state ? this.#keep(state) : this.#fetch(id);
  }

  /** Adds the page before what is known. @param {string} id @param {number} [limit] @returns {Promise<Snapshot>} */
  async older(id, limit = PAGE) {
    const known = await this.read(id);
    if (!known.before) return known;
    const older = await this.#api.conversation(id, known.before, limit);
    const now = this.#kept.get(id) ?? known;
    return this.#keep(now.before === known.before ? withOlder(now, older) : now);
  }

  /** Reads some ahead. @param {readonly string[]} ids */
  prefetch(ids) {
    for (const id of ids) if (!this.#kept.has(id) && !this.#coming.has(id)) this.#fetch(id).catch(() => {}); // read when it is wanted
  }

  /** Leaves a conversation: its newest page is kept. @param {string} id */
  leave(id) {
    const known = this.#kept.get(id);
    if (known) this.#kept.set(id, trimmed(known));
  }

  /** Follows the feed. @param {readonly Change[]} events */
  follow(events) {
    for (const event of events) {
      const { conversation_id: id, conversation_seq: seq } = event;
      this.#coming.get(id)?.told.push(event);
      const known = this.#kept.get(id);
      const state = known && after(known, { ...event, seq });
      if (state) this.#kept.set(id, state);
      else if (known) this.#stale.add(id);
    }
  }

  /** Trusts nothing that is kept: the feed has a gap. */
  doubt() {
    for (const id of this.#kept.keys()) this.#stale.add(id);
  }

  /** @param {string} id @returns {Promise<Snapshot>} */
  async #fetch(id) {
    const coming = this.#coming.get(id);
    if (coming) return coming.read;
    /** @type {Change[]} */
    const told = [];
    const read = this.#api.conversation(id).then((newest) => {
      /** @type {Snapshot | null} */
      let state = withNewest(this.#kept.get(id) ?? null, newest);
      for (const event of told) state &&= after(state, { ...event, seq: event.conversation_seq });
      this.#stale.delete(id);
      return this.#keep(state ?? newest);
    });
    this.#coming.set(id, { read, told });
    try {
      return await read;
    } finally {
      this.#coming.delete(id);
    }
  }

  /** @param {Snapshot} state */
  #keep(state) {
    this.#kept.delete(state.id);
    this.#kept.set(state.id, state);
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(id);
      this.#stale.delete(id);
    }
    return state;
  }
}
