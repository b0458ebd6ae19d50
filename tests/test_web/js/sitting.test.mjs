import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpError, Sitting } from "../../../web/label/sitting.js";

const CASES = ["a", "b", "c"].map((id) => ({ id, question: "?", ours: "o", theirs: "t", language: null, judgement: null }));
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

/** A server that keeps what it is sent; `fail` answers with a status instead. */
function server(judged = {}) {
  const kept = [];
  const told = [];
  const state = { fail: 0, kept, told };
  const send = async (path, options) => {
    assert.equal(options.headers.Authorization, "Bearer token");
    if (state.fail) return { ok: false, status: state.fail };
    if (path === "/v1/sitting") return { ok: true, json: async () => ({ cases: CASES.map((one) => ({ ...one, judgement: judged[one.id] ?? null })) }) };
    kept.push(JSON.parse(options.body));
    return { ok: true, json: async () => ({}) };
  };
  state.sitting = new Sitting("token", (waiting, error) => told.push([waiting, error?.status ?? null]), send);
  return state;
}

test("goes on at the first that nobody judged, and wraps round", async () => {
  const { sitting } = server({ a: "good", c: "wrong" });
  await sitting.load();
  assert.equal(sitting.current.id, "b");
  assert.deepEqual(sitting.counts, { good: 1, wrong: 1, unsure: 0, judged: 2 });
  sitting.judge("unsure");
  assert.ok(sitting.finished);
});

test("judgements reach the server in order, the last word last", async () => {
  const { sitting, kept, told } = server();
  await sitting.load();
  sitting.judge("good");
  sitting.judge("wrong");
  sitting.undo();
  assert.equal(sitting.current.id, "b");
  sitting.judge("unsure");
  await settled();
  assert.deepEqual(kept.map((one) => [one.case, one.judgement]), [["a", "good"], ["b", "wrong"], ["b", "undone"], ["b", "unsure"]]);
  assert.deepEqual(told.at(-1), [0, null]);
  assert.equal(sitting.waiting, 0);
});

test("undo at the start does nothing, and takes back what an earlier sitting said of the case at hand", async () => {
  const fresh = server();
  await fresh.sitting.load();
  fresh.sitting.undo();
  await settled();
  assert.deepEqual(fresh.kept, []);
  const again = server({ a: "good", b: "good", c: "good" });
  await again.sitting.load();
  again.sitting.move(1);
  again.sitting.undo();
  await settled();
  assert.deepEqual(again.kept, [{ case: "b", judgement: "undone" }]);
});

test("nothing is lost while the server is away; what waits is told", async () => {
  const state = server();
  await state.sitting.load();
  state.fail = 500;
  state.sitting.judge("good");
  await settled();
  assert.equal(state.sitting.waiting, 1);
  assert.deepEqual(state.told.at(-1), [1, 500]);
  state.fail = 0;
  await new Promise((resolve) => setTimeout(resolve, 2200));
  assert.deepEqual(state.kept, [{ case: "a", judgement: "good" }]);
  assert.equal(state.sitting.waiting, 0);
});

test("a token that is no longer good is not tried for ever", async () => {
  const state = server();
  await state.sitting.load();
  state.fail = 401;
  await assert.rejects(state.sitting.load(), HttpError);
  state.sitting.judge("good");
  await settled();
  assert.deepEqual(state.told.at(-1), [1, 401]);
});

test("moving stays within the cases", async () => {
  const { sitting } = server();
  await sitting.load();
  sitting.move(-1);
  assert.equal(sitting.place, 0);
  for (let step = 0; step < 9; step += 1) sitting.move(1);
  assert.equal(sitting.place, 2);
});
