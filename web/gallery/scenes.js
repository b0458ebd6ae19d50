// The states of the widget as scenes: the conversation as a server would send it, the events that follow, and how the server
// answers what is sent. Times, names and words are always the same, so that two pictures can be compared.

const DAY = new Date().toISOString().slice(0, 10);
const at = (/** @type {string} */ time) => `${DAY}T${time}:00Z`;

/** @typedef {import("../widget/types.js").Snapshot} Snapshot */
/** @typedef {import("../shared/types.js").LogEvent} LogEvent */
/**
 * @typedef {object} Scene
 * @property {string} title
 * @property {Partial<Snapshot>} [talk]   the conversation; none where nothing was said yet
 * @property {LogEvent[]} [passing]       what a client hears after it has connected
 * @property {[number, string, number][]} [refuse]  status, code and Retry-After of every write
 * @property {boolean} [verified]         a person whom the page's server vouched for
 * @property {"away" | "silent" | "forgotten"} [network] no connection at all; sends that are never answered; a conversation that the server has lost
 * @property {boolean} [slow]             an answer that takes longer than a minute
 * @property {string[]} [say]             what the visitor says when the picture is taken
 * @property {string} [press]             and what is pressed then, as a selector inside the widget
 */

const QUESTION = { id: "m1", client_id: "q1", role: /** @type {const} */ ("customer"), text: "My Heron kettle shows E1. What now?", at: at("09:41") };
const SHOWN = "E1 means that the kettle boiled dry and switched itself off. Take it off its base, let it cool for ten minutes and fill it with at least 200 ml of cold water. The display is clear when you put it back.";
const ANSWER = {
  id: "m2", role: /** @type {const} */ ("bot"), text: SHOWN, at: at("09:41"), decision: "answer", feedback: null,
  evidence: [
    { id: "a1", kind: "article", title: "Heron: what the display says", url: "/demo/#help/heron-display" },
    { id: "a2", kind: "article", title: "Descale your kettle", text: "Every two months in hard water: fill to the line, one spoon of citric acid, boil, wait twenty minutes, rinse twice." },
  ],
};
const MORE = { id: "m3", client_id: "q2", role: /** @type {const} */ ("customer"), text: "Still E1 after an hour. Could somebody look at it?", at: at("09:58") };
const PASSED_ON = { id: "m4", role: /** @type {const} */ ("bot"), text: "That should not happen. I am passing this on to a colleague, who will answer you here.", at: at("09:58"), decision: "hand_over" };
const MAREN = { id: "m5", role: /** @type {const} */ ("agent"), author: "Maren", text: "Hello, Maren here from the workshop. Your Heron is still under warranty: I am sending you a label, and a new base goes out today.\nIt looks like this: https://kettleandotter.example/help/warranty", at: at("10:07") };
const asked = { messages: [QUESTION, ANSWER] };
const handedOver = { messages: [QUESTION, ANSWER, MORE, PASSED_ON] };
const waiting = { ...handedOver, status: /** @type {const} */ ("waiting"), handover: { reason: "not_sure", expected: "usually within 10 minutes", meanwhile: true } };
const ADDED = { ...MORE, id: "m6", client_id: "q4", text: "The serial number is Wasserkocherseriennummernschildaufkleber-2291-HERON-2024.", at: at("09:59") };
const RECEIVED = { id: "m7", role: /** @type {const} */ ("system"), text: "Thank you, this has reached us. Whoever takes over reads it together with the rest. The answer comes here, usually within 10 minutes.", at: at("09:59") };
const delta = (/** @type {string} */ text) => ({ seq: null, kind: "message.delta", payload: { message_id: "m9", text, offset: 0 } });
const typing = (/** @type {string} */ role) => ({ seq: null, kind: "typing", payload: { role, on: true } });

