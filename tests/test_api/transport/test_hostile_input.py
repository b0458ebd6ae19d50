"""What no client of good will sends, to every route on both databases: told as a mistake, never one of ours."""

from __future__ import annotations

import base64
import itertools
import json
from urllib.parse import quote

import pytest

from chatbot.service.access import api_keys
from tests.test_api.conftest import serving
from tests.test_api.test_authorisation import NAMES, ROUTES
from tests.test_api.visitor.test_identity import bearer, new_key, signed
from tests.test_service.live_desk import SearchedLoader

TEXTS = [
    "\0",
    "a\0b",
    "\ud800",
    "x\udfffy",
    "\ufffe",
    "\x1b[2J",
    "a\r\nb",
    "\u202e",
    "😀" * 40,
    "é" * 700,
    "x" * 5000,
    "9" * 400,
    "-1",
    "..",
    "' OR 1=1 --",
    "%s%n{0}",
]
RAW = [
    *(json.dumps(text) for text in TEXTS),
    *("null", "true", "[]", "{}", "0", "-1", "1e400", "-1e400", "NaN", "Infinity", "9" * 30, "9" * 5000, "0.1"),
    *("[" * 100 + "]" * 100, "[" * 100_000, '{"a":' * 5000 + "1" + "}" * 5000),
]
IN_FIELDS = [*RAW[:6], *RAW[len(TEXTS) : -5]]
CURSORS = [
    "0001-01-01T00:00:00+14:00 c",
    "9999-12-31T23:59:59-12:00 c",
    "2026-03-02T09:30:00 c",
    "2026-03-02T09:30:00+00:00 \0",
    "2026-03-02T09:30:00+00:00 \ud800",
    "2026-03-02T09:30:00+00:00",
    "x",
    "",
    "\0",
]


@pytest.fixture
def settings(settings, database_url):
    unlimited = dict.fromkeys(("rate_address", "rate_starts", "rate_visitor", "rate_conversation"), "")
    return settings.model_copy(update={"database_url": database_url, "stream_seconds": 0.02, **unlimited})


@pytest.fixture
async def desk(settings):
    """A desk whose index is searched, so that these texts get there as well."""
    async with serving(settings, SearchedLoader(settings.desk())) as running:
        yield running


@pytest.fixture
async def callers(desk):
    key = await api_keys.create(desk.app.state.running.database, "tool")
    visitor = await desk.start()
    return visitor, [bearer(key), visitor.headers]


def encoded(text):
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


async def send(desk, method, url, headers, **sent):
    """One request; a mistake of ours fails the test."""
    answer = await desk.client.request(method, url, headers=headers, **sent)
    assert answer.status_code < 500, (method, url[:200], str(sent)[:200], answer.text)
    return answer.status_code


async def test_paths_and_queries(desk, callers):
    visitor, headers = callers
    for (method, path), (body, _, _) in ROUTES.items():
        places = [name for name in ("{id}", *NAMES) if name in path]
        for place, text in itertools.product(places, TEXTS):
            url = path.replace(place, encoded(text)).replace("{id}", visitor.id)
            for name, value in NAMES.items():
                url = url.replace(name, value)
            status = await send(desk, method, url, headers["conversations" in path], json=body)
            if "\0" in text:
                assert status == 422, (method, url)
    key, own = headers
    queries = (
        ("GET", "/v1/conversations", own, ("cursor", "limit")),
        ("GET", f"/v1/conversations/{visitor.id}/events", own, ("after", "wait", "nothing")),
        ("GET", f"/v1/queue/{visitor.id}/events", key, ("after", "wait")),
        ("GET", "/v1/changes", key, ("after", "wait")),
        ("GET", "/v1/worklist", key, ("q", "agent", "order", "cursor")),
        ("GET", "/v1/queue", key, ("limit", "\0")),
        ("DELETE", "/v1/articles/a", key, ("language",)),
        ("DELETE", "/v1/transcripts/a", key, ("source",)),
    )
    for (method, url, one, names), text in itertools.product(queries, TEXTS):
        for name in names:
            await send(desk, method, f"{url}?{encoded(name)}={encoded(text)}", one)


