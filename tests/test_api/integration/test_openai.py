"""The desk as OpenAI's tools see it: whole and streamed replies, the decision beside them, what is refused."""

from __future__ import annotations

import json

import pytest

from chatbot.service.access import api_keys

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
    told = (await desk.client.get("/v1/models", headers={"Authorization": f"Bearer {key}"})).json()
    assert [model["id"] for model in told["data"]] == ["understudy"]
