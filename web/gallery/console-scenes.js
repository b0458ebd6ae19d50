// The states of the console, and what its server says in each: data, and answers by path.

/**
 * @typedef {object} Scene
 * @property {string} title
 * @property {string} ready  is there when the state is
 * @property {string} [at]   behind the # of the address
 * @property {[string, string?][]} [does]  clicked one after the other, or typed into
 * @property {string} [drops]  the name of a file that is dropped on the composer, and is on its way ever after
 * @property {Record<string, unknown>} [says]  by method and path, instead of `USUAL`; an Error fails
 */

const ME = { id: "p1", name: "Mira", email: "mira@shop.example", role: "admin", permissions: ["own", "answer", "suggest", "lead", "numbers", "knowledge", "erase", "people", "keys", "audit"], second_factor: false };
const at = (/** @type {number} */ minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
const message = (/** @type {number} */ seq, /** @type {string} */ role, /** @type {string} */ text, /** @type {object} */ more = {}) => ({ id: `m${seq}`, seq, client_id: null, role, author: role === "agent" ? "Jon" : null, text, files: [], at: at(60 - seq), decision: role === "bot" ? "answer" : null, evidence: [], mentions: [], held_until: null, feedback: null, ...more });
const LAST = message(9, "customer", "It leaks at the handle since yesterday. Order KO-58213, I can send a photo.");
const item = (/** @type {string} */ id, /** @type {string} */ status, /** @type {object} */ more) => ({ id, seq: 9, status, agent: null, team: null, customer: null, tags: [], topic: null, waiting_since: null, snoozed_until: null, updated_at: at(5), last: LAST, ...more });
const LIST = [
  item("c_1", "waiting", { customer: "Ada Lindqvist", waiting_since: at(42), tags: ["warranty", "kettle"], team: "Repairs" }),
  item("c_2", "agent", { agent: "Jon", tags: ["return"], last: message(4, "agent", "I have sent you the label.", { author: "Jon" }) }),
  item("c_3", "open", { customer: "مريم الحسن", last: message(3, "customer", "أين طلبي؟ رقم الطلب KO-58214") }),
  item("c_4", "closed", { customer: "A customer with a rather long name that does not fit into one line", last: message(6, "customer", "Perfect, thank you!") }),
];
const TALK = {
  ...item("c_1", "agent", {}), agent: "Mira", seq: 12, customer: "Ada Lindqvist", contact: "ada@example.com", handover: { reason: "not_sure", text: null, meanwhile: true }, rating: null, rating_comment: null, before: null, total: 6, language: "en", waiting_since: at(42), tags: ["warranty", "kettle"],
  messages: [message(2, "customer", "My Heron kettle leaks. Is that under warranty?"), message(3, "bot", "Every kettle has two years of warranty from the day of delivery.", { evidence: [{ id: "a#1", title: "Warranty", url: null }], feedback: 1 }), LAST, message(10, "note", "@Jon we had three of these this week.", { author: "Mira", mentions: ["Jon"] })],
  lines: [{ seq: 4, kind: "handover.requested", at: at(50), payload: { reason: "not_sure" } }, { seq: 8, kind: "agent.joined", at: at(45), payload: { name: "Mira" } }, { seq: 11, kind: "tags.changed", at: at(40), payload: { by: "Mira", tags: ["warranty", "kettle"] } }],
  brief: { seq: 4, asked: [{ message_id: "m2", seq: 2, text: "My Heron kettle leaks. Is that under warranty?", decision: null, at: at(58) }], tried: [{ message_id: "m3", seq: 3, text: "Every kettle has two years of warranty.", decision: "answer", at: at(57) }], details: [{ kind: "order", value: "KO-58213", message_id: "m9", seq: 9 }], reason: "not_sure", detail: "No past answer says what to do about the handle.", message_id: "m3", language: "en" },
};
const HELD = { ...TALK, messages: [...TALK.messages, message(12, "agent", "Please send us a photo of the handle.", { author: "Mira", held_until: at(-1), acts: { add: ["photo"], done: true } })] };
const file = (/** @type {string} */ name, /** @type {string} */ kind) => ({ id: `f_${name}`, name, kind, size: 48_000, width: 240, height: 200 });
const SENT = { ...TALK, messages: [...TALK.messages, message(11, "note", "", { author: "Jon", files: [file("seal.png", "png"), file("supplier-invoice.pdf", "pdf")] }), message(12, "agent", "Here is the label for sending it back.", { author: "Mira", held_until: at(-1), files: [file("label.pdf", "pdf")] })] };
const SHOWN = "/demo/art/heron.svg";
const DRAFT = { kind: "reply", client_id: "r1", text: "I have sent you a new kettle; please keep the old one until it is there.", rev: 1, acts: { add: ["replacement"], remove: ["warranty"], team: "Repairs", snooze: "1 week" } };
const source = (/** @type {string} */ title, /** @type {string} */ text) => ({ id: title, kind: "article", text, title, url: null });
const IDEAS = { set_id: "g1", blind: false, suggestions: [
  { id: "g1.1", text: "I am sorry about that. A leak at the handle is covered by the warranty: please send us a photo, and we send you a new kettle.", confidence: 0.82, mode: "verbatim", evidence: [source("Warranty", "Leaks of the body and the handle are covered for two years.")], warnings: [] },
  { id: "g1.2", text: "Has it been descaled lately? The seal of a Heron can lift when it is not; it takes 30 minutes.", confidence: 0.41, mode: "refined", evidence: [source("Descaling", "Descale it once in two months.")], warnings: ["30 minutes is not in the evidence"] },
] };
const told = (/** @type {number} */ n, /** @type {number} */ value) => ({ n, value, p90: value * 3, low: value * 0.9, high: Math.min(1, value * 1.1) });
const figure = (/** @type {string} */ id, /** @type {string} */ kind, /** @type {number} */ value) => ({ id, kind, now: told(120, value), before: told(95, value * 1.2), groups: [], weeks: [1, 2, 3, 4].map((week) => ({ week: `2026-0${week}-05`, ...told(30, value * (0.8 + week / 10)) })) });
const NUMBERS = { from: "2026-01-05", to: "2026-02-01", before: { from: "2025-12-08", to: "2026-01-04" }, zone: "Europe/Vienna", agent: null, figures: [figure("first_person", "time", 340), figure("resolution", "time", 9000), figure("automation", "share", 0.34), figure("used", "share", 0.61), figure("csat", "share", 0.93)] };
const ALONE = { on: true, by: null, at: null, why: "" };
const view = (/** @type {string} */ id, /** @type {number | null} */ count) => ({ id, name: id, q: `view:${id}`, order: "newest", saved_by: null, count });
const VIEWS = { views: [view("queue", 1), view("mine", 1), view("mentioned", 0), view("team", 1), view("all", 4), view("snoozed", 0), view("done", 1), view("bot", 1), { ...view("s1", 2), name: "Warranty, this week", saved_by: "Mira" }], alone: ALONE };

/** @type {Record<string, unknown>} */
const USUAL = {
  "GET /v1/me": ME,
  "GET /v1/worklist/views": VIEWS,
  "GET /v1/worklist": { conversations: LIST, next: null, changes: 5 },
  "GET /v1/worklist/known": { tags: ["warranty", "return"], people: ["Jon", "Mira"], teams: [{ id: "t1", name: "Repairs", members: ["Mira"] }] },
  "GET /v1/queue/c_1": TALK,
  "GET /v1/queue/c_1/customer": { name: "Ada Lindqvist", email: "ada@example.com", verified: true, subject: "ada-17", inbox: "default", contact: "ada@example.com", since: at(90_000), earlier: [{ id: "c_9", created_at: at(80_000), status: "closed", agent: "Jon", topic: "delivery", decided: "answer", rating: 5, first: "Where is my parcel?" }], next: null },
  "GET /v1/conversations/c_1/drafts": { drafts: [] },
  "GET /v1/colleagues": { names: ["Jon", "Priya"] },
  "POST /v1/suggestions": IDEAS,
  "POST /v1/conversations/c_1/doubts": { doubts: [], checked: true },
  "POST /v1/completions": { completion: "" },
  "GET /v1/numbers": NUMBERS,
  "GET /v1/people": { people: [{ id: "p1", name: "Mira", email: "mira@shop.example", role: "admin", state: "active" }, { id: "p2", name: "Jon", email: "jon@shop.example", role: "agent", state: "invited" }] },
  "GET /v1/keys": { keys: [] },
  "GET /v1/me/devices": { devices: [{ id: "d1", device: "Firefox on Linux", seen_at: at(1), here: true }, { id: "d2", device: "Safari on a phone", seen_at: at(400), here: false }] },
  "GET /v1/articles": { articles: [], next: null },
};
const AWAY = new TypeError("away");
const OPEN = { at: "c_1", ready: ".suggestion" };
const EMPTY = { conversations: [], next: null, changes: 5 };

/** @type {Record<string, Scene>} */
export const SCENES = {
  "sign-in": { title: "Sign in", ready: "form.account", says: { "GET /v1/me": { status: 401, code: "unauthorised", detail: "Sign in." } } },
  empty: { title: "Nobody waits", ready: ".rows .empty:not([hidden])", says: { "GET /v1/worklist": EMPTY } },
  list: { title: "The list", ready: ".rows li" },
  thread: { title: "A thread with suggestions", ...OPEN },
  note: { title: "A note is written", at: "c_1", does: [[".open .log .row"], ['.modes [value="note"]'], [".composer textarea", "Ask @Jon about the seal."]], ready: '.composer[data-kind="note"]' },
  acting: { title: "A macro's acts, before it is sent", ...OPEN, says: { "GET /v1/conversations/c_1/drafts": { drafts: [DRAFT] } }, ready: ".with-reply button" },
  held: { title: "A reply is held", ...OPEN, says: { "GET /v1/queue/c_1": HELD }, ready: ".held-line button" },
  files: { title: "Files with a note, a held reply and a draft", at: "c_1", ready: ".tray progress", drops: "a-photo-of-the-handle.jpg", does: [[".open .log .row"]], says: { "GET /v1/queue/c_1": SENT, "GET /v1/files/f_seal.png": { url: SHOWN, small: SHOWN }, "GET /v1/conversations/c_1/drafts": { drafts: [{ kind: "reply", client_id: "d1", text: "The same as a drawing.", files: [file("drawing.pdf", "pdf")], rev: 1 }] } } },
  doubtful: { title: "A fact is doubted", at: "c_1", does: [[".open .log .row"], [".composer textarea", "You have 40 days."]], ready: ".marks mark", says: { "POST /v1/conversations/c_1/doubts": { doubts: [{ start: 9, end: 16, kind: "quantity", stated: ["14 days"] }], checked: true } } },
  unhelped: { title: "No suggestion comes", at: "c_1", ready: ".suggestions details p", says: { "POST /v1/suggestions": AWAY } },
  stopped: { title: "Answering alone is switched off", ready: ".stopped:not([hidden])", says: { "GET /v1/worklist/views": { ...VIEWS, alone: { on: false, by: "Lea", at: at(30), why: "Prices changed overnight." } } } },
  away: { title: "No connection", ready: ".offline:not([hidden])", says: { "GET /v1/worklist": AWAY, "GET /v1/worklist/views": AWAY } },
  keys: { title: "The keys", does: [[".rows li"], [".me > button:nth-last-child(2)"]], ready: "dialog[open]" },
  numbers: { title: "The numbers", at: "numbers", ready: "dialog.numbers .figure" },
  settings: { title: "The settings", at: "settings", ready: "dialog[open] table" },
  account: { title: "One's own account", does: [[".rows li"], [".me > button:first-child"]], ready: "dialog[open] .devices li" },
};

/** What the server says. @param {Scene} scene @param {string} asked  method and path @param {AbortSignal} [signal] @returns {Promise<Response>} */
export async function answers(scene, asked, signal) {
  if (asked === "GET /v1/changes") return new Promise((_, fail) => signal?.addEventListener("abort", () => fail(AWAY)));
  const said = { ...USUAL, ...scene.says }[asked];
  if (said instanceof Error) throw said;
  if (said === undefined) return new Response(null, { status: 204 });
  const { status = 200 } = typeof /** @type {any} */ (said).status === "number" ? /** @type {any} */ (said) : {};
  return Response.json(said, { status });
}
