import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, reduce } from "../../../web/widget/state.js";

const run = (actions, from = EMPTY) => actions.reduce(reduce, from);
const message = (id, role, text, clientId = null) => ({ id, role, text, client_id: clientId, at: "2026-01-01T10:00:00Z", evidence: [] });
const event = (seq, kind, payload = {}) => ({ type: "event", event: { seq, kind, payload } });
const delta = (id, text, offset) => event(null, "message.delta", { message_id: id, text, offset });
const queued = (clientId, text = "Hi") => ({ type: "queued", message: { client_id: clientId, text, at: "2026-01-01T10:00:00Z" } });
const texts = (state) => state.messages.map((m) => m.text);

test("a message goes from sending to accepted to stored and stands once", () => {
  let state = run([queued("a")]);
  assert.equal(state.pending[0].status, "sending");
  state = run([{ type: "accepted", client_id: "a" }], state);
  assert.deepEqual([state.pending[0].status, state.typing], ["accepted", "bot"]);
  const stored = event(2, "message.created", message("m1", "customer", "Hi", "a"));
  state = run([stored, stored, queued("a")], state);
  assert.deepEqual([state.pending.length, texts(state)], [0, ["Hi"]]);
});

test("the event may come before the answer to the request", () => {
  const state = run([queued("a"), event(2, "message.created", message("m1", "customer", "Hi", "a")), { type: "accepted", client_id: "a" }]);
  assert.deepEqual([state.pending.length, texts(state)], [0, ["Hi"]]);
});

test("failed, tried again, dropped", () => {
  let state = run([queued("a"), { type: "failed", client_id: "a", why: "network" }]);
  assert.deepEqual([state.pending[0].status, state.pending[0].why], ["failed", "network"]);
  state = run([{ type: "retrying", client_id: "a" }], state);
  assert.deepEqual([state.pending[0].status, state.pending[0].why], ["sending", null]);
  assert.equal(run([{ type: "discarded", client_id: "a" }], state).pending.length, 0);
});

test("a draft grows by its deltas and is replaced by the whole message", () => {
  let state = run([delta("m2", "You ", 0), delta("m2", "can", 4)]);
  assert.deepEqual(state.draft, { id: "m2", text: "You can", broken: false });
  state = run([event(3, "message.done", message("m2", "bot", "You cannot."))], state);
  assert.deepEqual([state.draft, texts(state), state.typing], [null, ["You cannot."], null]);
  assert.equal(run([delta("m2", " late", 7)], state), state);
});

test("a draft whose start was missed is not shown as if it were whole", () => {
  const state = run([delta("m2", "within 30 days", 12)]);
  assert.deepEqual([state.draft.broken, state.typing], [true, "bot"]);
  assert.equal(run([delta("m2", " more", 26)], state).draft.broken, true);
});

test("offsets count characters as the server does, not UTF-16 units", () => {
  assert.equal(run([delta("m2", "👋👋", 0), delta("m2", "!", 2)]).draft.broken, false);
});

test("what the customer adds breaks off the draft, and the next one takes its place", () => {
  let state = run([delta("m2", "You", 0), event(2, "message.created", message("m3", "customer", "wait", "b"))]);
  assert.deepEqual([state.draft, state.typing], [null, "bot"]);
  state = run([delta("m2", " can", 3), delta("m4", "Oh", 0)], state);
  assert.deepEqual(state.draft, { id: "m4", text: "Oh", broken: false });
});

test("whoever is silent for too long is said to be slow, until the answer comes", () => {
  const state = run([queued("a"), { type: "accepted", client_id: "a" }, { type: "quiet" }]);
  assert.deepEqual([state.typing, state.notice], [null, { kind: "slow" }]);
  assert.equal(run([event(3, "message.done", message("m2", "bot", "Here"))], state).notice, null);
});

test("a lost connection drops what was being written", () => {
  const state = run([delta("m2", "You", 0), event(null, "typing", { role: "bot" }), { type: "disconnected" }]);
  assert.deepEqual([state.draft, state.typing], [null, null]);
});

test("hand-over silences the bot until a person writes", () => {
  let state = run([event(1, "conversation.started"), delta("m2", "Perhaps", 0), event(2, "handover.requested", { reason: "not_sure" })]);
  assert.deepEqual([state.status, state.draft, state.handover.reason], ["waiting", null, "not_sure"]);
  state = run([event(3, "message.created", message("m3", "customer", "Hello?", "b"))], state);
  assert.equal(state.typing, null);
  assert.equal(run([event(4, "message.done", message("m4", "agent", "Maren here"))], state).status, "agent");
});

test("closed and rated; an event of an unknown kind still counts", () => {
  const state = run([event(1, "conversation.started"), event(2, "agent.sneezed"), event(3, "conversation.closed"), event(4, "rating.given", { score: 4 })]);
  assert.deepEqual([state.seq, state.status, state.rating], [4, "closed", 4]);
});

