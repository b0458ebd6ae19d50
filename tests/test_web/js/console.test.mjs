import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, fitting } from "../../../web/console/choose.js";
import { gently } from "../../../web/console/gently.js";
import { actOf, KEYS, keyOf, keysOf, useKeys } from "../../../web/console/keys.js";
import { following } from "../../../web/console/search-box.js";
import chinese from "../../../web/console/strings-zh.js";
import { english } from "../../../web/console/strings.js";
import { whenOf } from "../../../web/console/when.js";

globalThis.HTMLElement = class {};
const NOW = new Date(2026, 10, 25, 15, 30); // a Wednesday
let at = 0;
const press = (key, more = {}) => actOf({ key, code: "", timeStamp: (at += 100), ...more });
const plain = (date) => date && [date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes()].join(" ");

for (const [words, expected] of Object.entries({
  "tomorrow 9:00": "11 26 9 0", Tomorrow: "11 26 9 0", "tomorrow at 3pm": "11 26 15 0", "next tuesday 3pm": "12 1 15 0", friday: "11 27 9 0", "wednesday 10am": "12 2 10 0",
  "3 hours": "11 25 18 30", "in 20 min": "11 25 15 50", "an hour": "11 25 16 30", "2 days": "11 27 15 30", "1 week": "12 2 15 30", "in 2 weeks": "12 9 15 30", tonight: "11 25 20 0", "tonight 9": "11 25 21 0",
  "9:00": "11 26 9 0", "17:45": "11 25 17 45", "next week": "11 30 9 0", "2026-12-24 12:00": "12 24 12 0", "tomorrow afternoon": "11 26 14 0",
  明天9点: "11 26 9 0", 明天下午3点半: "11 26 15 30", "3小时": "11 25 18 30", 两天后: "11 27 15 30", 下周一9点: "11 30 9 0", 今晚: "11 25 20 0", 今晚8点: "11 25 20 0", "明天9:15": "11 26 9 15", 周五十点: "11 27 10 0",
})) {
  test(`"${words}" is a time`, () => assert.equal(plain(whenOf(words, NOW)), expected));
}

test("what is over, or is no time, is none", () => {
  for (const words of ["", "soon", "today 9:00", "2026-02-31", "2020-01-01", "tomorrow 25:00", "tomorrow 9:75", "blah 9:00", "0 hours", "明天25点"]) assert.equal(whenOf(words, NOW), null, words);
});

test("every act of every set has words in both languages, and no key means two acts", () => {
  for (const set of ["default", "intercom", "chatwoot", "off"]) {
    useKeys(set);
    const keys = Object.keys(KEYS).flatMap((act) => keysOf(act));
    assert.deepEqual(keys.filter((key, place) => keys.indexOf(key) !== place), [], set);
    assert.ok(!keys.some((key) => key.includes("Alt")), set);
    if (set === "off") assert.ok(keys.every((key) => key.length > 1 && !key.includes(" ")));
  }
  for (const { words } of Object.values(KEYS)) assert.ok(english[words] && chinese[words], words);
  useKeys("default");
});

test("keys one after the other, other layouts, and what is typed", () => {
  assert.deepEqual([press("g"), press("q"), press("q")], [null, "goQueue", null]);
  assert.deepEqual([press("."), press("."), press("."), press("j")], ["copyNumber", "copyTitle", "copyLink", "nextInList"]);
  press("g");
  at += 5_000;
  assert.equal(press("a"), "assign");
  assert.equal(press("о", { code: "KeyJ" }), "nextInList");
  assert.equal(press("Ш", { code: "KeyI", shiftKey: true }), "release");
  assert.equal(press("ъ", { code: "BracketRight" }), "doneNext");
  assert.equal(press("χ", { code: "KeyX" }), "select");
  assert.equal(press("?", { code: "Digit7", shiftKey: true }), "help");
  const signs = { getModifierState: (name) => name === "AltGraph", altKey: true };
  assert.deepEqual([press("[", { ...signs, ctrlKey: true, code: "Digit8" }), press("@", { ...signs, ctrlKey: true, code: "KeyQ" })], ["donePrevious", null]);
  assert.equal(press("j", { isComposing: true }), null);
  assert.equal(press("k", { ctrlKey: true }), "palette");
  assert.equal(press("k", { metaKey: true }), "palette");
  assert.equal(press("e", { altKey: true }), null);
  useKeys("chatwoot");
  assert.deepEqual([press("´", { altKey: true, code: "KeyE" }), press("l", { altKey: true, code: "KeyL" }), press("l")], [null, null, "reply"]);
  assert.equal(press("[", { altKey: true, code: "Digit5" }), "donePrevious"); // as a German Mac types it
  useKeys("off");
  assert.deepEqual([press("e"), press("k", { ctrlKey: true }), press("Escape")], [null, "palette", "back"]);
  useKeys("nonsense");
  assert.equal(press("e"), "done");
  assert.deepEqual([keyOf("release"), keyOf("palette"), keyOf("saveView")], ["Shift+I", "Control+K", ""]);
});

test("what fits best stands first", () => {
  const lines = ["Back to the queue", "Queue", "Done", "Assign …"].map((words) => ({ words, run: () => null }));
  assert.deepEqual(fitting("queue", lines).map(({ words }) => words), ["Queue", "Back to the queue"]);
  assert.ok(fits("asn", "Assign …") > 0);
  assert.equal(fits("xyz", "Assign"), 0);
});

test("a search is completed by fields, people and tags", () => {
  const known = { owner: ["Jon Doe"], tag: ["late parcel", "vip"], team: [] };
  assert.deepEqual(following("ta", known), ["tag:"]);
  assert.deepEqual(following("tag:", known), ['tag:"late parcel"', "tag:vip"]);
  assert.deepEqual(following("owner:", known), ["owner:me", "owner:none", "owner:bot", 'owner:"Jon Doe"']);
  assert.deepEqual(following("nonsense:x", known), []);
});

test("work that many ask for is done at once, then for all that came meanwhile, and never twice at a time", async () => {
  let [now, done, running] = [0, 0, 0];
  /** @type {(() => void)[]} */
  const sleepers = [];
  const clock = { now: () => new Date(now), random: () => 0, newId: () => "", sleep: () => new Promise((wake) => sleepers.push(() => wake(undefined))) };
  const asks = gently(async () => {
    assert.equal(running, 0);
    running += 1;
    await null;
    [done, running] = [done + 1, 0];
  }, clock);
  for (let times = 0; times < 20; times += 1) void asks();
  await new Promise((next) => setTimeout(next));
  assert.equal(done, 1);
  sleepers.shift()?.();
  await new Promise((next) => setTimeout(next));
  assert.equal(done, 2, "those that came while it was busy are one");
  sleepers.shift()?.();
  await new Promise((next) => setTimeout(next));
  assert.equal(done, 2);
  void asks();
  await new Promise((next) => setTimeout(next));
  assert.equal(done, 3);
});
