// What somebody is writing, of each kind one in a conversation: in the browser at every key, on the server after a pause,
// and so on every device they sign in on. The newest typing wins; what loads later takes nothing away. One save of a draft
// is under way at a time, so that none lands before an earlier one.

import { ApiError } from "../shared/http.js";
import { filledActs } from "./with-reply.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Kind} Kind */
/** @typedef {import("./types.js").ActsWithReply} ActsWithReply */
/** @typedef {readonly import("../shared/types.js").FileShown[]} Files */
/** @typedef {{ client_id: string, text: string, files: Files, acts?: ActsWithReply, rev: number, saved: boolean }} Kept  `rev`: the last save that is known here; `saved`: the server has it as it stands */

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
    const kept = this.#desk.store.get(name(id, kind));
    return kept && { files: [], ...kept };
  }

  /** At every key, and with every file. @param {string} id @param {Kind} kind @param {{ text?: string, files?: Files }} given  what is another now */
  typed(id, kind, given) {
    const { clock } = this.#desk;
    const before = this.get(id, kind);
    const now = { text: "", files: [], ...before, ...given };
    if (!before && isEmpty(now)) return;
    const acts = isEmpty(now) ? {} : before?.acts; // with the words goes what was to be done
    this.#change(id, kind, { ...now, acts, client_id: before?.client_id ?? clock.newId(), rev: before?.rev ?? 0, saved: false });
  }

  /** What is to be done when it is sent. @param {string} id @param {Kind} kind @param {ActsWithReply} acts */
  does(id, kind, acts) {
    const before = this.get(id, kind);
    if (before && !isEmpty(before)) this.#change(id, kind, { ...before, acts, saved: false });
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
      if (theirs?.client_id === ours?.client_id && content(theirs) === content(ours)) return;
      this.#keep(id, kind, theirs ? { client_id: theirs.client_id, text: theirs.text, files: theirs.files, acts: filledActs(theirs.acts ?? {}), rev: theirs.rev, saved: true } : null);
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
      this.#told.set(name(id, kind), content(draft));
      const saved = await api.saveDraft(id, kind, { client_id: draft.client_id, text: draft.text, files: draft.files.map((file) => file.id), rev: draft.rev + 1, acts: draft.acts ?? {} });
      const now = this.get(id, kind);
      if (now?.client_id !== draft.client_id) return; // it was sent meanwhile
      if (!saved.kept) return await this.#over(id, kind, now, saved, content(saved) === before);
      const same = content(now) === content(draft);
      const left = same ? { ...now, files: saved.files } : now; // a file may be gone
      this.#keep(id, kind, same && isEmpty(left) ? null : { ...left, rev: saved.rev, saved: same });
      if (content(left) !== content(now)) this.#onChange(id, kind);
    } catch (error) {
      const now = this.get(id, kind);
      if (!(error instanceof ApiError && error.code === "client_id_taken") || !now) return; // saved with the next key, or when it is opened
      this.#keep(id, kind, content(now) === content(draft) ? null : { ...now, client_id: clock.newId(), rev: 0, saved: false });
      this.#onChange(id, kind);
    }
  }

  /** Another device has saved something else: what is typed here is newer, and the other can be had back. @param {string} id @param {Kind} kind @param {Kept} ours @param {Omit<Kept, "saved">} theirs @param {boolean} own  it came from here, and the answer was lost */
  async #over(id, kind, ours, theirs, own) {
    const { strings, tell } = this.#desk;
    this.#keep(id, kind, { ...ours, client_id: isEmpty(theirs) ? ours.client_id : theirs.client_id, rev: theirs.rev });
    if (!isEmpty(theirs) && !own) tell(strings.otherDraft, () => {
      this.typed(id, kind, { text: theirs.text, files: theirs.files });
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

/** @param {{ text: string, files: Files }} draft */
function isEmpty({ text, files }) {
  return !text && !files.length;
}

/** What a draft says and does, to be compared. @param {{ text: string, files: Files, acts?: ActsWithReply } | null | undefined} draft */
function content(draft) {
  return draft ? [draft.text, ...draft.files.map(({ id }) => id).sort(), JSON.stringify(filledActs(draft.acts ?? {}))].join("\n") : "";
}

/** @param {string} id @param {Kind} kind */
function name(id, kind) {
  return `draft:${kind}:${id}`;
}
