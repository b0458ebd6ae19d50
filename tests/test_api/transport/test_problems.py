"""Errors are problems with a stable code, whatever goes wrong; and a write sent twice is done once."""

from __future__ import annotations

import sqlite3
import uuid

import pytest

from chatbot.api.transport import transitions
from chatbot.service.conversations import opening
from chatbot.storage.sqlite import group_commit
from tests.test_api.conftest import serving
from tests.test_service.doubles import StandInLoader


def is_problem(answer, status, code):
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["title"]
    assert answer.json()["detail"]
    assert "Traceback" not in answer.text


async def test_unknown_paths_and_methods(desk):
    is_problem(await desk.client.get("/nothing/here"), 404, "not_found")
    is_problem(await desk.client.delete("/v1/conversations"), 405, "method_not_allowed")
    is_problem(await desk.client.get("/widget/nothing.js"), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"client_id": "1"}, "body.text"),
        ({"text": "x"}, "body.client_id"),
        ({"client_id": "", "text": "x"}, "body.client_id"),
        ({"client_id": "1", "text": 7}, "body.text"),
        ([], "body"),
    ],
)
async def test_a_body_of_another_shape(desk, body, at):
    visitor = await desk.start()
    answer = await visitor.post("/messages", body or [0])
    is_problem(answer, 422, "invalid_input")
    assert answer.json()["errors"][0]["at"] == at


@pytest.mark.parametrize("text", ["", "  \n", "x" * 8001, "nul \0"])
async def test_texts_that_are_refused(desk, text):
    visitor = await desk.start()
    is_problem(await visitor.say(text, "1"), 422, "invalid_input")


@pytest.mark.parametrize("text", ["x" * 8000, "é😀𝒳 مرحبا", "<script>alert(1)</script>", "line\r\nline"])
async def test_texts_come_back_as_they_were(desk, text):
    visitor = await desk.start()
    assert (await visitor.say(text, "1")).json()["text"] == text
    events = await visitor.until("message.created")
    assert events[-1]["payload"]["text"] == text


async def test_bytes_that_are_not_what_they_should_be(desk):
    visitor = await desk.start()
    url = f"/v1/conversations/{visitor.id}/messages"
    headers = {**visitor.headers, "Content-Type": "application/json"}
    is_problem(await desk.client.post(url, content=b"{", headers=headers), 422, "invalid_input")
    is_problem(await desk.client.post(url, content=b"\xff\xfe", headers=headers), 422, "invalid_input")
    is_problem(await desk.client.post(url, content=b'{"a":"\xff"}', headers=headers), 400, "bad_request")
    half_a_pair = b'{"client_id":"1","text":"\\ud83d"}'
    answer = await desk.client.post(url, content=half_a_pair, headers=headers)
    assert (answer.status_code, answer.json()["text"]) == (201, "\ufffd")


@pytest.mark.parametrize(
    "given", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "json", "*/*"]
)
async def test_a_body_of_another_media_type(desk, given):
    visitor = await desk.start()
    url, body = f"/v1/conversations/{visitor.id}/messages", b'{"client_id":"1","text":"hello"}'
    headers = {**visitor.headers, "Content-Type": given}
    answer = await desk.client.post(url, content=body, headers=headers)
    is_problem(answer, 415, "unsupported_media_type")
    assert "application/json" in answer.json()["detail"]

    async def chunks():
        yield body

    is_problem(await desk.client.post(url, content=chunks(), headers=headers), 415, "unsupported_media_type")
    assert (await visitor.get()).json()["messages"] == []
    # Without a body there is nothing to be of another type.
    assert (await desk.client.post(f"/v1/conversations/{visitor.id}/handover", headers=headers)).status_code == 200


