// The reducer of the conversation as the visitor sees it: the next state is a pure function of the state before and an action.
// Every stored event is applied once (by seq), every message appears once (by id and client_id), a draft is replaced by the
// complete message.

/** @typedef {import("./types.js").ChatState} ChatState */
/** @typedef {import("./types.js").Action} Action */
/** @typedef {import("../shared/types.js").LogEvent} LogEvent */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Snapshot} Snapshot */

/** @type {ChatState} */
export const EMPTY = Object.freeze({
  seq: 0,
  status: "open",
  messages: [],
  pending: [],
  draft: null,
  typing: null,
  handover: null,
  rating: null,
  agent: null,
  contact: undefined,
  offline: false,
  signedOut: false,
  notice: null,
});

/**
 * The state after an action.
 * @param {ChatState} state
 * @param {Action} action
 * @returns {ChatState}  the same object where nothing changed
 */
export function reduce(state, action) {
  switch (action.type) {
    case "snapshot":
      return withSnapshot(action.anew ? { ...state, seq: 0 } : state, action.snapshot);
    case "event":
      return withEvent(state, action.event);
    case "queued":
      if (knows(state, action.message.client_id)) return state;
      return { ...state, pending: [...state.pending, { ...action.message, status: "sending", why: null }] };
    case "accepted":
      return withPending(state, action.client_id, "accepted", null);
    case "failed":
      return withPending(state, action.client_id, "failed", action.why);
    case "retrying":
      return withPending(state, action.client_id, "sending", null);
    case "discarded":
      return { ...state, pending: state.pending.filter((m) => m.client_id !== action.client_id) };
    case "judged":
      return withFeedback(state, action.id, action.value || null);
    case "disconnected": // deltas sent while there is no connection are lost
      return state.draft || state.typing ? { ...state, draft: null, typing: null } : state;
    case "offline":
      return state.offline === action.offline ? state : { ...state, offline: action.offline };
    case "signed out":
      return state.signedOut === action.signedOut ? state : { ...state, signedOut: action.signedOut };
    case "quiet":
      return state.typing ? { ...state, typing: null, notice: state.typing === "bot" ? { kind: "slow" } : state.notice } : state;
    case "notice":
      return state.notice === action.notice ? state : { ...state, notice: action.notice };
    case "forgotten": // this conversation is left: what was not delivered goes into the next one, or waits to be confirmed
      return { ...EMPTY, offline: state.offline, pending: action.ask ? unsent(state) : state.pending.map((m) => ({ ...m, status: "sending", why: null })) };
    case "reset":
      return { ...EMPTY, offline: state.offline };
  }
}

/** Messages that the server has not accepted, for the visitor to confirm. @param {ChatState} state @returns {import("../shared/types.js").Pending[]} */
function unsent({ pending }) {
  return pending.filter((m) => m.status !== "accepted").map((m) => ({ ...m, status: "failed", why: null }));
}

/** Whether a message is shown already. @param {ChatState} state @param {string} clientId */
function knows(state, clientId) {
  return state.pending.some((m) => m.client_id === clientId) || state.messages.some((m) => m.client_id === clientId);
}

/**
 * @param {ChatState} state
 * @param {string} clientId
 * @param {"sending" | "accepted" | "failed"} status
 * @param {string | null} why
 * @returns {ChatState}
 */
function withPending(state, clientId, status, why) {
  if (!state.pending.some((m) => m.client_id === clientId)) return state;
  const pending = state.pending.map((m) => (m.client_id === clientId ? { ...m, status, why } : m));
  return { ...state, pending, typing: status === "accepted" ? answerer(state) : state.typing };
}

/**
 * Who is expected to write next once the customer has spoken. After a hand-over the bot is silent.
 * @param {ChatState} state
 * @returns {"bot" | null}
 */
function answerer(state) {
  return state.status === "open" ? "bot" : null;
}

