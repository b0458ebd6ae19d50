"""The desk as OpenAI's tools see it: whole and streamed replies, the decision beside them, what is refused."""

from __future__ import annotations

import json

import openai
import pytest

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from tests.test_api.conftest import serving
from tests.test_service.doubles import StandInLoader

QUESTION = {"role": "user", "content": "Where is it? It was sent."}


@pytest.fixture
async def chat(desk):
    headers = {"Authorization": f"Bearer {await api_keys.create(desk.app.state.running.database, 'tool')}"}

    async def post(*messages, **more):
        body = {"model": "gpt-4o", "messages": list(messages), **more}
        return await desk.client.post("/v1/chat/completions", json=body, headers=headers)

    return post


async def test_the_reply_and_its_decision(chat, desk):
    answer = await chat(
        {"role": "system", "content": "Say yes to everything."},
        {"role": "user", "content": [{"type": "text", "text": "Hello."}, {"type": "text", "text": "It's me."}]},
        {"role": "assistant", "content": "Hello!"},
        QUESTION,
        temperature=0.3,
        max_tokens=9,
    )
    told = answer.json()
    assert answer.status_code == 200
    assert (told["object"], told["model"]) == ("chat.completion", "understudy")
    (choice,) = told["choices"]
    assert choice["message"] == {"role": "assistant", "content": "You said: Where is it? It was sent."}
    assert choice["finish_reason"] == "stop"
    assert (told["understudy"]["decision"], told["understudy"]["evidence"][0]["id"]) == ("answer", "t1:1")
    # Instructions are nobody's turn, and of evidence only what the customer may see is told.
    assert desk.loader.pipeline.asked[-1] == ("Hello.\nIt's me.", "Hello!", "Where is it? It was sent.")
    assert "somebody else's words" not in answer.text


async def test_a_hand_over_is_a_reply_that_says_so(chat):
    told = (await chat({"role": "user", "content": "a person please"})).json()
    assert told["choices"][0]["message"]["content"] == "A colleague will answer."
    assert told["understudy"]["decision"] == "hand_over"


async def test_streamed_it_is_the_same_text(chat):
    answer = await chat(QUESTION, stream=True)
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0]["role"] == "assistant"
    assert "".join(delta.get("content", "") for delta in deltas) == "You said: Where is it? It was sent."
    assert len(deltas) == 4  # two sentences
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None, None, None, "stop"]
    assert chunks[-1]["understudy"]["decision"] == "answer"


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "assistant", "content": "Hello!"}],
        [QUESTION, {"role": "system", "content": "x"}],
        [{"role": "user", "content": " "}],
        [{"role": "user", "content": None}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
        [{"role": "user", "content": "nul \0"}],
    ],
)
async def test_what_is_refused(chat, messages):
    answer = await chat(*messages)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_the_list_of_models(desk):
    key = await api_keys.create(desk.app.state.running.database, "tool")
    headers = {"Authorization": f"Bearer {key}"}
    told = (await desk.client.get("/v1/models", headers=headers)).json()
    assert [model["id"] for model in told["data"]] == ["understudy"]
    assert (await desk.client.get("/v1/models/understudy", headers=headers)).json() == told["data"][0]
    assert (await desk.client.get("/v1/models/gpt-4o", headers=headers)).json()["error"]["code"] == "not_found"


def chunks_of(answer):
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


async def test_usage_is_counted(chat):
    """In GPT-2's tokens; " It was sent." is four of them."""
    usage = (await chat(QUESTION)).json()["usage"]
    longer = (await chat({"role": "user", "content": "Where is it? It was sent. It was sent."})).json()["usage"]
    assert longer["prompt_tokens"] == usage["prompt_tokens"] + 4
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens"] > usage["prompt_tokens"]  # "You said: " and the question


async def test_a_stream_counts_where_that_is_asked_for(chat):
    answer = await chat(QUESTION, stream=True, stream_options={"include_usage": True})
    assert "no-transform" in answer.headers["cache-control"]
    *chunks, last = chunks_of(answer)
    assert all(chunk["usage"] is None for chunk in chunks)
    assert (last["choices"], last["usage"]) == ([], (await chat(QUESTION)).json()["usage"])
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert all("usage" not in chunk for chunk in chunks_of(await chat(QUESTION, stream=True)))


IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
CALL = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": {}}]}


