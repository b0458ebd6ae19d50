// The client of the HTTP API against a scripted server: what becomes of a token that has expired.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../../../web/shared/http.js";
import { ApiClient } from "../../../web/widget/api.js";

const ENDED = [401, { code: "token_expired", detail: "It has ended." }];

/** A server whose token "new" is good; `renewals` says what asking for another is answered. */
function scripted(renewals) {
  const asked = [];
  const fetching = async (url, { headers }) => {
    const path = new URL(url).pathname;
    const token = headers.Authorization?.slice("Bearer ".length);
    asked.push([path, token]);
    const [status, body] = path === "/v1/visitor/token" ? renewals.shift() : token === "new" ? [200, { seq: 3 }] : ENDED;
    return new Response(JSON.stringify(body), { status });
  };
  return { asked, api: new ApiClient(new URL("https://support.example"), fetching) };
}

test("a token that has ended is renewed, and what was asked is asked again", async () => {
  const { asked, api } = scripted([[200, { token: "new" }]]);
  const kept = [];
  api.onRenewed = (visitor) => kept.push({ ...visitor });
  const visitor = { id: "c_1", token: "old" };
  assert.deepEqual(await api.snapshot(visitor), { seq: 3 });
  assert.deepEqual(asked, [["/v1/conversations/c_1", "old"], ["/v1/visitor/token", "old"], ["/v1/conversations/c_1", "new"]]);
  assert.deepEqual(kept, [{ id: "c_1", token: "new" }]);
});

test("where it cannot be renewed the conversation is gone; where the network fails it is not", async () => {
  for (const [renewal, kind] of [[[401, { code: "unauthorised" }], "gone"], [ENDED, "gone"], [[502, {}], "server"], [[429, {}], "rate_limited"]]) {
    const { api } = scripted([renewal]);
    await assert.rejects(api.snapshot({ id: "c_1", token: "old" }), (error) => error instanceof ApiError && error.kind === kind);
  }
});