@pytest.mark.parametrize("given", ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"])
async def test_json_by_any_of_its_names(desk, given):
    visitor = await desk.start()
    answer = await desk.client.post(
        f"/v1/conversations/{visitor.id}/messages",
        content=b'{"client_id":"1","text":"hello"}',
        headers={**visitor.headers, "Content-Type": given},
    )
    assert answer.status_code == 201


async def test_a_body_that_is_too_large(desk):
    visitor = await desk.start()
    is_problem(await visitor.say("x" * 1_100_000, "1"), 413, "body_too_large")

    async def chunks():
        for _ in range(20):
            yield b" " * 100_000

    url = f"/v1/conversations/{visitor.id}/messages"
    headers = {**visitor.headers, "Content-Type": "application/json"}
    is_problem(await desk.client.post(url, content=chunks(), headers=headers), 413, "body_too_large")


async def test_a_last_event_id_that_is_none(desk):
    visitor = await desk.start()
    for wrong in ("x", "-1", "9" * 30):
        headers = {**visitor.headers, "Last-Event-ID": wrong}
        is_problem(
            await desk.client.get(f"/v1/conversations/{visitor.id}/events", headers=headers), 422, "invalid_input"
        )


async def test_a_mistake_of_ours(desk, monkeypatch, logging):
    visitor = await desk.start()
    secret = "what the customer wrote"

    async def broken(*args, **kwargs):
        raise RuntimeError(secret)

    monkeypatch.setattr(opening, "snapshot", broken)
    answer = await visitor.get()
    is_problem(answer, 500, "internal_error")
    assert secret not in answer.text
    logged = logging.readouterr().err
    assert "RuntimeError" in logged
    assert "conversations.py" in logged
    assert secret not in logged
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_not_ready(settings):
    async with serving(settings, StandInLoader(pipeline=None)) as desk:
        from chatbot.service.access import api_keys

        key = await api_keys.create(desk.app.state.running.database, "desk")
        body = {"messages": [{"role": "customer", "text": "hello"}]}
        answer = await desk.client.post("/v1/suggestions", json=body, headers={"Authorization": f"Bearer {key}"})
        is_problem(answer, 503, "not_ready")
        assert answer.headers["retry-after"] == "5"


async def test_the_same_key_gets_the_same_answer(desk):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, again = [await desk.client.post("/v1/conversations", headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = await desk.client.post("/v1/conversations", headers=key, json={})
    is_problem(other, 422, "idempotency_mismatch")


async def test_a_key_that_others_might_draw_cannot_start(desk):
    is_problem(await desk.client.post("/v1/conversations", headers={"Idempotency-Key": "1"}), 422, "invalid_input")


async def test_a_write_is_done_once(desk):
    visitor = await desk.start()
    key = {"Idempotency-Key": "rate-1"}
    first = await visitor.post("/rating", {"score": 2}, **key)
    await visitor.post("/rating", {"score": 5})
    again = await visitor.post("/rating", {"score": 2}, **key)
    assert first.json() == again.json()
    assert (await visitor.get()).json()["rating"] == 5
    is_problem(await visitor.post("/rating", {"score": 3}, **key), 422, "idempotency_mismatch")
    # A key stands for one request: with another path it is a mistake, and nothing is done.
    is_problem(await visitor.post("/closure", **key), 422, "idempotency_mismatch")
    assert (await visitor.get()).json()["status"] == "open"


async def test_a_failed_write_is_not_kept(desk):
    visitor = await desk.start()
    key = {"Idempotency-Key": "say-1"}
    body = {"client_id": "1", "text": "   "}
    assert (await visitor.post("/messages", body, **key)).status_code == 422
    assert (await visitor.post("/messages", {**body, "text": "hello"}, **key)).status_code == 201


async def test_nothing_is_stored_where_the_commit_fails(desk, monkeypatch):
    visitor = await desk.start()
    before = (await visitor.get()).json()

    def broken(*args, **kwargs):
        raise RuntimeError("after the write")

    monkeypatch.setattr(transitions, "status_word", broken)
    assert (await visitor.post("/handover")).status_code == 500
    assert (await visitor.get()).json() == before


async def test_what_could_not_be_stored_may_be_sent_again(desk, monkeypatch):
    visitor = await desk.start()
    commit, full = group_commit.commit, [True]

    def committing(driver):
        if full:
            full.clear()
            raise sqlite3.OperationalError("database or disk is full")
        commit(driver)

    monkeypatch.setattr(group_commit, "commit", committing)
    refused = await visitor.say("one", "1")
    assert (refused.status_code, refused.json()["code"]) == (503, "not_stored")
    assert int(refused.headers["Retry-After"]) > 0
    assert (await visitor.get()).json()["messages"] == []
    assert (await visitor.say("one", "1")).status_code == 201
    assert (await visitor.until("message.done"))[-1]["payload"]["text"] == "You said: one"


@pytest.mark.parametrize(
    ("accepted", "language", "detail"),
    [
        (None, "en", "This conversation is closed; re-open it or start a new one."),
        ("sv-SE, *;q=0.5", "en", "This conversation is closed; re-open it or start a new one."),
        (
            "cs,de-AT;q=0.9,en;q=0.5",
            "de",
            "Diese Unterhaltung ist beendet; öffnen Sie sie wieder oder beginnen Sie eine neue.",
        ),
    ],
)
async def test_what_customers_read_is_in_the_language_they_ask_for(desk, accepted, language, detail):
    visitor = await desk.start()
    await visitor.post("/closure")
    asked = {"Accept-Language": accepted} if accepted else {}
    answer = await visitor.post("/messages", {"client_id": "1", "text": "more"}, **asked)
    is_problem(answer, 409, "conversation_closed")
    assert answer.json()["detail"] == detail
    assert answer.headers["content-language"] == language
