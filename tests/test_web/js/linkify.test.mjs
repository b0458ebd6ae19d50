import assert from "node:assert/strict";
import { test } from "node:test";
import { linkify, webAddress } from "../../../web/shared/linkify.js";

const links = (text) => linkify(text).filter((part) => part.href !== null);

test("finds addresses and leaves the sentence around them", () => {
  const cases = [
    ["See https://shop.example/help/returns.", "https://shop.example/help/returns"],
    ["(www.shop.example)", "www.shop.example"],
    ["https://en.wikipedia.org/wiki/Kettle_(object), yes", "https://en.wikipedia.org/wiki/Kettle_(object)"],
    ["HTTPS://SHOP.EXAMPLE/A?b=c&d=e#f!", "HTTPS://SHOP.EXAMPLE/A?b=c&d=e#f"],
    ["请看 https://shop.example/帮助。", "https://shop.example/帮助"],
    ["write to help@kettleandotter.example.", "help@kettleandotter.example"],
  ];
  for (const [text, shown] of cases) assert.deepEqual(links(text).map((link) => link.text), [shown], text);
});

test("a bare host gets https, a mail address mailto", () => {
  assert.equal(links("www.shop.example/a")[0].href, "https://www.shop.example/a");
  assert.equal(links("a.b@shop.example")[0].href, "mailto:a.b@shop.example");
});

const HOSTILE = [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)//https://shop.example",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:msgbox(1)",
  "https://shop.example@evil.example/login",
  "https://user:secret@evil.example",
  "http://",
  "https://%",
  "https:///",
  "file:///etc/passwd",
  "<a href=\"javascript:alert(1)\">x</a>",
  "<img src=x onerror=alert(1)>",
  "https://shop.example/\"onmouseover=\"alert(1)",
  "https://shop.example/'><svg/onload=alert(1)>",
  "https://shop.example/\u202egpj.exe",
  "https://shop.example/\u0000javascript:alert(1)",
  "www.<script>alert(1)</script>.example",
  "&#106;avascript:alert(1)",
  "java\tscript:alert(1)",
  "\u0001javascript:alert(1)",
];

test("hostile text loses nothing and links only to web and mail", () => {
  for (const text of HOSTILE) {
    const parts = linkify(text);
    assert.equal(parts.map((part) => part.text).join(""), text);
    for (const { href, text: shown } of links(text)) {
      assert.match(href, /^(https?:\/\/[^@]+$|mailto:)/, text);
      assert.doesNotMatch(shown, /[<>"'\s\u202e\u0000]/, text);
      if (!href.startsWith("mailto:")) assert.equal(new URL(href).username, "", text);
    }
  }
});

test("no text is lost, whatever it is", () => {
  let seed = 11;
  const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648);
  const alphabet = ["https://", "www.", "@", ".", ")", "(", "example", " ", "。", "\n", "a", "<", "%", "\u200b", "👋"];
  for (let round = 0; round < 2000; round += 1) {
    const text = Array.from({ length: next() % 14 }, () => alphabet[next() % alphabet.length]).join("");
    assert.equal(linkify(text).map((part) => part.text).join(""), text);
  }
});

test("whatever is made of addresses and noise, a link leads where it says and nowhere else", () => {
  let seed = 20261125;
  const next = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const parts = ["https://", "http://", "HTTPS://", "www.", "javascript:", "data:", "//", "@", ":", "shop.example", "evil.example", "/a", "?b=c", "#d", "%00", "%0a", "\\", "\t", "\n", " ", ".", ")", "(", "<b>", '"', "'", "`", "\u202e", "\u200b", "\0", "帮助", "👋", "xn--", "[::1]", "127.1"];
  let made = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const text = Array.from({ length: 1 + next(12) }, () => parts[next(parts.length)]).join("");
    const found = linkify(text);
    assert.equal(found.map((part) => part.text).join(""), text);
    for (const { href, text: shown } of found) {
      if (href === null) continue;
      made += 1;
      if (href.startsWith("mailto:")) {
        assert.equal(href, `mailto:${shown}`);
        continue;
      }
      const url = new URL(href);
      assert.match(url.protocol, /^https?:$/, text);
      assert.equal(url.username + url.password, "", text);
      assert.equal(url.href, new URL(/^www/i.test(shown) ? `https://${shown}` : shown).href, text);
      assert.doesNotMatch(shown, /[\s<>"'`\u202e\u200b\0]/, text);
    }
  }
  assert.ok(made > 1000, `only ${made} links were looked at`);
});

test("long text without an end takes no long time", () => {
  const started = performance.now();
  for (const text of ["a".repeat(50_000), "a@".repeat(20_000), `https://${")".repeat(50_000)}`, "a.".repeat(20_000) + "@", "www.".repeat(10_000)]) {
    assert.equal(linkify(text).map((part) => part.text).join(""), text);
  }
  assert.ok(performance.now() - started < 2000);
});

test("an address of evidence may be relative but never a script", () => {
  assert.equal(webAddress("/help/returns", "https://shop.example/demo/"), "https://shop.example/help/returns");
  assert.equal(webAddress("javascript:alert(1)", "https://shop.example/"), null);
  assert.equal(webAddress("data:text/html,x", "https://shop.example/"), null);
  assert.equal(webAddress("//evil.example@x", "https://shop.example/"), null);
  assert.equal(webAddress(null), null);
  assert.equal(webAddress("nonsense"), null);
});
