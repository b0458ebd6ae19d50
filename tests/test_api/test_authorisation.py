"""Every route against every kind of caller. A route that is not in the table fails the test."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from chatbot.api.agent import waiting
from chatbot.api.transport import permissions
from chatbot.api.transport.dependencies import key_holder
from chatbot.clock import real_clock
from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.storage.database import open_database
from tests.test_api.conftest import serving
from tests.test_api.visitor.test_identity import Clock, new_inbox, new_key, sign_in
from tests.test_service.doubles import StandInLoader

ARTICLE = {"title": "Returns", "text": "Send it back."}
NAMES = {
    "{slug}": "returns",
    "{passage_id}": "returns%230",
    "{transcript_id}": "none",
    "{message_id}": "none",
    "{answer_id}": "none",
    "{model}": "understudy",
}
ASK = {"messages": [{"role": "customer", "text": "hello"}]}
CHAT = {"messages": [{"role": "user", "content": "hi"}]}
CALLERS = (
    "nobody",
    "the visitor",
    "another visitor",
    "a visitor whose token has ended",
    "a verified visitor",
    "a verified visitor of another inbox",
    "an API key",
    "a revoked API key",
    *(f"an API key for {scope}" for scope in Scope),
)
# What each of them gets; None is what the route answers when all is well.
KEYS = len(Scope)
EVERYBODY = (None,) * len(CALLERS)
ITS_VISITOR = (401, None, 404, 401, 404, 404, *(404,) * (2 + KEYS))
ANY_VISITOR = (401, None, None, 401, None, None, *(401,) * (2 + KEYS))
UNVERIFIED = (401, None, None, None, *(401,) * (4 + KEYS))  # also after the end: it is how a token is renewed
WHOEVER_STARTS = (None, None, None, 401, *(None,) * (4 + KEYS))
A_PROOF = (401,) * len(CALLERS)  # what is sent here proves nothing


def key_for(scope):
    """A key for everything, as all of them were once, and the one for this scope."""
    return (*(401,) * 6, None, 401, *(None if each is scope else 403 for each in Scope))


SUGGEST, AGENT, KNOWLEDGE = key_for(Scope.SUGGEST), key_for(Scope.AGENT), key_for(Scope.KNOWLEDGE)
# For each route: a body, who may, and what he gets. In the order in which they are tried.
ROUTES = {
    ("POST", "/v1/conversations"): (None, WHOEVER_STARTS, 201),
    ("GET", "/v1/conversations"): (None, ANY_VISITOR, 200),
    ("POST", "/v1/visitor"): ({"token": "x"}, A_PROOF, 401),
    ("POST", "/v1/visitor/token"): (None, UNVERIFIED, 200),
    ("GET", "/v1/conversations/{id}"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/messages"): ({"client_id": "a", "text": "hi"}, ITS_VISITOR, 201),
    ("GET", "/v1/conversations/{id}/events"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/handover"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/meanwhile"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/stop"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/messages/{message_id}/feedback"): ({"value": 1}, ITS_VISITOR, 404),
    ("POST", "/v1/conversations/{id}/rating"): ({"score": 5}, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/contact"): ({"email": "a@b.example"}, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/claim"): ({"agent": "Mira"}, AGENT, 200),
    ("POST", "/v1/conversations/{id}/replies"): ({"agent": "Mira", "client_id": "r", "text": "hi"}, AGENT, 201),
    ("POST", "/v1/conversations/{id}/typing"): ({"agent": "Mira"}, AGENT, 204),
    ("POST", "/v1/conversations/{id}/release"): ({"agent": "Mira"}, AGENT, 200),
    ("GET", "/v1/review"): (None, KNOWLEDGE, 200),
    ("POST", "/v1/review/{answer_id}"): ({"decision": "approve"}, KNOWLEDGE, 404),
    ("GET", "/v1/queue"): (None, AGENT, 200),
    ("GET", "/v1/queue/{id}"): (None, AGENT, 200),
    ("GET", "/v1/queue/{id}/events"): (None, AGENT, 200),
    ("POST", "/v1/presence"): ({"agent": "Mira"}, AGENT, 200),
    ("POST", "/v1/conversations/{id}/closure"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/reopening"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/suggestions"): (ASK, SUGGEST, 200),
    ("POST", "/v1/rankings"): ({**ASK, "candidates": ["a"]}, SUGGEST, 200),
    ("POST", "/v1/completions"): ({**ASK, "draft": "a"}, SUGGEST, 200),
    ("POST", "/v1/chat/completions"): (CHAT, SUGGEST, 200),
    ("GET", "/v1/models"): (None, SUGGEST, 200),
    ("GET", "/v1/models/{model}"): (None, SUGGEST, 200),
    ("POST", "/v1/explanations"): (ASK, SUGGEST, 200),
    ("GET", "/v1/messages/{message_id}/trace"): (None, AGENT, 404),
    ("PUT", "/v1/articles/{slug}"): (ARTICLE, KNOWLEDGE, 201),
    ("POST", "/v1/retirements/{passage_id}"): ({"reason": "old"}, KNOWLEDGE, 201),
    ("DELETE", "/v1/retirements/{passage_id}"): (None, KNOWLEDGE, 200),
    ("DELETE", "/v1/articles/{slug}"): (None, KNOWLEDGE, 200),
    ("DELETE", "/v1/transcripts/{transcript_id}"): (None, KNOWLEDGE, 404),
    ("DELETE", "/v1/visitor/token"): (None, ANY_VISITOR, 204),
    ("GET", "/health/live"): (None, EVERYBODY, 200),
    ("GET", "/health/ready"): (None, EVERYBODY, 200),
    ("GET", "/metrics"): (None, EVERYBODY, 200),
}
AGAIN = {
    ("POST", "/v1/conversations/{id}/replies"): 200,
    ("POST", "/v1/conversations/{id}/release"): 409,
    ("PUT", "/v1/articles/{slug}"): 200,
    ("POST", "/v1/retirements/{passage_id}"): 200,
    ("DELETE", "/v1/retirements/{passage_id}"): 404,
    ("DELETE", "/v1/articles/{slug}"): 404,
}
"""What the second caller gets who may, where the first has done it."""
PAGES = {
    "/openapi.json",
    "/",
    "/widget/{name}.js",
    "/widget",
    "/frame/{inbox_id}",
    "/docs",
    "/demo",
    "/demo/articles",
    "/gallery",
    "/shared",
}
"""What is for everybody and not described: files, and the description itself."""


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"stream_seconds": 0.05, "database_url": database_url})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def desk(settings, clock):
    async with serving(settings, StandInLoader(), replace(real_clock(), now=clock.now)) as running:
        yield running


@pytest.fixture
async def callers(desk, clock):
    """The visitor's conversation, and what each caller sends as his token."""
    old = await desk.start()
    clock.late = timedelta(days=2)
    mine, other = await desk.start(), await desk.start()
    inbox = await new_inbox(desk)
    verified = await sign_in(desk, await new_key(desk))
    elsewhere = await sign_in(desk, await new_key(desk, inbox), inbox)
    database = desk.app.state.running.database
    revoked, key = await api_keys.create(database, "old desk"), await api_keys.create(database, "help desk")
    await api_keys.revoke(database, (await api_keys.list_all(database))[0].id)
    narrow = [await api_keys.create(database, f"for {scope}", scopes=[scope]) for scope in Scope]
    visitors = (mine.token, other.token, old.token, verified["token"], elsewhere["token"])
    tokens = (None, *visitors, key, revoked, *narrow)
    return mine, dict(zip(CALLERS, tokens, strict=True))