/** @type {Record<string, Scene>} */
export const SCENES = {
  empty: { title: "Nothing said yet" },
  sending: { title: "Sending", network: "silent", say: ["How much is delivery to Germany?"] },
  sent: { title: "Sent", talk: { status: "agent", agent: "Maren", messages: [QUESTION, ANSWER, MORE, MAREN, { ...MORE, id: "m6", client_id: "q3", text: "That is kind, thank you!", at: at("10:09") }] } },
  failed: { title: "Not sent", talk: asked, refuse: [[422, "invalid_input", 0]], say: ["Here is the picture again and again and again."] },
  typing: { title: "The assistant is thinking", talk: { messages: [QUESTION] }, passing: [typing("bot")] },
  slow: { title: "The answer takes long", talk: { messages: [QUESTION] }, slow: true },
  streaming: { title: "An answer is written", talk: { messages: [QUESTION] }, passing: [typing("bot"), delta(SHOWN.slice(0, 121))] },
  stopped: { title: "An answer was stopped", talk: { messages: [QUESTION, { ...ANSWER, text: SHOWN.slice(0, 60).trimEnd(), decision: "stopped", evidence: [] }] } },
  answered: { title: "An answer with its sources", talk: asked },
  evidence: { title: "A source is open", talk: asked, press: "summary.chip" },
  helped: { title: "It helped", talk: { messages: [QUESTION, { ...ANSWER, feedback: 1 }] } },
  "past-replies": { title: "An answer from earlier replies", talk: { messages: [QUESTION, { ...ANSWER, evidence: [], from_past_replies: true }] } },
  thanked: { title: "A set phrase, which rests on nothing", talk: { messages: [QUESTION, ANSWER, { ...MORE, text: "Thanks!" }, { ...ANSWER, id: "m4", text: "You're welcome. Write again any time.", evidence: [], at: at("09:58") }] } },
  "not-helped": { title: "It did not help", talk: { messages: [QUESTION, { ...ANSWER, feedback: -1 }] } },
  waiting: { title: "Waiting for a person", talk: { ...handedOver, status: "waiting", handover: { reason: "not_sure" }, contact: null } },
  "waiting-mail": { title: "Waiting, the address is left", talk: { ...handedOver, status: "waiting", handover: { reason: "not_sure", expected: "on Monday from 9:00" }, contact: "jo@example.com" } },
  acknowledged: { title: "Waiting, and writing on", talk: { ...waiting, messages: [ADDED, RECEIVED], contact: null } },
  "passed-on-in-danger": { title: "Waiting, in danger: no bot is offered", talk: { ...waiting, handover: { reason: "not_sure", expected: "usually within 10 minutes", meanwhile: false } } },
  meanwhile: { title: "The assistant goes on meanwhile", talk: { ...waiting, status: "open", messages: [ADDED, RECEIVED, { ...MORE, id: "m8", client_id: "q5", text: "How do I descale it?", at: at("10:01") }, { ...ANSWER, id: "m9", text: "Fill it to the line with water and one spoon of citric acid, boil it, wait twenty minutes and rinse twice.", at: at("10:01"), evidence: ANSWER.evidence.slice(1) }] } },
  joined: { title: "A person has joined", talk: { messages: [...handedOver.messages, MAREN], status: "agent", agent: "Maren" } },
  "person-typing": { title: "The person is typing", talk: { messages: [...handedOver.messages, MAREN], status: "agent", agent: "Maren" }, passing: [typing("agent")] },
  ending: { title: "End this chat?", talk: asked, press: ".foot button:last-child" },
  closed: { title: "Ended, not rated", talk: { ...asked, status: "closed" } },
  rated: { title: "Ended and rated", talk: { ...asked, status: "closed", rating: 4 } },
  "new-conversation": { title: "The earlier chat is lost", talk: asked, network: "forgotten" },
  offline: { title: "No connection", talk: asked, network: "away" },
  "rate-limited": { title: "Too much at once", talk: asked, refuse: [[429, "rate_limited", 42]], say: ["And the grinder?"] },
  "not-ready": { title: "The server is still starting", talk: asked, refuse: [[503, "not_ready", 30]], say: ["And the grinder?"] },
  "signed-out": { title: "The sign-in has ended", talk: asked, refuse: [[401, "token_expired", 0]], verified: true, say: ["And the grinder?"] },
  "sign-in": { title: "A sign-in is required", talk: asked, refuse: [[403, "verification_required", 0]], say: ["And the grinder?"] },
  mixed: { title: "Two directions of writing", talk: { messages: [{ ...QUESTION, text: "كم تكلفة التوصيل إلى ألمانيا؟" }, { ...ANSWER, text: "التوصيل إلى ألمانيا يكلّف £9.50 ويستغرق من ثلاثة إلى خمسة أيام عمل.", evidence: [] }, { ...MORE, text: "Thanks! And to Austria?" }] } },
};