test("an older snapshot changes nothing, a newer one keeps what is not sent", () => {
  const state = run([event(5, "message.done", message("m1", "bot", "Hi")), queued("x"), queued("y")]);
  const old = { id: "c", seq: 4, status: "open", messages: [], rating: null };
  assert.equal(reduce(state, { type: "snapshot", snapshot: old }), state);
  assert.deepEqual(texts(reduce(state, { type: "snapshot", snapshot: old, anew: true })), []); // the server went back
  const fresh = { ...old, seq: 6, messages: [message("m1", "bot", "Hi"), message("m2", "customer", "X", "x")] };
  const next = reduce(state, { type: "snapshot", snapshot: fresh });
  assert.deepEqual([next.seq, next.pending.map((m) => m.client_id), texts(next), next.typing], [6, ["y"], ["Hi", "X"], "bot"]);
});

test("a conversation the server forgot gives what was not stored to the next one", () => {
  const state = run([event(2, "message.created", message("m1", "customer", "old", "a")), queued("b"), { type: "failed", client_id: "b", why: "network" }, { type: "forgotten" }]);
  assert.deepEqual([state.seq, state.messages, state.pending.map((m) => [m.client_id, m.status])], [0, [], [["b", "sending"]]]);
});

/** A random log and, for each of its prefixes, the snapshot that a server would give. */
function history(seed) {
  const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648);
  const snapshots = [{ id: "c", seq: 0, status: "open", messages: [], handover: null, rating: null }];
  const events = [];
  for (let seq = 1; seq <= 30; seq += 1) {
    const now = structuredClone(snapshots.at(-1));
    const open = now.status !== "closed";
    const choice = seq === 1 ? "started" : ["customer", "customer", "bot", "agent", "handover", "closed", "rated"][next() % (open ? (seq > 20 ? 7 : 5) : 7)];
    let made = event(seq, "answer.skipped");
    if (choice === "started") made = event(seq, "conversation.started", { conversation_id: "c" });
    else if (["customer", "bot", "agent"].includes(choice) && open && !(choice === "bot" && now.status !== "open") && !(choice === "agent" && now.status === "open")) {
      const said = message(`m${seq}`, choice, `text ${seq}`, choice === "customer" ? `k${seq}` : null);
      now.messages.push(said);
      if (choice === "agent") now.status = "agent";
      made = event(seq, choice === "customer" ? "message.created" : "message.done", said);
    } else if (choice === "handover" && now.status === "open") {
      now.status = "waiting";
      now.handover = { reason: "customer_asked", text: "passing on" };
      made = event(seq, "handover.requested", now.handover);
    } else if (choice === "closed" && open) {
      now.status = "closed";
      made = event(seq, "conversation.closed", { by: "customer" });
    } else if (choice === "rated") {
      now.rating = 1 + (next() % 5);
      made = event(seq, "rating.given", { score: now.rating });
    }
    now.seq = seq;
    snapshots.push(now);
    events.push(made);
  }
  return { events, snapshots };
}

test("any snapshot and the events after it, repeated as one likes, end in the last snapshot", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const { events, snapshots } = history(seed);
    const whole = reduce(EMPTY, { type: "snapshot", snapshot: snapshots.at(-1) });
    for (let at = 0; at < snapshots.length; at += 1) {
      const start = reduce(EMPTY, { type: "snapshot", snapshot: snapshots[at] });
      const again = Math.max(0, at - 3); // the server sends a few that we have already
      const end = run([...events.slice(again), ...events.slice(-4)], start);
      for (const name of ["seq", "status", "messages", "handover", "rating"]) assert.deepEqual(end[name], whole[name], `seed ${seed}, from ${at}: ${name}`);
    }
  }
});

test("a verdict is shown at once, is a fact of the log, and is taken back", () => {
  let state = run([event(2, "message.done", message("m2", "bot", "Yes.")), { type: "judged", id: "m2", value: 1 }]);
  assert.equal(state.messages[0].feedback, 1);
  state = run([event(3, "feedback.given", { message_id: "m2", value: -1 }), event(4, "feedback.given", { message_id: "none", value: 1 })], state);
  assert.deepEqual([state.messages[0].feedback, state.seq], [-1, 4]);
  assert.equal(run([{ type: "judged", id: "m2", value: 0 }], state).messages[0].feedback, null);
});

test("a person joins, leaves, and a chat that is gone on with is the bot's again", () => {
  let state = run([event(2, "handover.requested", { reason: "customer_asked" }), event(3, "contact.given", { email: "jo@example.com" }), event(4, "agent.joined", { name: "Maren" })]);
  assert.deepEqual([state.status, state.agent, state.contact], ["agent", "Maren", "jo@example.com"]);
  state = run([event(5, "agent.left")], state);
  assert.deepEqual([state.status, state.agent], ["waiting", null]);
  state = run([event(6, "conversation.closed"), event(7, "agent.left"), event(8, "conversation.reopened")], state);
  assert.deepEqual([state.status, state.handover, state.agent, state.contact], ["open", null, null, "jo@example.com"]);
});

test("what was unsent when somebody else signs in is not sent without being asked for", () => {
  assert.equal(run([queued("a"), { type: "forgotten" }]).pending[0].status, "sending");
  assert.equal(run([queued("a"), { type: "forgotten", ask: true }]).pending[0].status, "failed");
});