async def test_every_route_and_caller(desk, callers):
    mine, tokens = callers
    wrong = {}
    for (method, path), (body, may, well) in ROUTES.items():
        for caller, refused in zip(CALLERS, may, strict=True):
            headers = {"Authorization": f"Bearer {tokens[caller]}"} if tokens[caller] else {}
            url = path.replace("{id}", mine.id)
            for name, value in NAMES.items():
                url = url.replace(name, value)
            answer = await desk.client.request(method, url, json=body, headers=headers)
            if answer.status_code != (refused or well):
                wrong[method, path, caller] = answer.status_code
            if answer.status_code == well:
                well = AGAIN.get((method, path), well)  # noqa: PLW2901
            if answer.status_code == 403:
                assert answer.json()["code"] == "scope_missing"
                scope = next(each for each, one in zip(Scope, may[8:], strict=True) if one is None)
                assert f"`{scope}`" in answer.json()["detail"]
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"
    assert wrong == {}


async def test_no_route_is_left_out(desk):
    found, pages = set(), set()
    for route in walk(desk.app.routes):
        path = route.path.replace("{conversation_id}", "{id}").replace(":path}", "}")
        if isinstance(route, APIRoute) and path.startswith(("/v1/", "/health/", "/metrics")):
            found |= {(method, path) for method in route.methods}
        else:
            pages.add(path)
    assert found == set(ROUTES)
    assert pages <= PAGES
    spec = (await desk.client.get("/openapi.json")).json()
    described = {
        (m.upper(), path.replace("conversation_id", "id")) for path, item in spec["paths"].items() for m in item
    }
    assert described == set(ROUTES)


