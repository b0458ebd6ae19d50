import assert from "node:assert/strict";
import { test } from "node:test";
import arabic from "../../../web/gallery/strings-ar.js";
import consoleChinese from "../../../web/console/strings-zh.js";
import { english as consoleEnglish } from "../../../web/console/strings.js";
import pagesChinese from "../../../web/console/strings-pages-zh.js";
import { english as pagesEnglish } from "../../../web/console/strings-pages.js";
import { direction } from "../../../web/shared/language.js";
import chinese from "../../../web/widget/strings-zh.js";
import { english, stringsFor } from "../../../web/widget/strings.js";

const NAMES = ["title", "theBot", "named_iban"]; // the console's, which are the same in every language
const holes = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

const OTHERS = { chinese: [chinese, english], arabic: [arabic, english], "the console's Chinese": [consoleChinese, consoleEnglish], "that of its pages": [pagesChinese, pagesEnglish] };
for (const [name, [words, said]] of Object.entries(OTHERS)) {
  test(`${name} says everything that English says, with the same things to fill in`, () => {
    assert.deepEqual(Object.keys(words).sort(), Object.keys(said).sort());
    for (const [key, text] of Object.entries(words)) {
      assert.ok(text.trim(), key);
      assert.deepEqual(holes(text), holes(said[key]), key);
      if (said !== consoleEnglish || !NAMES.includes(key)) assert.notEqual(text, said[key], key);
    }
  });
}

test("the language of the page counts, then the browser's, then English", async () => {
  assert.equal((await stringsFor(["zh-Hans-CN", "en"], null)).strings.send, chinese.send);
  assert.equal((await stringsFor(["tlh", "zh"], null)).strings.send, chinese.send);
  assert.equal((await stringsFor(["tlh"], null)).language, "en");
});

test("a file of words that is incomplete or away leaves English", async () => {
  const partly = await stringsFor(["tlh"], "data:text/javascript,export default { send: 'jIngeH' }");
  assert.deepEqual([partly.language, partly.strings.send, partly.strings.sent], ["tlh", "jIngeH", english.sent]);
  assert.equal((await stringsFor(["tlh"], "data:text/javascript,throw 1")).strings, english);
});

test("which way a language is written", () => {
  assert.deepEqual(["ar", "he-IL", "fa", "ur-PK", "en", "zh", "arn", "fr"].map(direction), ["rtl", "rtl", "rtl", "rtl", "ltr", "ltr", "ltr", "ltr"]);
});
