import assert from "node:assert/strict";
import { test } from "node:test";
import { SseParser } from "../../../web/shared/sse.js";

const STREAM =
  "\ufeff: heartbeat\n\n" +
  'id: 1\nevent: message.created\ndata: {"text":"Grüße, 你好 👋"}\n\n' +
  "event: typing\r\ndata: {}\r\n\r\n" +
  "data: one\rdata: two\r\r" +
  "data:\n\n" +
  "id\ndata:no space\n\n" +
  "id: bad\0id\ndata: kept id\n\n" +
  "unknown: field\nretry: 1500\nretry: soon\nevent: nothing\n\n" +
  "data: the event name was forgotten\n\n" +
  "data: never finished";

const EVENTS = [
  { id: "1", event: "message.created", data: '{"text":"Grüße, 你好 👋"}' },
  { id: "1", event: "typing", data: "{}" },
  { id: "1", event: "message", data: "one\ntwo" },
  { id: "1", event: "message", data: "" },
  { id: null, event: "message", data: "no space" },
  { id: null, event: "message", data: "kept id" },
  { id: null, event: "message", data: "the event name was forgotten" },
];

const bytes = new TextEncoder().encode(STREAM);

function parsed(pieces) {
  const parser = new SseParser();
  return { events: pieces.flatMap((piece) => parser.feed(piece)), retry: parser.retry };
}

test("reads the stream in one piece", () => {
  assert.deepEqual(parsed([bytes]), { events: EVENTS, retry: 1500 });
});

test("reads it byte by byte, even inside characters and line ends", () => {
  assert.deepEqual(parsed([...bytes].map((byte) => Uint8Array.of(byte))).events, EVENTS);
});

test("reads it cut at any one place", () => {
  for (let at = 0; at <= bytes.length; at += 1) {
    assert.deepEqual(parsed([bytes.subarray(0, at), bytes.subarray(at)]).events, EVENTS, `cut at ${at}`);
  }
});

test("reads it cut at any two places around every line end", () => {
  for (let first = 0; first <= bytes.length; first += 1) {
    for (let second = first; second <= Math.min(first + 4, bytes.length); second += 1) {
      const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
      assert.deepEqual(parsed(pieces).events, EVENTS, `cut at ${first} and ${second}`);
    }
  }
});

test("however a random stream is cut, the same events come out", () => {
  let seed = 20261125;
  const next = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const parts = ["data: ", "data:", "event: typing", "id: 7", "id", ":", "\n", "\r", "\r\n", "\n\n", "x", "é", "你", "👋", "\ufeff", "\0", " ", "retry: 9", '{"a":1}'];
  for (let round = 0; round < 3000; round += 1) {
    const all = new TextEncoder().encode(Array.from({ length: next(40) }, () => parts[next(parts.length)]).join(""));
    const pieces = [];
    for (let at = 0; at < all.length; ) pieces.push(all.subarray(at, (at += 1 + next(9))));
    const whole = parsed([all]);
    assert.deepEqual(parsed(pieces), whole, JSON.stringify(new TextDecoder().decode(all)));
    for (const { data, event } of whole.events) assert.ok(event !== "" && !/[\r]/.test(data) && typeof data === "string");
  }
});

test("broken UTF-8 and noise never throw", () => {
  let seed = 7;
  const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648);
  for (let round = 0; round < 300; round += 1) {
    const noise = Uint8Array.from({ length: 60 }, () => (next() % 3 ? next() % 256 : "\n\r:d"[next() % 4].charCodeAt(0)));
    assert.ok(Array.isArray(new SseParser().feed(noise)));
  }
});
