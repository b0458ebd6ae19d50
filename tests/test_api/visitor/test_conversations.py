"""A visitor's conversation over HTTP: sent once, answered once, followed without gaps."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from chatbot.dialogue.text.set_phrases import languages, sentence
from chatbot.service.conversations import messages
from tests.test_api.conftest import eventually, serving
from tests.test_service.doubles import RulePipeline, StandInLoader


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


async def test_a_message_is_answered_and_the_answer_streams(settings):
    async with serving(settings, StandInLoader(RulePipeline())) as desk:
        visitor = await desk.start()
        assert (await visitor.say("where is it", "1")).status_code == 201
        events = []
        async for event in visitor.events():
            events.append(event)
            if event["kind"] == "message.delta":
                desk.loader.pipeline.released.set()
            if event["kind"] == "message.done":
                break
    stored = [(event["seq"], event["kind"]) for event in events if event["seq"] is not None]
    assert stored == [(1, "conversation.started"), (2, "message.created"), (3, "message.done")]
    done = events[-1]["payload"]
    assert done["text"] == "You said: where is it"
    deltas = [event["payload"] for event in events if event["kind"] == "message.delta"]
    assert "".join(delta["text"] for delta in deltas).strip() == done["text"]
    assert {delta["message_id"] for delta in deltas} == {done["id"]}
    assert deltas[0]["offset"] == 0
    assert done["evidence"] == [
        {
            "id": "help#0",
            "kind": "article",
            "title": "How to return",
            "url": "https://help.example/return",
            "text": None,
        }
    ]


async def test_the_same_client_id_is_the_same_message(desk):
    visitor = await desk.start()
    first, again = [await visitor.say("hello", "same") for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    await visitor.until("message.done")
    messages = (await visitor.get()).json()["messages"]
    assert [message["role"] for message in messages] == ["customer", "bot"]


async def test_the_same_client_id_with_another_text_is_told(desk):
    visitor = await desk.start()
    await visitor.say("hello", "same")
    answer = await visitor.say("good-bye", "same")
    assert (answer.status_code, answer.json()["code"]) == (409, "client_id_taken")
    assert answer.json()["detail"] == sentence("another_text", "en")


@pytest.mark.parametrize("language", sorted(languages()))
async def test_who_has_written_too_much_reads_so_in_their_language(settings, language):
    async with serving(settings.model_copy(update={"max_conversation_messages": 1}), StandInLoader()) as desk:
        visitor = await desk.start()
        await visitor.say("hello", "1")
        answer = await visitor.post("/messages", {"client_id": "2", "text": "x"}, **{"Accept-Language": language})
        assert (answer.status_code, answer.json()["code"]) == (409, "conversation_full")
        assert answer.json()["detail"] == sentence("full", language)
        assert answer.headers["content-language"] == language
        assert (await visitor.post("/handover")).status_code == 200
        assert (await visitor.post("/closure")).status_code == 200


async def test_an_event_that_is_not_there_yet_is_told(desk):
    """After a back-up was restored, say: the client would miss whatever came up to its number."""
    visitor = await desk.start()
    seq = (await visitor.get()).json()["seq"]
    url = f"/v1/conversations/{visitor.id}/events"
    for query, more in (
        ("", {"Last-Event-ID": "900"}),
        ("?after=900", {}),
        ("?after=900&wait=5", {"Accept": "application/json"}),
        ("", {"Last-Event-ID": str(seq + 1)}),
    ):
        answer = await desk.client.get(f"{url}{query}", headers={**visitor.headers, **more})
        assert (answer.status_code, answer.json()["code"]) == (409, "ahead_of_log")
    headers = {**visitor.headers, "Accept": "application/json"}
    there = await desk.client.get(f"{url}?after={seq}", headers=headers)
    assert there.json() == {"events": [], "seq": seq}


async def test_nobody_on_the_way_may_change_a_stream(settings):
    async with serving(settings.model_copy(update={"stream_seconds": 0.05}), StandInLoader()) as desk:
        visitor = await desk.start()
        assert "no-transform" in (await visitor.get("/events")).headers["cache-control"]


async def test_many_sends_at_once_are_one_message(desk):
    visitor = await desk.start()
    answers = await asyncio.gather(*(visitor.say("hello", "same") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    await visitor.until("message.done")
    assert len((await visitor.get()).json()["messages"]) == 2


async def test_a_stream_resumes_after_the_last_event_seen(desk):
    visitor = await desk.start()
    await visitor.say("one", "1")
    await visitor.until("message.done")
    await visitor.say("two", "2")
    events = await visitor.until("message.done", after=3)
    numbers = [event["seq"] for event in events if event["seq"] is not None]
    assert numbers[0] > 3
    assert numbers == sorted(set(numbers))


async def test_snapshot_and_seq_fit_together(desk):
    visitor = await desk.start()
    await visitor.say("one", "1")
    await visitor.until("message.done")
    snapshot = (await visitor.get()).json()
    assert snapshot["status"] == "open"
    assert [message["text"] for message in snapshot["messages"]] == ["one", "You said: one"]
    # What an agent may see and a customer may not has a number as well.
    assert snapshot["seq"] == 4


async def test_who_comes_while_an_answer_is_written_gets_its_beginning(settings):
    async with serving(settings, StandInLoader(RulePipeline())) as desk:
        visitor = await desk.start()
        await visitor.say("slowly now", "1")
        await visitor.until("message.delta")
        late = (await visitor.until("message.delta"))[-1]["payload"]
        desk.loader.pipeline.released.set()
        done = (await visitor.until("message.done"))[-1]["payload"]
    assert late["offset"] == 0
    assert late["message_id"] == done["id"]
    assert done["text"].startswith(late["text"].strip())


async def test_a_message_that_comes_meanwhile_is_answered_with_the_first(settings):
    async with serving(settings, StandInLoader(RulePipeline())) as desk:
        pipeline = desk.loader.pipeline
        visitor = await desk.start()
        await visitor.say("first", "1")
        await eventually(lambda: len(pipeline.asked) == 1)
        await visitor.say("second", "2")
        await eventually(lambda: len(pipeline.asked) == 2)
        pipeline.released.set()
        await visitor.until("message.done")
        await eventually(desk.idle)
        messages = (await visitor.get()).json()["messages"]
        assert [message["text"] for message in messages] == ["first", "second", "You said: second"]
        assert pipeline.asked == [("first",), ("first", "second")]


async def test_after_a_hand_over_the_bot_is_silent(desk):
    visitor = await desk.start()
    await visitor.say("a person please", "1")
    events = await visitor.until("handover.requested")
    text = "A colleague will answer. The answer comes here, as soon as one of us is free."
    told = {"reason": "customer_asked", "text": text, "meanwhile": True}
    assert events[-1]["payload"] == {**told, "expected": None, "opens_at": None}
    await visitor.say("are you there", "2")
    await eventually(desk.idle)
    snapshot = (await visitor.get()).json()
    assert snapshot["status"] == "waiting"
    assert snapshot["handover"]["reason"] == "customer_asked"
    assert [message["role"] for message in snapshot["messages"]] == ["customer", "bot", "customer", "system"]
    await visitor.say("hello?", "3")
    assert (await visitor.post("/meanwhile")).json()["status"] == "open"
    assert (await visitor.post("/meanwhile")).json()["status"] == "open", "again changes nothing"
    await visitor.until("message.done", after=snapshot["seq"])
    assert desk.loader.pipeline.asked[-1] == ("are you there", "hello?"), "what nobody has answered"


async def test_a_hand_over_breaks_off_the_answer_being_written(settings):
    async with serving(settings, StandInLoader(RulePipeline())) as desk:
        visitor = await desk.start()
        await visitor.say("take your time", "1")
        await eventually(lambda: len(desk.loader.pipeline.asked) == 1)
        answer = await visitor.post("/handover")
        assert answer.json()["status"] == "waiting"
        again = await visitor.post("/handover")
        assert again.json() == answer.json()
        await eventually(lambda: desk.loader.pipeline.finished == 1 and desk.idle())
        assert [message["role"] for message in (await visitor.get()).json()["messages"]] == ["customer"]


async def test_a_pipeline_that_breaks_hands_over(desk):
    visitor = await desk.start()
    await visitor.say("break it", "1")
    events = await visitor.until("handover.requested")
    assert events[-1]["payload"]["reason"] == "failure"
    await visitor.post("/closure")
    other = await desk.start()
    await other.say("still there", "1")
    await other.until("message.done")


async def test_a_closed_conversation_takes_no_more_but_can_be_rated(desk):
    visitor = await desk.start()
    await visitor.say("one", "1")
    await visitor.until("message.done")
    assert (await visitor.post("/closure")).json()["status"] == "closed"
    refused = await visitor.say("two", "2")
    assert (refused.status_code, refused.json()["code"]) == (409, "conversation_closed")
    assert (await visitor.say("one", "1")).status_code == 200
    assert (await visitor.post("/handover")).status_code == 409
    assert (await visitor.post("/rating", {"score": 4, "comment": "fine"})).status_code == 200
    assert (await visitor.get()).json()["rating"] == 4
    assert (await visitor.post("/rating", {"score": 6})).status_code == 422


async def test_what_waited_for_an_index_is_answered_when_there_is_one(settings):
    async with serving(settings, StandInLoader(pipeline=None)) as desk:
        visitor = await desk.start()
        assert (await visitor.say("hello", "1")).status_code == 201
        ready = await desk.client.get("/health/ready")
        assert (ready.status_code, ready.json()["missing"]) == (503, ["No index."])
        desk.loader.pipeline, desk.loader.version = RulePipeline.at_once(), "two"
        await visitor.until("message.done")
        ready = await desk.client.get("/health/ready")
        assert (ready.status_code, ready.json()["index"]) == (200, "two")


async def test_a_stop_ends_open_streams_at_once(settings):
    async with serving(settings, StandInLoader()) as desk:
        visitor = await desk.start()

        async def follow() -> list[str]:
            return [event["kind"] async for event in visitor.events()]

        following = asyncio.create_task(follow())
        await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            await desk.stop()
            assert await following == ["conversation.started"]


async def test_a_stream_ends_by_itself_in_time(settings):
    async with serving(settings.model_copy(update={"stream_seconds": 0.2}), StandInLoader()) as desk:
        visitor = await desk.start()
        async with asyncio.timeout(5):
            assert [event["kind"] async for event in visitor.events()] == ["conversation.started"]
        assert (await desk.client.get("/metrics")).text.count("understudy_streams 0.0") == 1


async def test_an_answer_is_called_helpful_and_that_is_taken_back(desk):
    visitor = await desk.start()
    asked = (await visitor.say("one", "1")).json()
    done = (await visitor.until("message.done"))[-1]["payload"]
    where = f"/messages/{done['id']}/feedback"
    seen = []
    for value in (1, 1, -1, 0, 0):
        assert (await visitor.post(where, {"value": value})).status_code == 200
        seen.append((await visitor.get()).json()["messages"][-1]["feedback"])
    assert seen == [1, 1, -1, None, None]
    told = [e["payload"] for e in await read_all(visitor) if e["kind"] == "feedback.given"]
    assert told == [{"message_id": done["id"], "value": value} for value in (1, -1, 0)]
    assert (await visitor.post(where, {"value": 2})).status_code == 422
    assert (await visitor.post(f"/messages/{asked['id']}/feedback", {"value": 1})).status_code == 422
    other = await desk.start()
    assert (await other.post(where, {"value": 1})).status_code == 404


async def test_an_answer_is_stopped_and_what_was_shown_stays(settings):
    async with serving(settings, StandInLoader(RulePipeline())) as desk:
        visitor = await desk.start()
        assert (await visitor.post("/stop")).json()["seq"] == 1, "there is nothing to stop"
        await visitor.say("tell me", "1")
        await visitor.until("message.delta")
        await eventually(lambda: (desk.app.state.running.hub.draft(visitor.id) or ("", ""))[1].endswith("tell me "))
        assert (await visitor.post("/stop")).status_code == 200
        await eventually(desk.idle)
        message = (await visitor.get()).json()["messages"][-1]
        assert (message["decision"], message["text"], message["evidence"]) == ("stopped", "You said: tell me", [])
        assert (await visitor.post("/stop")).json()["seq"] == (await visitor.get()).json()["seq"]
        desk.loader.pipeline.released.set()
        await visitor.say("go on", "2")
        await visitor.until("message.done", after=3)
        assert [m["role"] for m in (await visitor.get()).json()["messages"]] == ["customer", "bot", "customer", "bot"]


async def test_what_is_said_while_an_answer_is_being_stored_is_answered_next(settings, monkeypatch):
    """Others are answered meanwhile."""
    async with serving(settings, StandInLoader(RulePipeline.at_once())) as desk:
        visitor, other = await desk.start(), await desk.start()
        database, storing, go_on = desk.app.state.running.answering._database, asyncio.Event(), asyncio.Event()
        write, record, recorded = database.write, messages.record, []

        async def recording(*arguments, **named):
            recorded.append(arguments[2])
            return await record(*arguments, **named)

        @asynccontextmanager
        async def slowly():
            async with write() as session:
                yield session
            if recorded == [visitor.id] and not storing.is_set():
                storing.set()
                await go_on.wait()

        monkeypatch.setattr(messages, "record", recording)
        monkeypatch.setattr(database, "write", slowly)
        await visitor.say("one", "1")
        await asyncio.wait_for(storing.wait(), 5)
        await other.say("hello", "1")
        assert (await other.until("message.done"))[-1]["payload"]["text"] == "You said: hello"
        await visitor.say("two", "2")
        go_on.set()
        await eventually(desk.idle)
        texts = [message["text"] for message in (await visitor.get()).json()["messages"]]
        assert texts == ["one", "You said: one", "two", "You said: two"]


async def read_all(visitor):
    """Every stored event of a conversation, up to a closure made for the purpose."""
    await visitor.post("/closure")
    return await visitor.until("conversation.closed")


async def test_a_message_of_which_nothing_is_seen_is_refused_and_what_is_seen_is_stored_as_it_came(settings):
    async with serving(settings, StandInLoader(RulePipeline())) as desk:
        visitor = await desk.start()
        for text in (
            "",
            " \n\u00a0",
            "\u200b\u2060\ufeff",
            "\u202e\u2066",
            "\ufe0f",
            "\u3164\u2800",
            "\u00ad",
            "\U000e0041",
        ):
            refused = await visitor.say(text, "1")
            assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
            assert refused.json()["detail"] == "The message is empty."
        for number, text in enumerate(("👩\u200d🔧", " a\u200bb \u202e\u00ad\ufe0f ")):
            stored = await visitor.say(text, f"seen-{number}")
            assert stored.status_code == 201, stored.json()
            assert stored.json()["text"] == text