/** @param {ChatState} state @param {Snapshot} snapshot @returns {ChatState} */
function withSnapshot(state, snapshot) {
  if (snapshot.seq < state.seq) return state; // read before events that have already come
  const ids = new Set(snapshot.messages.map((m) => m.id));
  const stored = new Set(snapshot.messages.map((m) => m.client_id));
  const last = snapshot.messages.findLast((m) => m.role !== "system");
  return {
    ...state,
    seq: snapshot.seq,
    status: snapshot.status,
    messages: [...snapshot.messages],
    pending: state.pending.filter((m) => !stored.has(m.client_id)),
    draft: state.draft && ids.has(state.draft.id) ? null : state.draft,
    typing: snapshot.status === "open" && last?.role === "customer" ? "bot" : null,
    handover: snapshot.handover ?? null,
    rating: snapshot.rating ?? null,
    agent: snapshot.agent ?? null,
    contact: snapshot.contact,
  };
}

/** @param {ChatState} state @param {LogEvent} event @returns {ChatState} */
function withEvent(state, event) {
  if (event.seq === null) return withTransient(state, event);
  if (event.seq <= state.seq) return state;
  return { ...withStored(state, event), seq: event.seq };
}

/** @param {ChatState} state @param {LogEvent} event  stored in the log @returns {ChatState} */
function withStored(state, { kind, payload }) {
  switch (kind) {
    case "message.created":
    case "message.done":
      return withMessage(state, /** @type {Message} */ (payload));
    case "handover.requested":
      return { ...state, status: "waiting", draft: null, typing: null, handover: { ...payload } };
    case "bot.resumed": // the customer goes on with the bot, and still waits
      return { ...state, status: "open" };
    case "agent.joined":
      return { ...state, status: "agent", agent: payload.name ?? null, draft: null, typing: null };
    case "agent.left":
      return { ...state, status: state.status === "agent" ? "waiting" : state.status, agent: null, typing: null };
    case "contact.given":
      return { ...state, contact: payload.email ?? null };
    case "conversation.started":
    case "conversation.reopened": // a new episode: the bot answers, an old hand-over counts no more
      return { ...state, status: "open", handover: null, agent: null };
    case "conversation.closed":
      return { ...state, status: "closed", draft: null, typing: null };
    case "rating.given":
      return { ...state, rating: payload.score };
    case "feedback.given":
      return withFeedback(state, payload.message_id, payload.value || null);
    default: // a newer server may know more kinds; their seq still counts
      return state;
  }
}

/** @param {ChatState} state @param {Message} message @returns {ChatState} */
function withMessage(state, message) {
  const known = state.messages.some((m) => m.id === message.id);
  const messages = known ? state.messages.map((m) => (m.id === message.id ? message : m)) : [...state.messages, message];
  const status = message.role === "agent" && state.status === "waiting" ? "agent" : state.status;
  return {
    ...state,
    messages,
    status,
    pending: message.client_id ? state.pending.filter((m) => m.client_id !== message.client_id) : state.pending,
    draft: null, // finished; or broken off, as it did not know what the customer has added
    typing: message.role === "customer" ? answerer(state) : null,
    notice: state.notice?.kind === "slow" ? null : state.notice,
  };
}

/** @param {ChatState} state @param {string} id @param {1 | -1 | null} feedback @returns {ChatState} */
function withFeedback(state, id, feedback) {
  return { ...state, messages: state.messages.map((m) => (m.id === id ? { ...m, feedback } : m)) };
}

/** @param {ChatState} state @param {LogEvent} event  not stored: it may be missed, or come late @returns {ChatState} */
function withTransient(state, { kind, payload }) {
  if (state.status === "closed") return state;
  if (kind === "typing") return { ...state, typing: payload.on === false ? null : payload.role === "agent" ? "agent" : "bot" };
  if (kind !== "message.delta" || state.messages.some((m) => m.id === payload.message_id)) return state;
  const before = state.draft?.id === payload.message_id ? state.draft : null;
  const draft = {
    id: payload.message_id,
    text: (before?.text ?? "") + payload.text,
    broken: before?.broken || (payload.offset !== undefined && payload.offset !== [...(before?.text ?? "")].length),
  };
  return { ...state, draft, typing: draft.broken ? "bot" : null };
}