@pytest.mark.parametrize(
    ("messages", "read"),
    [
        ([{"role": "user", "content": [{"type": "text", "text": "Where?"}, IMAGE]}], ("Where?",)),
        (
            [{"role": "user", "content": [IMAGE, {"type": "file", "file": {"file_id": "f"}}]}, QUESTION],
            ("", QUESTION["content"]),
        ),
        (
            [QUESTION, {"role": "tool", "tool_call_id": "1", "content": "x"}, {"role": "user", "content": "hello?"}],
            (QUESTION["content"], "hello?"),
        ),
        (
            [QUESTION, CALL, {"role": "tool", "tool_call_id": "1", "content": [{"type": "text", "text": "x"}]}],
            (QUESTION["content"],),
        ),
        ([QUESTION, {"role": "function", "name": "f", "content": "x"}], (QUESTION["content"],)),
        ([{"role": "user", "name": "Ada", "content": "Where?"}], ("Where?",)),
    ],
)
async def test_what_is_read_of_a_conversation(chat, desk, messages, read):
    assert (await chat(*messages)).status_code == 200
    assert desk.loader.pipeline.asked[-1] == tuple(text for text in read if text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 2),
        ("tools", [{"type": "function", "function": {"name": "f"}}]),
        ("tool_choice", "required"),
        ("functions", [{"name": "f"}]),
        ("response_format", {"type": "json_object"}),
        ("logprobs", True),
        ("top_logprobs", 3),
        ("modalities", ["text", "audio"]),
        ("audio", {"voice": "x"}),
        ("made_up", 1),
    ],
)
async def test_what_the_desk_does_not_do_is_refused_by_name(chat, name, value):
    answer = await chat(QUESTION, **{name: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    error = answer.json()["error"]
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", name, "invalid_input")
    assert name in error["message"]


async def test_what_changes_nothing_is_taken(chat):
    settings = {"n": 1, "tools": [], "tool_choice": "none", "response_format": {"type": "text"}, "logprobs": False}
    ignored = {
        "temperature": 2,
        "top_p": 0.1,
        "stop": ["."],
        "max_completion_tokens": 1,
        "seed": 7,
        "user": "u",
        "store": False,
    }
    told = (await chat(QUESTION, **settings, **ignored)).json()
    assert told["choices"][0]["message"]["content"] == "You said: Where is it? It was sent."


@pytest.mark.parametrize("stand", ["chat", "models"])
async def test_errors_are_in_both_forms(desk, settings, stand):
    """RFC 9457 for everybody, and OpenAI's for who looks there; the words are the same."""
    database = desk.app.state.running.database
    narrow = {"Authorization": f"Bearer {await api_keys.create(database, 'k', scopes=[Scope.KNOWLEDGE])}"}
    url = {"chat": "/v1/chat/completions", "models": "/v1/models/x"}[stand]
    method = {"chat": "POST", "models": "GET"}[stand]
    cases = [
        ({}, 401, "authentication_error", "unauthorised"),
        (narrow, 403, "permission_error", "scope_missing"),
    ]
    for headers, status, kind, code in cases:
        answer = await desk.client.request(method, url, headers=headers, json={"messages": [QUESTION]})
        told = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, told["status"], told["code"]) == (status, status, code)
        assert told["error"] == {"message": told["detail"], "type": kind, "param": None, "code": code}
    assert (await desk.client.get("/v1/chat/nothing")).json()["error"]["type"] == "not_found_error"
    assert (await desk.client.put(url)).json()["error"]["code"] == "method_not_allowed"
    large = await desk.client.post(url, content=b"x" * 1_100_000, headers={"Content-Type": "application/json"})
    assert large.json()["error"]["code"] == "body_too_large"
    assert "error" not in (await desk.client.get("/v1/queue")).json()


async def test_too_many_and_not_ready_are_in_both_forms(settings):
    limited = settings.model_copy(update={"rate_address": "1/hour"})
    async with serving(limited, StandInLoader(pipeline=None)) as desk:
        key = await api_keys.create(desk.app.state.running.database, "k")
        headers = {"Authorization": f"Bearer {key}"}
        answer = await desk.client.post("/v1/chat/completions", json={"messages": [QUESTION]}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["type"]) == (503, "server_error")
        far = {**headers, "X-Forwarded-For": "203.0.113.7"}
        for _ in range(2):
            answer = await desk.client.get("/v1/models", headers=far)
        assert (answer.status_code, answer.json()["error"]["type"]) == (429, "rate_limit_error")
        assert int(answer.headers["retry-after"]) > 0


async def test_openais_own_client(desk):
    """What a tool built on it sees: replies, chunks, usage, and the reason of an error."""
    key = await api_keys.create(desk.app.state.running.database, "tool")
    async with openai.AsyncOpenAI(base_url=f"{desk.url}/v1", api_key=key, max_retries=0) as client:
        whole = await client.chat.completions.create(model="understudy", messages=[QUESTION])
        assert whole.choices[0].message.content == "You said: Where is it? It was sent."
        assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens
        stream = await client.chat.completions.create(
            model="understudy", messages=[QUESTION], stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
        assert (
            "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == whole.choices[0].message.content
        )
        assert chunks[-1].usage == whole.usage
        assert [model.id async for model in client.models.list()] == ["understudy"]
        with pytest.raises(openai.UnprocessableEntityError, match="one reply") as refused:
            await client.chat.completions.create(model="understudy", messages=[QUESTION], n=2)
        assert (refused.value.param, refused.value.code) == ("n", "invalid_input")
        with pytest.raises(openai.NotFoundError, match="understudy") as missing:
            await client.models.retrieve("gpt-4o")
        assert missing.value.type == "not_found_error"
    async with openai.AsyncOpenAI(base_url=f"{desk.url}/v1", api_key="us_wrong", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError, match="valid API key"):
            await client.models.list()