def walk(routes):
    """Every route, those of included routers as well."""
    for route in routes:
        if isinstance(route, APIRoute) or not hasattr(route, "original_router"):
            yield route
        else:
            yield from walk(route.original_router.routes)


async def test_a_route_that_is_not_declared_lets_no_server_start(desk, monkeypatch):
    app = FastAPI()
    app.include_router(waiting.router)
    monkeypatch.setattr(permissions, "NEEDED", {("GET", "/v1/queue"): Scope.AGENT})
    with pytest.raises(permissions.UndeclaredError, match="POST /v1/presence"):
        permissions.install(app, key_holder)
    open_to_all = {(m, r.path): permissions.Holder.EVERYBODY for r in waiting.router.routes for m in r.methods}
    monkeypatch.setattr(permissions, "NEEDED", open_to_all)  # declared, but it asks for a key
    with pytest.raises(permissions.UndeclaredError, match="GET /v1/queue"):
        permissions.install(app, key_holder)


async def test_the_description_names_the_scope_of_every_route(desk):
    spec = (await desk.client.get("/openapi.json")).json()
    for (method, path), (_, may, _) in ROUTES.items():
        operation = spec["paths"][path.replace("{id}", "{conversation_id}")][method.lower()]
        scopes = [str(each) for each, one in zip(Scope, may[8:], strict=True) if one is None and 403 in may]
        assert [each.get("API key") for each in operation.get("security", []) if "API key" in each] == (
            [scopes] if scopes else []
        )
        assert not scopes or ("403" in operation["responses"] and f"`{scopes[0]}`" in operation["description"])


async def test_a_key_with_an_agent_acts_for_nobody_else(desk):
    """Every route whose body names an agent, whoever adds one."""
    database = desk.app.state.running.database
    key = await api_keys.create(database, "Mira's console", scopes=[Scope.AGENT, Scope.KNOWLEDGE], agent="Mira")
    headers = {"Authorization": f"Bearer {key}"}
    spec = (await desk.client.get("/openapi.json")).json()
    shapes = spec["components"]["schemas"]
    tried = []
    for (method, path), (body, _, well) in ROUTES.items():
        described = spec["paths"][path.replace("{id}", "{conversation_id}")][method.lower()]
        given = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        fields = shapes.get(given.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
        named = {"agent", "author", "by"}.intersection(fields)
        if not named:
            continue
        visitor = await desk.start()
        url = path.replace("{id}", visitor.id)
        tried.append(url)
        claim = f"/v1/conversations/{visitor.id}/claim"
        assert (await desk.client.post(claim, json={"agent": "Mira"}, headers=headers)).status_code == 200
        for name in ("Jon", "mira", "Mira "):
            refused = await desk.client.request(
                method, url, json={**body, **dict.fromkeys(named, name)}, headers=headers
            )
            assert (refused.status_code, refused.json()["code"]) == (403, "other_agent"), (url, name)
        allowed = await desk.client.request(method, url, json={**body, **dict.fromkeys(named, "Mira")}, headers=headers)
        assert allowed.status_code == well
    assert len(tried) >= 5


async def test_a_random_id_and_a_foreign_one_look_the_same(desk):
    mine, other = await desk.start(), await desk.start()
    headers = {"Authorization": f"Bearer {other.token}"}
    foreign = await desk.client.get(f"/v1/conversations/{mine.id}", headers=headers)
    unknown = await desk.client.get("/v1/conversations/c_00000000000000000000000000000000", headers=headers)
    assert foreign.json() == unknown.json()


async def test_a_revoked_or_made_up_key_opens_nothing(desk, settings):
    async with open_database(settings.database()) as database:
        key = await api_keys.create(database, "help desk")
        (listed,) = await api_keys.list_all(database)
        await api_keys.revoke(database, listed.id)
    for token in (key, "us_made_up", "us_", "usv_"):
        answer = await desk.client.post("/v1/suggestions", json=ASK, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_only_hashes_are_stored(desk, settings, all_that_is_stored):
    visitor = await desk.start()
    async with open_database(settings.database()) as database:
        key = await api_keys.create(database, "help desk")
    await visitor.post("/rating", {"score": 3}, **{"Idempotency-Key": "k"})
    await desk.client.post("/v1/conversations", headers={"Idempotency-Key": "k" * 32})
    await desk.stop()
    stored = all_that_is_stored()
    assert visitor.id.encode() in stored
    assert visitor.token.encode() not in stored
    assert b"usv_" not in stored
    assert key[8:].encode() not in stored
