// What the console asks the server, as whoever is signed in: the cookie says who. One call is one attempt.

import { ApiError, json, request } from "../shared/http.js";

/** @typedef {import("./types.js").Me} Me */
/** @typedef {import("./types.js").WorkItem} WorkItem */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./types.js").SuggestionSet} SuggestionSet */
/** @typedef {import("./types.js").LinkGiven} LinkGiven */
/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").Draft} Draft */
/** @typedef {import("./types.js").Doubt} Doubt */

const PATIENCE = 20_000;
const SOON = 3_000; // what comes later is of no use while somebody types

/** The console's requests. */
export class ConsoleApi {
  #fetching;
  /** Whose page this is, by id: another person may have signed in in the next tab. @type {string | null} */
  person = null;

  #unreachable;

  /** @param {typeof fetch} fetching @param {string} unreachable  what people read where no answer comes */
  constructor(fetching, unreachable) {
    this.#fetching = fetching;
    this.#unreachable = unreachable;
  }

  /** @returns {Promise<Me>} */
  me = () => this.ask("GET", "/v1/me");
  /** @param {{ email: string, password: string, code?: string }} given @returns {Promise<Me>} */
  signIn = (given) => this.ask("POST", "/v1/session", given);
  signOut = () => this.ask("DELETE", "/v1/session");
  /** @param {string} token @returns {Promise<LinkGiven>} */
  link = (token) => this.ask("POST", "/v1/links/look", { token });
  /** @param {{ token: string, password?: string, name?: string, email?: string, code?: string }} given @returns {Promise<Me>} */
  accept = (given) => this.ask("POST", "/v1/links/accept", given);

  /** @returns {Promise<{ views: View[], alone: import("./types.js").Alone }>} */
  views = () => this.ask("GET", "/v1/worklist/views");
  /** @returns {Promise<{ tags: string[], people: string[], teams: { id: string, name: string, members: string[] }[] }>} */
  known = () => this.ask("GET", "/v1/worklist/known");
  /** @param {{ name: string, q: string, personal: boolean }} view @param {string} [id]  of the one to change @returns {Promise<View>} */
  saveView = (view, id) => this.ask(id ? "PUT" : "POST", `/v1/worklist/views${id ? `/${id}` : ""}`, view);
  /** @param {string} id @returns {Promise<null>} */
  deleteView = (id) => this.ask("DELETE", `/v1/worklist/views/${id}`);
  /** @param {string} q @param {string} order @param {string | null} cursor @returns {Promise<{ conversations: WorkItem[], next: string | null, changes: number }>} */
  list = (q, order, cursor) => this.ask("GET", `/v1/worklist?${new URLSearchParams({ q, order, ...(cursor ? { cursor } : {}) })}`);
  /** @param {string} q @returns {Promise<{ conversation: { id: string } | null }>} */
  next = (q) => this.ask("POST", "/v1/queue/next", { q });
  /** @param {Record<string, unknown>} act @returns {Promise<{ results: { id: string, error: { detail: string } | null }[], undo: Record<string, unknown>[] }>} */
  act = (act) => this.ask("POST", "/v1/worklist/acts", act);
  /** @param {number} after @param {number} wait @param {string} here @param {AbortSignal} signal @returns {Promise<import("./types.js").Told>} */
  changes = (after, wait, here, signal) => this.ask("GET", `/v1/changes?after=${after}&wait=${wait}&here=${here}`, undefined, AbortSignal.any([signal, AbortSignal.timeout(wait * 1000 + PATIENCE)]));

