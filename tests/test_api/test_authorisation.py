"""Every route against every kind of caller. A route that is not in the table fails the test."""

from __future__ import annotations

import pytest

from chatbot.service import keys
from chatbot.storage.database import open_database

ARTICLE = {"title": "Returns", "text": "Send it back."}
NAMES = {"{slug}": "returns", "{passage_id}": "returns%230", "{transcript_id}": "none", "{message_id}": "none"}
ASK = {"messages": [{"role": "customer", "text": "hello"}]}
CHAT = {"messages": [{"role": "user", "content": "hi"}]}
# For each route: a body, and the status for each of CALLERS.
ROUTES = {
    ("POST", "/v1/conversations"): (None, 201, 201, 201, 201),
    ("GET", "/v1/conversations"): (None, 401, 200, 200, 401),
    ("POST", "/v1/visitor"): ({"token": "x"}, 401, 401, 401, 401),
    ("POST", "/v1/visitor/token"): (None, 401, 200, 200, 401),
    ("GET", "/v1/conversations/{id}"): (None, 401, 404, 200, 404),
    ("POST", "/v1/conversations/{id}/messages"): ({"client_id": "a", "text": "hi"}, 401, 404, 201, 404),
    ("GET", "/v1/conversations/{id}/events"): (None, 401, 404, 200, 404),
    ("POST", "/v1/conversations/{id}/handover"): (None, 401, 404, 200, 404),
    ("POST", "/v1/conversations/{id}/stop"): (None, 401, 404, 200, 404),
    ("POST", "/v1/conversations/{id}/messages/{message_id}/feedback"): ({"value": 1}, 401, 404, 404, 404),
    ("POST", "/v1/conversations/{id}/rating"): ({"score": 5}, 401, 404, 200, 404),
    ("POST", "/v1/conversations/{id}/contact"): ({"email": "a@b.example"}, 401, 404, 200, 404),
    ("POST", "/v1/conversations/{id}/claim"): ({"agent": "Mira"}, 401, 401, 401, 200),
    ("POST", "/v1/conversations/{id}/replies"): ({"agent": "Mira", "client_id": "r", "text": "hi"}, 401, 401, 401, 201),
    ("POST", "/v1/conversations/{id}/typing"): ({"agent": "Mira"}, 401, 401, 401, 204),
    ("POST", "/v1/conversations/{id}/release"): ({"agent": "Mira"}, 401, 401, 401, 200),
    ("GET", "/v1/queue"): (None, 401, 401, 401, 200),
    ("GET", "/v1/queue/{id}"): (None, 401, 401, 401, 200),
    ("GET", "/v1/queue/{id}/events"): (None, 401, 401, 401, 200),
    ("POST", "/v1/presence"): ({"agent": "Mira"}, 401, 401, 401, 200),
    ("POST", "/v1/conversations/{id}/closure"): (None, 401, 404, 200, 404),
    ("POST", "/v1/conversations/{id}/reopening"): (None, 401, 404, 200, 404),
    ("POST", "/v1/suggestions"): (ASK, 401, 401, 401, 200),
    ("POST", "/v1/rankings"): ({**ASK, "candidates": ["a"]}, 401, 401, 401, 200),
    ("POST", "/v1/completions"): ({**ASK, "draft": "a"}, 401, 401, 401, 200),
    ("POST", "/v1/explanations"): (ASK, 401, 401, 401, 200),
    ("POST", "/v1/chat/completions"): (CHAT, 401, 401, 401, 200),
    ("GET", "/v1/models"): (None, 401, 401, 401, 200),
    ("GET", "/v1/messages/{message_id}/trace"): (None, 401, 401, 401, 404),
    ("PUT", "/v1/articles/{slug}"): (ARTICLE, 401, 401, 401, 201),
    ("POST", "/v1/retirements/{passage_id}"): ({"reason": "old"}, 401, 401, 401, 201),
    ("DELETE", "/v1/retirements/{passage_id}"): (None, 401, 401, 401, 200),
    ("DELETE", "/v1/articles/{slug}"): (None, 401, 401, 401, 200),
    ("DELETE", "/v1/transcripts/{transcript_id}"): (None, 401, 401, 401, 404),
    ("DELETE", "/v1/visitor/token"): (None, 401, 204, 204, 401),
    ("GET", "/health/live"): (None, 200, 200, 200, 200),
    ("GET", "/health/ready"): (None, 200, 200, 200, 200),
    ("GET", "/metrics"): (None, 200, 200, 200, 200),
}
CALLERS = ("nothing", "another visitor", "the visitor", "an API key")


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"stream_seconds": 0.05})


async def test_every_route_and_caller(desk, settings):
    mine, other = await desk.start(), await desk.start()
    async with open_database(settings.database()) as database:
        key = await keys.create(database, "help desk")
    tokens = (None, other.token, mine.token, key)
    seen = {}
    for (method, path), (body, *expected) in ROUTES.items():
        for caller, token, status in zip(CALLERS, tokens, expected, strict=True):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            url = path.replace("{id}", mine.id)
            for name, value in NAMES.items():
                url = url.replace(name, value)
            answer = await desk.client.request(method, url, json=body, headers=headers)
            seen[method, path, caller] = answer.status_code == status or answer.status_code
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"
    assert set(seen.values()) == {True}, {what: status for what, status in seen.items() if status is not True}


async def test_no_route_is_left_out(desk):
    spec = (await desk.client.get("/openapi.json")).json()
    described = {
        (method.upper(), path.replace("{conversation_id}", "{id}"))
        for path, item in spec["paths"].items()
        for method in item
    }
    assert described == set(ROUTES)


async def test_a_random_id_and_a_foreign_one_look_the_same(desk):
    mine, other = await desk.start(), await desk.start()
    headers = {"Authorization": f"Bearer {other.token}"}
    foreign = await desk.client.get(f"/v1/conversations/{mine.id}", headers=headers)
    unknown = await desk.client.get("/v1/conversations/c_00000000000000000000000000000000", headers=headers)
    assert foreign.json() == unknown.json()


async def test_a_revoked_or_made_up_key_opens_nothing(desk, settings):
    async with open_database(settings.database()) as database:
        key = await keys.create(database, "help desk")
        (listed,) = await keys.list_all(database)
        await keys.revoke(database, listed.id)
    for token in (key, "us_made_up", "us_", "usv_"):
        answer = await desk.client.post("/v1/suggestions", json=ASK, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_only_hashes_are_stored(desk, settings):
    visitor = await desk.start()
    async with open_database(settings.database()) as database:
        key = await keys.create(database, "help desk")
    await visitor.post("/rating", {"score": 3}, **{"Idempotency-Key": "k"})
    await desk.client.post("/v1/conversations", headers={"Idempotency-Key": "k" * 32})
    await desk.stop()
    stored = b"".join(path.read_bytes() for path in settings.home.glob("app.db*"))
    assert visitor.id.encode() in stored
    assert visitor.token.encode() not in stored
    assert b"usv_" not in stored
    assert key[8:].encode() not in stored
