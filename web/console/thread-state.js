// A conversation as a page holds it, and what an event of the feed makes of it: old state and event give what a new reading
// would. No DOM, no requests.

/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {Pick<Change, "kind" | "at" | "payload"> & { seq: number }} Happened  seq: in the conversation's own log */

export const PAGE = 50;

/** What an event changes besides being a line of its own. @type {Record<string, (state: Snapshot, payload: Record<string, any>) => Partial<Snapshot>>} */
const CHANGES = {
  "agent.joined": (_, { name }) => ({ status: "agent", agent: name }),
  "agent.left": () => ({ status: "waiting", agent: null }),
  "conversation.closed": () => ({ status: "closed", snoozed_until: null }),
  "conversation.snoozed": (_, { until }) => ({ snoozed_until: until }),
  "conversation.woken": () => ({ snoozed_until: null }),
  "tags.changed": (_, { tags }) => ({ tags }),
  "contact.given": (_, { email }) => ({ contact: email }),
  "rating.given": (_, { score, comment }) => ({ rating: score, rating_comment: comment }),
  "feedback.given": ({ messages }, { message_id, value }) => ({ messages: messages.map((each) => (each.id === message_id ? { ...each, feedback: value || null } : each)) }),
  "answer.traced": () => ({}),
  "act.refused": () => ({}),
  "note.created": (state, payload) => placed(state, payload),
  "reply.held": (state, payload) => placed(state, payload),
  "reply.withdrawn": ({ messages }, payload) => ({ messages: messages.filter(({ id }) => id !== payload.id) }),
};

/** What shows in the messages and is no line. */
const WRITTEN = new Set(["note.created", "reply.held", "reply.withdrawn"]);

/**
 * The state after an event; the same where the event is in it already, null where it cannot be told: then it is read anew.
 * @param {Snapshot} state @param {Happened} event @returns {Snapshot | null}
 */
export function after(state, event) {
  if (event.seq <= state.seq) return state;
  if (event.seq > state.seq + 1) return null;
  if (event.kind === "message.created" || event.kind === "message.done") return withMessage(state, event);
  const change = CHANGES[event.kind];
  if (!change) return null;
  const { seq, kind, at, payload } = event;
  const line = WRITTEN.has(kind) ? [] : [{ seq, kind, at, payload }];
  return { ...state, ...change(state, payload), seq, lines: [...state.lines, ...line] };
}

/** With a note, or what is held, at its end. @param {Snapshot} state @param {Record<string, any>} payload */
function placed({ messages, seq }, payload) {
  return { messages: [...messages, /** @type {Message} */ ({ ...payload, seq: seq + 1 })] };
}

/** @param {Snapshot} state @param {Happened} event @returns {Snapshot} */
function withMessage(state, { seq, payload }) {
  const message = /** @type {Message} */ ({ ...payload, seq });
  const known = state.messages.some(({ id }) => id === message.id);
  return { ...state, seq, total: state.total + (known ? 0 : 1), waiting_since: message.role === "agent" ? null : state.waiting_since, messages: [...state.messages.filter(({ id }) => id !== message.id), message] };
}

/** With the page before what is here. @param {Snapshot} state @param {Snapshot} older @returns {Snapshot} */
export function withOlder(state, older) {
  const known = new Set(state.messages.map(({ id }) => id));
  const lines = new Set(state.lines.map(({ seq }) => seq));
  return { ...state, before: older.before, messages: [...older.messages.filter(({ id }) => !known.has(id)), ...state.messages], lines: [...older.lines.filter(({ seq }) => !lines.has(seq)), ...state.lines] };
}

/** A newer reading of the newest page, with what was read of older ones. @param {Snapshot | null} state @param {Snapshot} newest */
export function withNewest(state, newest) {
  const from = newest.before;
  if (!state || from === null || !state.messages.some(({ seq }) => seq === from)) return newest; // they do not meet
  return withOlder(newest, { ...state, messages: state.messages.filter(({ seq }) => seq < from), lines: state.lines.filter(({ seq }) => seq <= from) });
}

/** The newest page alone: what was scrolled to is read again when it is wanted. @param {Snapshot} state @returns {Snapshot} */
export function trimmed(state) {
  if (state.messages.length <= PAGE) return state;
  const messages = state.messages.slice(-PAGE);
  const before = messages[0]?.seq ?? null;
  return { ...state, messages, before, lines: state.lines.filter(({ seq }) => seq > (before ?? 0)) };
}

/** A conversation without notes and what is held: as the customer knows it. @param {Snapshot} snapshot */
export function asCustomerSees(snapshot) {
  return { ...snapshot, messages: snapshot.messages.filter(({ held_until, role }) => role !== "note" && !held_until) };
}

/** What the customer does not have yet. @param {Snapshot} snapshot */
export function heldBack({ messages }) {
  return messages.filter(({ held_until }) => held_until).map(({ id }) => id).join(" ");
}

/** The customer's last message. @param {Snapshot} snapshot */
export function lastAsked({ messages }) {
  return messages.findLast(({ role }) => role === "customer")?.id;
}
