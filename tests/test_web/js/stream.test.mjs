import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../web/shared/http.js";
import { Stream } from "../../../web/shared/stream.js";

const turn = () => new Promise((next) => setTimeout(next, 2));
const line = (seq) => new TextEncoder().encode(`id: ${seq}\nevent: message.done\ndata: {"seq":${seq},"kind":"message.done","payload":{}}\n\n`);

/** A stream whose connections the test feeds and ends, under a clock that the test holds. */
function subscribed(options = {}) {
  const seen = { seqs: [], connects: 0, polls: [], lost: 0, refused: 0, now: 0, pipes: [] };
  const stream = new Stream({
    connect: async (signal) => {
      seen.connects += 1;
      const pipe = new TransformStream();
      const writer = pipe.writable.getWriter();
      writer.closed.catch(() => {});
      signal.addEventListener("abort", () => void writer.abort(new Error("given up")).catch(() => {}));
      seen.pipes.push(writer);
      return pipe.readable;
    },
    poll: async (seconds) => {
      seen.polls.push(seconds);
      await turn();
      return seen.polls.length === 1 ? [{ seq: 9, kind: "message.done", payload: {} }] : [];
    },
    onEvent: (event) => seen.seqs.push(event.seq),
    onOpen: () => {},
    onLost: () => (seen.lost += 1),
    onRefused: () => (seen.refused += 1),
    clock: { now: () => new Date(seen.now), random: () => 0, newId: () => "x", sleep: turn },
    ...options,
  });
  return { stream, seen };
}

test("a connection that ends is taken up again", async () => {
  const { stream, seen } = subscribed();
  await turn();
  await seen.pipes[0].write(line(1));
  await seen.pipes[0].close();
  for (let at = 0; at < 10 && seen.connects < 2; at += 1) await turn();
  await seen.pipes[1].write(line(2));
  await turn();
  assert.deepEqual([seen.seqs, seen.lost, seen.polls], [[1, 2], 1, []]);
  stream.stop();
});

test("where streams end and nothing was heard of them, it asks, and tries a stream again later", async () => {
  const { stream, seen } = subscribed();
  for (let at = 0; at < 200 && seen.connects < 3; at += 1) {
    for (const pipe of seen.pipes) void pipe.close().catch(() => {});
    await turn();
  }
  assert.ok(seen.connects >= 3, "the stream is tried again");
  assert.equal(seen.polls.length % 12, 0);
  assert.deepEqual([seen.polls[0], seen.polls[1], seen.seqs[0]], [0, 25, 9]);
  stream.stop();
});

test("after a sleep a connection that was silent for long is not trusted", async () => {
  const { stream, seen } = subscribed();
  await turn();
  await seen.pipes[0].write(line(1));
  await turn();
  stream.wake();
  await turn();
  assert.equal(seen.connects, 1, "it has just spoken");
  seen.now = 25_000;
  stream.wake();
  for (let at = 0; at < 10 && seen.connects < 2; at += 1) await turn();
  assert.equal(seen.connects, 2);
  stream.stop();
});

test("a conversation that is gone is not asked for again", async () => {
  let asked = 0;
  const { seen } = subscribed({ connect: async () => ((asked += 1), Promise.reject(new ApiError("gone", ""))) });
  for (let at = 0; at < 5; at += 1) await turn();
  assert.deepEqual([asked, seen.refused], [1, 1]);
});

test("a log that ends before what was seen is read anew, and followed from there", async () => {
  let [ahead, connects] = [0, 0];
  const { stream, seen } = subscribed({
    connect: async () => {
      connects += 1;
      if (!ahead) throw new ApiError("ahead", "The log ends before this event.");
      return new TransformStream().readable;
    },
    onAhead: async () => void (ahead += 1),
  });
  for (let at = 0; at < 20 && connects < 2; at += 1) await turn();
  assert.deepEqual([ahead, connects, seen.refused], [1, 2, 0]);
  stream.stop();
});
