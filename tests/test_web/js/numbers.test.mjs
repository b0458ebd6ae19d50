import assert from "node:assert/strict";
import { test } from "node:test";
import { Attention } from "../../../web/console/attention.js";
import { rests, spread, valueOf, worded } from "../../../web/console/numbers/told.js";
import chinese from "../../../web/console/strings-pages-zh.js";
import { english } from "../../../web/console/strings-pages.js";

const none = { n: 0, value: null, p90: null, low: null, high: null };

test("times and shares are told in sizes that people think in", () => {
  assert.deepEqual([0, 0.3, 1, 59, 150, 5400, 7200, 200_000].map((value) => worded(value, "time", "en")), ["< 1 sec", "< 1 sec", "1 sec", "59 sec", "2.5 min", "1.5 hr", "2 hr", "2.3 days"]);
  assert.deepEqual([0, 0.034, 0.345, 1].map((value) => worded(value, "share", "en")), ["0%", "3.4%", "35%", "100%"]);
});

test("what rests on few says so, and what rests on nothing has no value", () => {
  assert.equal(valueOf(none, "time", "en"), "\u2013");
  assert.equal(spread(none, "share", "en", english), "");
  assert.equal(rests(none, english), "Nothing to count yet.");
  assert.equal(rests({ ...none, n: 3 }, english), "n = 3: too few to rely on");
  assert.equal(rests({ ...none, n: 10 }, english), "n = 10");
  assert.equal(spread({ ...none, low: 0.1, high: 0.3 }, "share", "en", english), "95 % sure: 10% to 30%");
});

test("every figure has a name and a definition in both languages", () => {
  const named = Object.keys(english).filter((key) => key.startsWith("num_")).map((key) => key.slice(4));
  assert.ok(named.length >= 16);
  for (const id of named) for (const key of [`num_${id}`, `def_${id}`]) assert.ok(english[key] && chinese[key] && chinese[key] !== english[key], key);
});

test("only time in view with something done counts, and it is told once", async () => {
  let now = 0;
  const told = [];
  const attention = new Attention(async (focus) => told.push(...focus), () => now);
  const pass = (seconds, seen = true, active = true) => {
    for (let gone = 0; gone < seconds; gone += 5) {
      now += 5000;
      if (active) attention.active();
      attention.beat(seen);
    }
  };
  attention.look("c_1");
  pass(20);
  pass(25, false); // another tab
  now += 3_600_000; // the lid was shut
  attention.look("c_2");
  attention.send();
  assert.deepEqual(told.splice(0), [{ conversation_id: "c_1", seconds: 20 }]);
  pass(50);
  attention.look("");
  pass(10);
  assert.deepEqual(told.splice(0), [{ conversation_id: "c_2", seconds: 50 }]);
  attention.look("c_3");
  pass(600, true, false); // nobody is there
  attention.send();
  assert.equal(told.reduce((sum, { seconds }) => sum + seconds, 0), 55);
});
