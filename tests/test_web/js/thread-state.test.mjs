// A conversation in the console: what it was and the events give what a new reading would; what cannot be told is read anew.

import assert from "node:assert/strict";
import { test } from "node:test";

import { after, trimmed, withNewest, withOlder } from "../../../web/console/thread-state.js";
import { Threads } from "../../../web/console/threads.js";

const message = (seq, id = `m${seq}`) => ({ id, seq, role: "customer", text: String(seq), at: "2026-01-01T10:00:00Z", feedback: null });
const page = (from, to, more = {}) => ({
  id: "c", seq: to, status: "open", agent: null, lines: [], total: to, before: from > 1 ? from : null,
  messages: Array.from({ length: to - from + 1 }, (_, at) => message(from + at)), ...more,
});

test("an event is applied once, a gap and an unknown kind are told apart", () => {
  const state = page(1, 3);
  const said = { seq: 4, kind: "message.created", at: "", payload: message(4) };
  const next = after(state, said);
  assert.deepEqual([next.seq, next.total, next.messages.at(-1).id], [4, 4, "m4"]);
  assert.equal(after(next, said), next);
  assert.equal(after(state, { ...said, seq: 5 }), null);
  assert.equal(after(state, { seq: 4, kind: "conversation.merged", at: "", payload: {} }), null);
  const held = after(state, { seq: 4, kind: "reply.held", at: "", payload: { ...message(4), held_until: "soon" } });
  assert.deepEqual([held.messages.at(-1).held_until, held.lines.length], ["soon", state.lines.length]);
  assert.equal(after(held, { seq: 5, kind: "reply.withdrawn", at: "", payload: { id: "m4" } }).messages.length, 3);
  const taken = after(next, { seq: 5, kind: "agent.joined", at: "", payload: { name: "Mira" } });
  assert.deepEqual([taken.status, taken.agent, taken.lines.length], ["agent", "Mira", 1]);
});

test("pages meet without a gap or a double, and a long one is cut again", () => {
  const both = withOlder(page(51, 100), page(1, 50));
  assert.deepEqual(both.messages.map(({ seq }) => seq), page(1, 100).messages.map(({ seq }) => seq));
  const anew = withNewest(both, page(60, 110));
  assert.deepEqual(anew.messages.map(({ seq }) => seq), page(1, 110).messages.map(({ seq }) => seq));
  assert.equal(withNewest(both, page(200, 250)).messages.length, 51); // they do not meet
  assert.deepEqual([trimmed(both).messages.length, trimmed(both).before], [50, 51]);
});

test("a few are kept, each read once, what the feed says meanwhile included", async () => {
  const asked = [];
  const threads = new Threads({
    conversation: async (id, before) => (asked.push(`${id} ${before ?? ""}`.trim()), { ...page(1, 3), id }),
    happened: async () => ({ events: [] }),
  });
  const reading = threads.read("a");
  threads.follow([{ conversation_id: "a", conversation_seq: 4, kind: "message.created", payload: message(4) }]);
  assert.equal((await reading).messages.length, 4);
  threads.prefetch(["b", "c"]);
  await threads.read("b");
  await threads.read("a");
  assert.deepEqual(asked, ["a", "b", "c"]);
  for (let switches = 0; switches < 500; switches += 1) await threads.read(`x${switches}`);
  await threads.read("x499");
  assert.equal(asked.length, 503);
  await threads.read("a"); // long gone
  assert.equal(asked.length, 504);
  threads.doubt();
  await threads.read("a");
  assert.equal(asked.length, 505);
});
