// What is done when a reply goes: what a macro adds to what is there, and what chips say.

import assert from "node:assert/strict";
import { test } from "node:test";

import { actsInWords, filledActs, mergedActs, timedActs } from "../../../web/console/with-reply.js";
import { english } from "../../../web/console/strings.js";

const NOW = new Date(2026, 0, 15, 12);
const DESK = /** @type {any} */ ({ strings: english, language: "en-GB", me: { name: "Mira" }, clock: { now: () => NOW } });

test("a second macro adds its tags, and what it does otherwise counts instead of the first's", () => {
  const first = { add: ["refund"], remove: ["new"], to: "Jon", snooze: "1 week" };
  assert.deepEqual(mergedActs(first, { add: ["new"], remove: ["refund"] }), { add: ["new"], remove: ["refund"], snooze: "1 week", to: "Jon" });
  assert.deepEqual(mergedActs(first, { team: "Repairs" }), { add: ["refund"], remove: ["new"], snooze: "1 week", team: "Repairs" });
  assert.deepEqual(mergedActs(first, { done: true }), { add: ["refund"], done: true, remove: ["new"] });
  assert.deepEqual(mergedActs({ done: true }, { snooze: "1 week" }), { snooze: "1 week" });
  assert.deepEqual(mergedActs(first, {}), filledActs(first));
});

test("words for a time are a time once it is sent, anew where it was taken back", () => {
  assert.equal(timedActs({ snooze: "tomorrow 9:00", until: "2020-01-01T09:00:00Z" }, NOW).until, new Date(2026, 0, 16, 9).toISOString());
  assert.equal(timedActs({ until: "2030-01-01T09:00:00Z" }, NOW).until, "2030-01-01T09:00:00Z");
  assert.equal(timedActs({ done: true }, NOW).until, undefined);
});

test("each can be taken off alone", () => {
  const acts = { add: ["a", "b"], remove: [], to: "me", team: null, snooze: "tomorrow 9:00", until: null, done: false };
  const chips = actsInWords(DESK, acts);
  assert.deepEqual(chips.map(({ words }) => words), ["Tag “a”", "Tag “b”", "Assign to Me", "Snooze until Fri 16 Jan, 9:00"]);
  assert.deepEqual(chips[0]?.without, { add: ["b"], snooze: "tomorrow 9:00", to: "me" });
  assert.deepEqual(chips[2]?.without, { add: ["a", "b"], snooze: "tomorrow 9:00" });
  assert.deepEqual(actsInWords(DESK, acts, "whoever sends it").map(({ words }) => words).slice(2), ["Assign to whoever sends it", "Snooze until tomorrow 9:00"]);
});
