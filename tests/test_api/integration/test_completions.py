"""Completions over HTTP: what comes back, what is refused, and what happens without a model."""

from __future__ import annotations

import pytest

from chatbot.service.access import api_keys
from tests.test_api.conftest import serving
from tests.test_service.doubles import StandInLoader

MESSAGES = [{"role": "customer", "text": "Where is it?"}]


@pytest.fixture
async def complete(desk):
    headers = {"Authorization": f"Bearer {await api_keys.create(desk.app.state.running.database, 'desk')}"}

    async def post(**body):
        return await desk.client.post("/v1/completions", json={"messages": MESSAGES, **body}, headers=headers)

    return post


async def test_the_rest_of_the_sentence(complete):
    answer = await complete(draft="Patience, it comes")
    assert (answer.status_code, answer.json()) == (200, {"completion": " soon.", "confidence": 0.5, "model": None})


async def test_silence_is_an_empty_text(complete):
    answer = await complete(draft="")
    assert (answer.status_code, answer.json()["completion"], answer.json()["confidence"]) == (200, "", 0.0)


async def test_too_much_to_do_says_when_to_come_back(complete):
    answer = await complete(draft="busy")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "busy", "7")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_without_a_model_it_is_said(complete):
    answer = await complete(draft="no model")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_model")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "body.draft"),
        ({"draft": None}, "body.draft"),
        ({"draft": "nul \0"}, "body.draft"),
        ({"draft": "x" * 8001}, "body.draft"),
        ({"draft": "x", "messages": []}, "body.messages"),
        ({"draft": "x", "messages": [{"role": "robot", "text": "x"}]}, "body.messages.0.role"),
    ],
)
async def test_what_is_refused(complete, body, at):
    answer = await complete(**body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert answer.json()["errors"][0]["at"] == at


async def test_without_an_index_it_is_not_ready(settings):
    async with serving(settings, StandInLoader(pipeline=None)) as desk:
        key = await api_keys.create(desk.app.state.running.database, "desk")
        answer = await desk.client.post(
            "/v1/completions",
            json={"messages": MESSAGES, "draft": "x"},
            headers={"Authorization": f"Bearer {key}"},
        )
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
