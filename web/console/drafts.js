// What somebody is writing, of each kind one in a conversation: in the browser at every key, on the server after a pause,
// and so on every device they sign in on. The newest typing wins; what loads later takes nothing away. One save of a draft
// is under way at a time, so that none lands before an earlier one.

import { ApiError } from "../shared/http.js";
import { filledActs } from "./with-reply.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Kind} Kind */
/** @typedef {import("./types.js").ActsWithReply} ActsWithReply */
/** @typedef {{ client_id: string, text: string, acts?: ActsWithReply, rev: number, saved: boolean }} Kept  `rev`: the last save that is known here; `saved`: the server has it as it stands */

const PAUSE = 500; // milliseconds without a key, after which the server is told
/** @type {Kind[]} */
const KINDS = ["reply", "note"];

/** The drafts of one person. */
export class Drafts {
  #desk;
  #onChange;
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #pauses = new Map();
  /** @type {Map<string, Promise<unknown>>} what is under way for a draft, one after the other */
  #turns = new Map();
  /** @type {Map<string, string>} what was sent last to be kept, whether or not the answer came */
  #told = new Map();

  /** @param {Desk} desk @param {(id: string, kind: Kind) => void} onChange  another device has changed a draft */
  constructor(desk, onChange) {
    this.#desk = desk;
    this.#onChange = onChange;
  }

  /** @param {string} id @param {Kind} kind @returns {Kept | null} */
  get(id, kind) {
    return this.#desk.store.get(name(id, kind));
  }

  /** At every key. @param {string} id @param {Kind} kind @param {string} text */
  typed(id, kind, text) {
    const { clock } = this.#desk;
    const before = this.get(id, kind);
    if (!before && !text) return;
    const acts = (text && before?.acts) || {}; // with the words goes what was to be done
    this.#change(id, kind, { client_id: before?.client_id ?? clock.newId(), text, acts, rev: before?.rev ?? 0, saved: false });
  }

  /** What is to be done when it is sent. @param {string} id @param {Kind} kind @param {ActsWithReply} acts */
  does(id, kind, acts) {
    const before = this.get(id, kind);
    if (before?.text) this.#change(id, kind, { ...before, acts, saved: false });
  }

  /** @param {string} id @param {Kind} kind @param {Kept} draft */
  #change(id, kind, draft) {
    this.#keep(id, kind, draft);
    clearTimeout(this.#pauses.get(name(id, kind)));
    this.#pauses.set(name(id, kind), setTimeout(() => this.save(id, kind), PAUSE));
  }

  /** Saves what is not, and waits for all that is under way. @param {string} id @param {Kind} kind */
  save(id, kind) {
    clearTimeout(this.#pauses.get(name(id, kind)));
    this.#pauses.delete(name(id, kind));
    return this.#inTurn(id, kind, () => this.#save(id, kind));
  }

  /** It was sent, which ended it on the server. @param {string} id @param {Kind} kind */
  sent(id, kind) {
    clearTimeout(this.#pauses.get(name(id, kind)));
    this.#pauses.delete(name(id, kind));
    this.#keep(id, kind, null);
  }

  /** Takes what was typed on other devices; what was typed here and is not saved yet is newer. @param {string} id */
  async load(id) {
    await Promise.all(KINDS.map((kind) => this.#turns.get(name(id, kind))));
    const loading = this.#desk.api.drafts(id).catch(() => null); // offline: what is here is kept
    await Promise.all(KINDS.map((kind) => this.#inTurn(id, kind, async () => {
      const loaded = await loading;
      if (!loaded) return;
      const theirs = loaded.drafts.find((each) => each.kind === kind);
      const ours = this.get(id, kind);
      if (ours && !ours.saved) return this.#save(id, kind);
      if (theirs?.text === ours?.text && theirs?.client_id === ours?.client_id && same(theirs?.acts, ours?.acts)) return;
      this.#keep(id, kind, theirs ? { client_id: theirs.client_id, text: theirs.text, acts: filledActs(theirs.acts ?? {}), rev: theirs.rev, saved: true } : null);
      this.#onChange(id, kind);
    })));
  }

  /** @param {string} id @param {Kind} kind @param {() => Promise<unknown>} work */
  #inTurn(id, kind, work) {
    const turn = (this.#turns.get(name(id, kind)) ?? Promise.resolve()).then(work).catch(() => {});
    this.#turns.set(name(id, kind), turn);
    return turn;
  }

  /** @param {string} id @param {Kind} kind @returns {Promise<void>} */
  async #save(id, kind) {
    const { api, clock } = this.#desk;
    const draft = this.get(id, kind);
    if (!draft || draft.saved) return;
    try {
      const before = this.#told.get(name(id, kind));
      this.#told.set(name(id, kind), draft.text);
      const saved = await api.saveDraft(id, kind, draft.client_id, draft.text, draft.rev + 1, draft.acts ?? {});
      const now = this.get(id, kind);
      if (now?.client_id !== draft.client_id) return; // it was sent meanwhile
      if (!saved.kept) return await this.#over(id, kind, now, saved, saved.text === before);
      const whole = now.text === draft.text && same(now.acts, draft.acts);
      this.#keep(id, kind, whole && !now.text ? null : { ...now, rev: saved.rev, saved: whole });
    } catch (error) {
      const now = this.get(id, kind);
      if (!(error instanceof ApiError && error.code === "client_id_taken") || !now) return; // saved with the next key, or when it is opened
      this.#keep(id, kind, now.text === draft.text ? null : { ...now, client_id: clock.newId(), rev: 0, saved: false });
      this.#onChange(id, kind);
    }
  }

  /** Another device has saved something else: what is typed here is newer, and the other can be had back. @param {string} id @param {Kind} kind @param {Kept} ours @param {Omit<Kept, "saved">} theirs @param {boolean} own  it came from here, and the answer was lost */
  async #over(id, kind, ours, theirs, own) {
    const { strings, tell } = this.#desk;
    this.#keep(id, kind, { ...ours, client_id: theirs.text ? theirs.client_id : ours.client_id, rev: theirs.rev });
    if (theirs.text && !own) tell(strings.otherDraft, () => {
      this.typed(id, kind, theirs.text);
      this.does(id, kind, filledActs(theirs.acts ?? {}));
      this.#onChange(id, kind);
    });
    await this.#save(id, kind);
  }

  /** @param {string} id @param {Kind} kind @param {Kept | null} draft */
  #keep(id, kind, draft) {
    this.#desk.store.set(name(id, kind), draft);
  }
}

/** @param {string} id @param {Kind} kind */
function name(id, kind) {
  return `draft:${kind}:${id}`;
}

/** Whether two do the same. @param {ActsWithReply} [one] @param {ActsWithReply} [other] */
function same(one = {}, other = {}) {
  return JSON.stringify(filledActs(one)) === JSON.stringify(filledActs(other));
}