  /** The same as a stream. @param {number} after @param {AbortSignal} signal @returns {Promise<ReadableStream<Uint8Array>>} */
  stream = async (after, signal) => {
    const headers = { ...this.#meant, Accept: "text/event-stream", "Last-Event-ID": String(after) };
    const { body } = await this.#said(request(this.#fetching, new URL("/v1/changes", location.href), { method: "GET", headers, signal, credentials: "same-origin" }));
    if (!body) throw new ApiError("network", "The stream has no body.");
    return body;
  };

  /** A page of a conversation: the newest, or what is before an event. @param {string} id @param {number} [before] @param {number} [limit] @returns {Promise<Snapshot>} */
  conversation = (id, before, limit = 50) => this.ask("GET", `/v1/queue/${id}?limit=${limit}${before ? `&before=${before}` : ""}`);
  /** @param {string} id @param {number} after @returns {Promise<{ events: Omit<Change, "conversation_id" | "conversation_seq">[] }>} */
  happened = (id, after) => this.ask("GET", `/v1/queue/${id}/events?after=${after}`);
  /** @param {string} id @param {string | null} [cursor] @returns {Promise<import("./types.js").CustomerShown>} */
  customer = (id, cursor) => this.ask("GET", `/v1/queue/${id}/customer${cursor ? `?${new URLSearchParams({ cursor })}` : ""}`);
  /** @param {string} id @param {boolean} on */
  viewing = (id, on) => this.ask("POST", `/v1/queue/${id}/viewing`, { on });
  /** @param {string} messageId @returns {Promise<{ trace: import("./types.js").Trace }>} */
  trace = (messageId) => this.ask("GET", `/v1/messages/${messageId}/trace`);
  /** @param {string} id @param {{ client_id: string, text: string, visible_to: string, files?: string[], seen_seq?: number, hold?: number, acts?: import("./types.js").ActsWithReply }} said */
  reply = (id, said) => this.ask("POST", `/v1/conversations/${id}/replies`, said);
  /** @param {string} id @param {string} message */
  takeBack = (id, message) => this.ask("DELETE", `/v1/conversations/${id}/replies/${message}`);
  /** @param {string} id @returns {Promise<{ drafts: Draft[] }>} */
  drafts = (id) => this.ask("GET", `/v1/conversations/${id}/drafts`);
  /** @param {string} id @param {string} kind @param {{ client_id: string, text: string, files: string[], rev: number, acts: import("./types.js").ActsWithReply }} draft @returns {Promise<Draft & { kept: boolean }>} */
  saveDraft = (id, kind, draft) => this.ask("PUT", `/v1/conversations/${id}/drafts/${kind}`, draft);
  /** @param {string} id @param {string} text @param {AbortSignal} signal @returns {Promise<{ doubts: Doubt[], checked: boolean }>} */
  doubts = (id, text, signal) => this.ask("POST", `/v1/conversations/${id}/doubts`, { text }, signal);
  /** @param {string} id @returns {Promise<{ macros: import("./types.js").Macro[] }>} */
  macros = (id) => this.ask("GET", `/v1/conversations/${id}/macros`);
  /** @param {{ name: string, text: string, acts: import("./types.js").ActsWithReply, personal: boolean }} macro */
  saveMacro = (macro) => this.ask("POST", "/v1/macros", macro);
  /** @param {string} id @param {string} conversation */
  usedMacro = (id, conversation) => this.ask("POST", `/v1/macros/${id}/uses?conversation_id=${conversation}`);
  /** @returns {Promise<{ names: string[] }>} */
  colleagues = () => this.ask("GET", "/v1/colleagues");
  /** @param {string} id */
  lookedAtMentions = (id) => this.ask("DELETE", `/v1/conversations/${id}/mentions`);
  /** @param {string} id @param {string} query @param {File} body @param {import("../shared/files.js").How} how @returns {Promise<import("../shared/types.js").FileShown>} */
  upload = async (id, query, body, { fetching, signal }) => json(await request(fetching, new URL(`/v1/queue/${id}/files${query}`, location.href), { method: "POST", body, signal, headers: this.#meant }));
  /** @param {string} path  a slash and the file's id @returns {Promise<{ url: string, small: string | null }>} */
  fileAddress = (path) => this.ask("GET", `/v1/files${path}`);
  /** @param {string} id @param {boolean} on */
  typing = (id, on) => this.ask("POST", `/v1/conversations/${id}/typing`, { on });
  /** @param {import("./attention.js").Focus[]} [focus] */
  presence = (focus = []) => this.ask("POST", "/v1/presence", { focus });
  /** @param {string} conversation_id @param {AbortSignal} signal @returns {Promise<SuggestionSet>} */
  suggestions = (conversation_id, signal) => this.ask("POST", "/v1/suggestions", { conversation_id }, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]));
  /** @param {string} set_id @param {Record<string, unknown>[]} events */
  suggestionFeedback = (set_id, events) => this.ask("POST", `/v1/suggestions/${set_id}/feedback`, { events });
  /** @param {{ role: string, text: string }[]} messages @param {string} draft @returns {Promise<{ completion: string }>} */
  completion = (messages, draft) => this.ask("POST", "/v1/completions", { messages, draft }, AbortSignal.timeout(SOON));

  /** @returns {Record<string, string>} */
  get #meant() {
    return this.person ? { "X-Person": this.person } : {};
  }

  /** Asks for anything; null where the answer is empty. @param {string} method @param {string} path @param {object} [body] @param {AbortSignal} [signal] @returns {Promise<any>} */
  ask = async (method, path, body, signal = AbortSignal.timeout(PATIENCE)) => {
    const asked = request(this.#fetching, new URL(path, location.href), { method, body, signal, headers: this.#meant, credentials: "same-origin" });
    return this.#said(asked.then((response) => (response.status === 204 ? null : json(response))));
  };

  /** Parts of the page that are fetched when they are wanted. @template {readonly unknown[]} T @param {T} parts @returns {Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>} */
  fetched = (parts) => Promise.all(parts).catch(() => {
    throw new ApiError("network", this.#unreachable);
  });

  /** Where nobody answered, or only somebody in between, the browser's words help nobody. @template T @param {Promise<T>} answer @returns {Promise<T>} */
  async #said(answer) {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ApiError && error.code === null && ["network", "server", "not_ready"].includes(error.kind)) throw new ApiError(error.kind, this.#unreachable, error.seconds);
      throw error;
    }
  }
}
