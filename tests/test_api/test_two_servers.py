"""Two server processes' worth of parts on one PostgreSQL: either may be asked, one answers, both tell."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from chatbot.service.access import api_keys
from chatbot.service.realtime.relay import notices
from chatbot.storage.postgresql.notify import LONGEST_NOTICE
from tests.test_api.conftest import Visitor, eventually, serving
from tests.test_service.doubles import RulePipeline, StandInLoader

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(settings, postgresql):
    return settings.model_copy(update={"database_url": postgresql.url()})


async def test_what_is_written_through_one_is_followed_at_the_other_and_answered_once(settings):
    async with serving(settings, StandInLoader()) as one, serving(settings, StandInLoader()) as other:
        here = await one.start()
        there = Visitor(other, here.id, here.token)
        following = asyncio.create_task(there.until("message.done"))
        await asyncio.sleep(0.3)
        await here.say("hello", "1")
        events = await following
        assert [one["seq"] for one in events if one["seq"]] == [1, 2, 3]
        kinds = [event["kind"] for event in events]
        for number in range(5):
            await (here, there)[number % 2].say(f"message {number}", f"n{number}")
        await eventually(lambda: one.idle() and other.idle())
        await asyncio.sleep(1.2)  # whoever found it taken has looked again
        messages = (await there.get()).json()["messages"]
    assert kinds.count("message.done") == 1
    assert messages[-1]["text"] == "You said: message 4"
    # Whatever was written before the bot got to it is answered together; nothing is answered twice.
    asked = one.loader.pipeline.asked + other.loader.pipeline.asked
    answered = [message["text"] for message in messages if message["role"] == "bot"]
    assert len(answered) == len(set(answered)) <= len(asked)


async def test_who_follows_the_desk_at_one_hears_what_is_written_through_the_other(settings):
    async with serving(settings, StandInLoader()) as one, serving(settings, StandInLoader()) as other:
        key = await api_keys.create(one.app.state.running.database, "console")
        headers = {"Authorization": f"Bearer {key}"}

        async def ask(desk, after):
            return (await desk.client.get(f"/v1/changes?after={after}&wait=20", headers=headers)).json()

        visitor = await one.start()
        seq = (await ask(one, 0))["seq"]
        asking = [asyncio.create_task(ask(desk, seq)) for desk in (one, other)]
        await asyncio.sleep(0.3)
        await visitor.post("/handover")
        async with asyncio.timeout(4):  # less than it takes until somebody looks by themselves
            here, there = await asyncio.gather(*asking)
        assert here == there
        assert [each["kind"] for each in here["events"]] == ["handover.requested"]


async def test_pieces_of_an_answer_and_a_hand_over_cross(settings):
    async with (
        serving(settings, StandInLoader(RulePipeline())) as one,
        serving(settings, StandInLoader(pipeline=None)) as other,
    ):
        here = await one.start()
        there = Visitor(other, here.id, here.token)
        following = asyncio.create_task(there.until("message.delta"))
        await asyncio.sleep(0.3)
        await here.say("take your time", "1")
        assert (await following)[-1]["payload"]["text"] == "You "
        await there.post("/handover")
        await eventually(lambda: one.loader.pipeline.finished == 1 and one.idle())  # it was broken off
        assert [message["role"] for message in (await here.get()).json()["messages"]] == ["customer"]


async def test_the_answer_of_a_process_that_is_gone_is_given_by_another(settings, monkeypatch):
    monkeypatch.setattr("chatbot.service.answering.leases.LENGTH", timedelta(seconds=2))
    monkeypatch.setattr("chatbot.service.answering.leases._RENEW_SECONDS", 0.5)
    async with serving(settings, StandInLoader(RulePipeline())) as slow:
        visitor = await slow.start()
        await visitor.say("hello", "1")
        await eventually(lambda: len(slow.loader.pipeline.asked) == 1)
        async with serving(settings, StandInLoader()) as other:
            there = Visitor(other, visitor.id, visitor.token)
            await asyncio.sleep(3)  # longer than a lease: it is renewed
            assert other.loader.pipeline.asked == []
            for task in asyncio.all_tasks():  # what a kill does to the renewing
                if "AnswerLeases._renew" in repr(task):
                    task.cancel()
            await there.until("message.done")
            slow.loader.pipeline.released.set()
            await eventually(slow.idle)
            messages = (await there.get()).json()["messages"]
    assert [message["text"] for message in messages] == ["hello", "You said: hello"]
    assert len(other.loader.pipeline.asked) == 1


async def test_the_listening_connection_is_made_anew_and_nothing_was_missed(settings, postgresql):
    async with serving(settings, StandInLoader()) as one, serving(settings, StandInLoader()) as other:
        here = await one.start()
        there = Visitor(other, here.id, here.token)
        following = asyncio.create_task(there.until("handover.requested"))
        await asyncio.sleep(0.3)
        ears = "pid <> pg_backend_pid() AND query ~ 'LISTEN|notify'"
        killing = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ears}"
        assert "t" in postgresql.command("psql", "-At", "-d", "postgres", "-c", killing).split()
        assert (await here.post("/handover")).status_code == 200
        assert (await following)[-1]["kind"] == "handover.requested"


def test_notices_are_short_and_each_thing_is_said_once_where_it_was_said_last():
    wake, piece = ["c", None, None], ["c", "message.delta", {"text": "é" * 100}]
    (both,) = notices("s", [wake, piece, wake])
    assert both.index("message.delta") < both.index("null")
    assert both.count("null, null") == 1
    many = notices("s", [["c", "message.delta", {"text": "x" * 100, "offset": number}] for number in range(500)])
    assert max(len(one.encode()) for one in many) <= LONGEST_NOTICE
    assert sum(one.count("offset") for one in many) == 500
    assert notices("s", [["c", "message.delta", {"text": "x" * 9000}]]) == []


@pytest.mark.parametrize("follows", ["the one that writes", "the one that is told to stop"])
async def test_an_answer_made_by_one_is_stopped_at_the_other_and_keeps_what_was_shown(settings, follows):
    async with (
        serving(settings, StandInLoader(RulePipeline())) as one,
        serving(settings, StandInLoader(pipeline=None)) as other,
    ):
        here = await one.start()
        there = Visitor(other, here.id, here.token)
        follower = here if follows == "the one that writes" else there
        shown = asyncio.create_task(shown_until_over(follower))
        await asyncio.sleep(0.3)
        await here.say("take your time", "1")
        await eventually(lambda: (one.app.state.running.hub.draft(here.id) or ("", ""))[1].endswith("time "))
        await asyncio.sleep(0.3)  # as long as somebody takes to read it
        assert (await there.post("/stop")).status_code == 200
        await eventually(lambda: one.loader.pipeline.finished == 1 and one.idle())  # it was broken off
        text, done = await shown
        stopped = (await here.get()).json()["messages"][1]
    assert (stopped["decision"], stopped["text"], stopped["id"]) == ("stopped", "You said: take your time", done["id"])
    assert text.strip() == stopped["text"], "what was shown stays"


async def test_what_helped_is_told_at_the_other(settings):
    async with serving(settings, StandInLoader()) as one, serving(settings, StandInLoader()) as other:
        here = await one.start()
        there = Visitor(other, here.id, here.token)
        await here.say("hello", "1")
        answer = (await here.until("message.done"))[-1]["payload"]
        following = asyncio.create_task(here.until("feedback.given"))
        await asyncio.sleep(0.3)
        assert (await there.post(f"/messages/{answer['id']}/feedback", {"value": -1})).status_code == 200
        assert (await following)[-1]["payload"] == {"message_id": answer["id"], "value": -1}


async def shown_until_over(visitor):
    """What a follower saw being written, and the message that came of it."""
    events = await visitor.until("message.done")
    return "".join(one["payload"]["text"] for one in events if one["kind"] == "message.delta"), events[-1]["payload"]
