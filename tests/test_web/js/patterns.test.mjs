/** Every regular expression of the pages takes time by the length of a text: what a customer pastes must not freeze them. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const web = new URL("../../../web/", import.meta.url);
const folders = ["shared", "widget", "label", "demo", "docs", "gallery"];
const literal = /(?:^|[=(,:?&|!]|return)\s*\/((?:[^/\\\n[*]|\\.|\[(?:[^\]\\\n]|\\.)*\])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])*)\/([dgimsuvy]*)/gm;
const units = [..." \t\nabA1é中@_.,;:!?()[]{}<>\"'`/\\+-*#=|&%$", "a ", "1 ", "a.", "a@", "://", "http://a", "www.a", "a-", "(a", "&a", "a\n"];

/** @returns {{where: string, pattern: RegExp}[]} */
function patterns() {
  return folders.flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, web))
      .filter((name) => name.endsWith(".js"))
      .flatMap((name) =>
        [...readFileSync(new URL(`${folder}/${name}`, web), "utf8").matchAll(literal)].map(([, source, flags]) => ({
          where: `${folder}/${name}: /${source}/`,
          pattern: new RegExp(source, flags.replace(/[gy]/g, "") + "g"),
        })),
      ),
  );
}

/** @param {RegExp} pattern @param {string} text */
function milliseconds(pattern, text) {
  const begun = process.cpuUsage();
  text.replace(pattern, "");
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

/** What other work on the machine adds is left out. @param {RegExp} pattern @param {string} text */
function least(pattern, text) {
  return Math.min(...[1, 2, 3].map(() => milliseconds(pattern, text)));
}

/** Four times the text takes 4 or 16 times as long: far enough apart for a machine that does other work. @param {RegExp} pattern */
function trouble(pattern) {
  for (const size of [20, 300, 3000, 30000]) {
    for (const unit of units) {
      const [whole, quarter] = [size, size / 4].map((length) => unit.repeat(length / unit.length) + "\u0001");
      if (milliseconds(pattern, whole) < 80) continue;
      const growth = least(pattern, whole) / Math.max(least(pattern, quarter), 0.01);
      if (growth > 8) return `${JSON.stringify(unit)} to ${size} characters takes ${growth.toFixed(1)} times as long as a quarter`;
    }
  }
  return "";
}

test("a pattern that takes the square is seen", () => {
  assert.notEqual(trouble(/a+$/g), "");
});

test("every pattern of the pages takes time by the length of the text", () => {
  const found = patterns();
  assert.ok(found.length > 8, `${found.length}`);
  const slow = found.map(({ where, pattern }) => [where, trouble(pattern)]).filter(([, words]) => words);
  assert.deepEqual(slow, []);
});
