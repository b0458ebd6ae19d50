import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { backoff } from "../../../web/shared/backoff.js";
import { ApiError } from "../../../web/shared/http.js";
import { LocalStore } from "../../../web/shared/local-store.js";
import { Session } from "../../../web/widget/session.js";

/** localStorage that outlives a page. */
function storage() {
  const map = new Map();
  return { getItem: (key) => map.get(key) ?? null, setItem: (key, value) => void map.set(key, value), removeItem: (key) => void map.delete(key) };
}

/** An API in memory; `errors` are thrown by the next sends, after the message was stored where `late` says so. */
function fakeApi() {
  return {
    starts: [], stored: [], acts: [], errors: [], late: false, gone: new Set(),
    async start(key) {
      this.starts.push(key);
      return { id: `c${this.starts.length}`, token: "t" };
    },
    async send(visitor, clientId, text) {
      if (this.gone.has(visitor.id)) throw new ApiError("gone", "");
      const error = this.errors.shift();
      if (error && !this.late) throw error;
      if (!this.stored.some((m) => m.client_id === clientId)) this.stored.push({ id: `m${clientId}`, client_id: clientId, role: "customer", text, at: "", conversation: visitor.id });
      if (error) throw error;
    },
    async snapshot(visitor) {
      if (this.gone.has(visitor.id)) throw new ApiError("gone", "");
      const messages = this.stored.filter((m) => m.conversation === visitor.id);
      return { id: visitor.id, seq: messages.length, status: "open", messages, rating: null };
    },
    async act(_visitor, verb) {
      this.acts.push(verb);
    },
    events: (_visitor, _after, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new ApiError("network", "")))),
  };
}

let ids = 0;
const clock = { now: () => new Date(0), random: () => 0, newId: () => `id${(ids += 1)}`, sleep: () => sleep(1) };
const settled = async () => {
  for (let turn = 0; turn < 30; turn += 1) await sleep(1);
};

async function open(server, store) {
  const session = new Session({ api: server, store: new LocalStore("test", store), clock, onChange: () => {} });
  await session.resume();
  return session;
}

test("a message sent while the network fails arrives once and in order", async () => {
  const server = fakeApi();
  server.errors = [new ApiError("network", ""), new ApiError("not_ready", "", 0.001), new ApiError("rate_limited", "")];
  const session = await open(server, storage());
  session.send("one");
  session.send("two");
  await settled();
  assert.deepEqual(server.stored.map((m) => m.text), ["one", "two"]);
  assert.equal(server.starts.length, 1);
  session.stop();
});

test("an answer lost on the way makes no second message, even over a reload", async () => {
  const server = fakeApi();
  const disk = storage();
  server.late = true;
  server.errors = Array(20).fill(new ApiError("network", ""));
  let session = await open(server, disk);
  session.send("one");
  await settled();
  assert.equal(session.state.pending[0].status, "failed");
  session.stop(); // the page is left
  server.errors = [];
  session = await open(server, disk);
  await settled();
  assert.deepEqual([server.stored.length, session.state.messages.length, session.state.pending.length], [1, 1, 0]);
  session.stop();
  session = await open(server, disk);
  assert.equal(session.state.pending.length, 0);
  session.stop();
});

test("leaving the page before anything was sent loses nothing and starts no second conversation", async () => {
  const server = fakeApi();
  const disk = storage();
  server.start = async (key) => {
    server.starts.push(key);
    throw new ApiError("network", "");
  };
  let session = await open(server, disk);
  session.send("kept");
  await settled();
  session.stop();
  server.start = async (key) => (server.starts.push(key), { id: "c1", token: "t" });
  session = await open(server, disk);
  await settled();
  assert.equal(new Set(server.starts).size, 1);
  assert.deepEqual(server.stored.map((m) => m.text), ["kept"]);
  session.stop();
});

test("a message that is refused is kept, said so, and can be removed", async () => {
  const server = fakeApi();
  server.errors = [new ApiError("refused", "too long")];
  const session = await open(server, storage());
  session.send("x");
  await settled();
  const [failed] = session.state.pending;
  assert.deepEqual([failed.status, failed.why], ["failed", "refused"]);
  session.discard(failed.client_id);
  assert.equal(session.state.pending.length, 0);
  session.stop();
});