async def test_cursors(desk, callers):
    visitor, _ = callers
    for cursor in CURSORS:
        made = base64.urlsafe_b64encode(cursor.encode("utf-8", "surrogatepass")).decode()
        for given in (made, encoded(cursor), made[:-1]):
            assert await send(desk, "GET", f"/v1/conversations?cursor={given}", visitor.headers) == 422


async def test_bodies(desk, callers):
    """Every field of every body, and the body itself, becomes every one of them."""
    visitor, headers = callers
    for (method, path), (body, _, _) in ROUTES.items():
        url = path.replace("{id}", visitor.id)
        for name, value in NAMES.items():
            url = url.replace(name, value)
        sent = {**headers["conversations" in path and body != {"agent": "Mira"}], "Content-Type": "application/json"}
        for raw in RAW:
            await send(desk, method, url, sent, content=raw.encode("utf-8", "surrogatepass"))
            for field in (body or {"inbox": None, "client_id": "1"}) if raw in IN_FIELDS else ():
                content = _with(body or {}, field, raw)
                await send(desk, method, url, sent, content=content.encode("utf-8", "surrogatepass"))


def _with(body, field, raw):
    """The body as JSON with a field, or the texts of its messages, replaced by raw JSON."""
    whole = json.dumps({**body, field: "PLACE"}).replace('"PLACE"', raw)
    return json.dumps(body).replace('"hello"', raw).replace('"hi"', raw) if field == "messages" else whole


async def test_headers(desk, callers):
    visitor, headers = callers
    names = (
        "Last-Event-ID",
        "Idempotency-Key",
        "Authorization",
        "Origin",
        "Host",
        "X-Forwarded-For",
        "Accept-Language",
    )
    names += ("Content-Type", "Accept", "X-Request-ID", "If-None-Match", "Range", "X-Forwarded-Proto", "Content-Length")
    values = [
        b"\xff\xfe",
        b"[",
        b"http://[",
        b"9" * 400,
        b"-1",
        b"\xc2\xa0",
        b"a" * 5000,
        b"http://[::1",
        b"1;q=x,,;",
        b"\xb2",
    ]
    urls = (
        f"/v1/conversations/{visitor.id}/events",
        "/v1/conversations",
        "/widget/",
        "/docs",
        "/v1/nothing",
        "/frame/default",
    )
    for url, name, value in itertools.product(urls, names, values):
        method = "POST" if url == "/v1/conversations" and name != "Content-Length" else "GET"
        if name == "Content-Length":
            continue  # httpx would wait for what it promised
        await send(desk, method, url, {**headers[1], name: value})


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "a\0b"},
        {"sub": "\ud800"},
        {"sub": "x" * 5000},
        {"sub": 7},
        {"sub": ["a"]},
        {"exp": 1e400},
        {"exp": float("nan")},
        {"exp": -1},
        {"iat": -(10**12), "exp": -(10**12) + 5},
        {"iat": 253402300799, "exp": 253402300799},
        {"exp": 10**400},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": 1e400},
        {"nbf": {}},
        {"aud": {"a": 1}},
        {"aud": None},
        {"name": "\ud800", "email": "a\0b"},
        {"email": "\udfff@x.example"},
    ],
)
async def test_claims(desk, claims):
    token = signed(desk, *await new_key(desk), **claims)
    assert await send(desk, "POST", "/v1/visitor", {}, json={"token": token}) == 401


async def test_tokens_of_another_make(desk):
    def part(text):
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    for header in (
        "[" * 4000,
        '{"alg":"HS256","kid":' + "[" * 3000,
        '{"kid":["a"]}',
        "{}",
        '"x"',
        "null",
        '{"alg":null}',
    ):
        for token in (f"{part(header)}.{part('{}')}.x", f"{part(header)}.{part('[' * 1000)}.", part(header)):
            assert await send(desk, "POST", "/v1/visitor", {}, json={"token": token[:8000]}) == 401