test("a conversation that vanished is replaced by a new one, but not for ever", async () => {
  const server = fakeApi();
  const disk = storage();
  let session = await open(server, disk);
  session.send("one");
  await settled();
  session.stop();
  server.gone.add("c1");
  session = await open(server, disk);
  session.send("two");
  await settled();
  assert.deepEqual(server.stored.map((m) => m.conversation), ["c1", "c2"]);
  for (let at = 2; at < 30; at += 1) server.gone.add(`c${at}`);
  session.send("three");
  await settled();
  assert.equal(session.state.pending[0].status, "failed");
  assert.ok(server.starts.length < 6);
  session.stop();
});

test("two tabs share one conversation", async () => {
  const server = fakeApi();
  const disk = storage();
  const first = await open(server, disk);
  const second = await open(server, disk);
  first.send("from the first");
  await settled();
  await second.adopt();
  second.send("from the second");
  await settled();
  assert.equal(server.starts.length, 1);
  assert.equal(second.state.messages.length, 1);
  first.reset();
  await second.adopt();
  assert.equal(second.begun, false);
  first.stop();
  second.stop();
});

test("what was meant for one conversation does not go into the one another tab went on to, unless it is asked for", async () => {
  const server = fakeApi();
  const disk = storage();
  const session = await open(server, disk);
  session.send("one");
  await settled();
  server.errors = Array(99).fill(new ApiError("network", ""));
  session.send("for the first");
  await settled();
  new LocalStore("test", disk).set("visitor", { id: "c9", token: "t" }); // another tab: somebody else has signed in
  server.errors = [];
  await session.adopt();
  await settled();
  assert.deepEqual(server.stored.map((m) => m.text), ["one"]);
  const [kept] = session.state.pending;
  assert.deepEqual([kept.text, kept.status], ["for the first", "failed"]);
  session.retry(kept.client_id);
  await settled();
  assert.deepEqual(server.stored.map((m) => [m.text, m.conversation]), [["one", "c1"], ["for the first", "c9"]]);
  session.stop();
});

test("where storage is blocked the store remembers until the page is left", () => {
  const blocked = { getItem: () => assert.fail(), setItem: () => { throw new Error("QuotaExceededError"); }, removeItem: () => { throw new Error("blocked"); } };
  const store = new LocalStore("x", blocked);
  store.set("draft", "half a sentence");
  assert.equal(store.get("draft"), "half a sentence");
  store.set("draft", null);
  assert.equal(store.get("draft"), null);
  assert.equal(new LocalStore("x", null).get("draft"), null);
  assert.equal(new LocalStore("x", { getItem: () => "{broken" }).get("draft"), null);
});

test("pauses grow, have an end, and are spread", () => {
  assert.deepEqual([1, 2, 3, 99].map((n) => backoff(n, () => 1)), [500, 1000, 2000, 20_000]);
  assert.equal(backoff(1, () => 0), 250);
});

test("a sign-in that has ended is told until another token comes; as nobody, what was unsent waits to be asked for", async () => {
  const server = fakeApi();
  const store = storage();
  Object.assign(server, { identify: async () => ({ token: "new" }), conversations: async () => ({ conversations: [{ id: "c1", status: "open" }] }), signOut: async () => {} });
  const session = await open(server, store);
  session.send("hello");
  await settled();
  session.signInExpired();
  assert.equal(session.state.signedOut, true);
  await session.identify({ token: "signed" });
  assert.equal(session.state.signedOut, false);
  assert.deepEqual(session.state.messages.map((m) => m.text), ["hello"]);

  session.signInExpired();
  server.errors = [new ApiError("unverified", "")];
  session.send("for me only");
  await settled();
  session.continueAsGuest();
  assert.equal(session.state.signedOut, false);
  assert.deepEqual(session.state.messages, []);
  assert.deepEqual(session.state.pending.map((m) => [m.text, m.status]), [["for me only", "failed"]]);
  assert.equal(server.stored.length, 1);
  session.stop();
});

test("a tab takes the token that another tab got for the same conversation", async () => {
  const server = fakeApi();
  const store = storage();
  const [one, other] = [await open(server, store), await open(server, store)];
  one.send("hello");
  await settled();
  await other.adopt();
  other.signInExpired();
  new LocalStore("test", store).set("visitor", { id: "c1", token: "another", verified: true });
  await other.adopt();
  assert.equal(other.state.signedOut, false);
  await other.adopt();
  other.send("from here");
  await settled();
  assert.deepEqual(server.stored.map((m) => m.text), ["hello", "from here"]);
  one.stop();
  other.stop();
});
