"""The rules of a conversation, and the log that tells of each change exactly once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.errors import ClosedError, InputError, NotFoundError, UnauthorisedError
from chatbot.service.conversations.conversations import Conversations, Reply
from chatbot.service.realtime.follow import read_log
from chatbot.storage.database import open_database
from chatbot.storage.queries import conversations as stored
from chatbot.storage.tables.conversations import Audience
from tests.test_service.conversations.event_replay import reduced
from tests.test_service.doubles import ticking

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def database(either_database):
    return either_database


def reply(to, message_id="m_bot", **changes):
    values = {
        "message_id": message_id,
        "in_reply_to": to,
        "text": "Here it is.",
        "decision": "answer",
        "mode": "verbatim",
        "confidence": 0.9,
        "evidence": [{"id": "a#0", "kind": "article", "score": 0.9, "title": "Help", "url": None}],
        "trace": {"question": "q"},
        "report": {"reason": "confident"},
    }
    return Reply(**{**values, **changes})


async def begin(database, talks):
    async with database.write() as session:
        return await talks.start(session)


async def say(database, talks, conversation_id, text="hello", client_id="1"):
    async with database.write() as session:
        row = await stored.locked(session, conversation_id)
        return await talks.send(session, row, client_id=client_id, text=text)


async def snapshot(database, talks, conversation_id):
    async with database.read() as session:
        return await talks.snapshot(session, await stored.find(session, conversation_id))


async def record(database, talks, conversation_id, answer):
    async with database.write() as session:
        return await talks.record(session, conversation_id, answer)


async def change(database, conversation_id, act):
    async with database.write() as session:
        await act(session, await stored.locked(session, conversation_id))


async def test_only_the_token_opens_it(database, talks):
    one, other = await begin(database, talks), await begin(database, talks)
    assert one.token != other.token
    async with database.read() as session:
        assert (await talks.authorise(session, one.id, one.token)).id == one.id
        for wrong in (other.token, "usv_made_up", "us_key", "\ud83d"):
            with pytest.raises(NotFoundError):
                await talks.authorise(session, one.id, wrong)
        with pytest.raises(NotFoundError):
            await talks.authorise(session, "c_none", one.token)
        for nothing in (None, ""):
            with pytest.raises(UnauthorisedError):
                await talks.authorise(session, one.id, nothing)


async def test_a_message_is_answered_once(database, talks):
    begun = await begin(database, talks)
    message, _ = await say(database, talks, begun.id)
    assert await record(database, talks, begun.id, reply(message["id"], "m_1"))
    assert not await record(database, talks, begun.id, reply(message["id"], "m_2"))
    found = await snapshot(database, talks, begun.id)
    assert [one["id"] for one in found["messages"]] == [message["id"], "m_1"]
    async with database.read() as session:
        assert await stored.trace_of(session, "m_1") == {"question": "q"}
        assert await stored.trace_of(session, message["id"]) is None


async def test_an_answer_to_an_older_message_is_not_stored(database, talks):
    begun = await begin(database, talks)
    first, _ = await say(database, talks, begun.id)
    second, _ = await say(database, talks, begun.id, "and this", "2")
    assert not await record(database, talks, begun.id, reply(first["id"]))
    assert await record(database, talks, begun.id, reply(second["id"]))


async def test_the_bot_has_no_say_after_a_hand_over_or_a_closure(database, talks):
    for act in (talks.hand_over, talks.close):
        begun = await begin(database, talks)
        message, _ = await say(database, talks, begun.id)
        await change(database, begun.id, act)
        assert not await record(database, talks, begun.id, reply(message["id"], f"m_{begun.id}"))


async def test_a_race_between_answer_and_hand_over_has_one_winner(database, talks):
    for _ in range(5):
        begun = await begin(database, talks)
        message, _ = await say(database, talks, begun.id)
        answer = reply(message["id"], f"m_{begun.id}")
        kept, _ = await asyncio.gather(
            record(database, talks, begun.id, answer), change(database, begun.id, talks.hand_over)
        )
        found = await snapshot(database, talks, begun.id)
        assert len(found["messages"]) == 1 + kept
        assert found["status"] == "waiting"


async def test_who_waits_for_the_bot(database, talks):
    begun = [await begin(database, talks) for _ in range(5)]
    messages = [(await say(database, talks, one.id))[0] for one in begun[:4]]
    await record(database, talks, begun[1].id, reply(messages[1]["id"]))
    await change(database, begun[2].id, talks.hand_over)
    async with database.read() as session:
        assert list(await stored.awaiting_bot(session, now=NOW)) == [begun[0].id, begun[3].id]
    await say(database, talks, begun[1].id, "and then?", "2")
    async with database.read() as session:
        assert list(await stored.awaiting_bot(session, now=NOW)) == [begun[0].id, begun[3].id, begun[1].id]


async def test_customers_do_not_see_what_is_for_agents(database, talks):
    begun = await begin(database, talks)
    message, _ = await say(database, talks, begun.id)
    evidence = [
        {"id": "t1:1", "kind": "moment", "score": 0.9, "title": "somebody's ticket", "url": None},
        {"id": "a#0", "kind": "article", "score": 0.9, "title": "Help", "url": "https://help.example"},
    ]
    await record(database, talks, begun.id, reply(message["id"], evidence=evidence, report={"reason": "secret"}))
    customers = await read_log(database, begun.id, 0, audience=Audience.CUSTOMER)
    agents = await read_log(database, begun.id, 0, audience=Audience.AGENT)
    assert [event.kind for event in agents] == [*(event.kind for event in customers), "answer.traced"]
    assert [event.seq for event in agents] == [1, 2, 3, 4]
    seen = str([event.payload for event in customers]) + str(await snapshot(database, talks, begun.id))
    assert "secret" not in seen
    assert "somebody's ticket" not in seen
    assert "https://help.example" in seen


async def test_limits(database):
    talks = Conversations(b"secret", ticking(), longest_message=5)
    begun = await begin(database, talks)
    for text in ("", " \t", "123456"):
        with pytest.raises(InputError):
            await say(database, talks, begun.id, text)
    assert (await say(database, talks, begun.id, "12345"))[1]
    await change(database, begun.id, talks.close)
    with pytest.raises(ClosedError):
        await say(database, talks, begun.id, "more", "2")
    assert not (await say(database, talks, begun.id, "12345"))[1]


ACTIONS = st.one_of(
    st.tuples(st.just("say"), st.integers(0, 4)),
    st.tuples(st.just("answer"), st.booleans()),
    st.tuples(st.just("hand over"), st.none()),
    st.tuples(st.just("close"), st.none()),
    st.tuples(st.just("rate"), st.integers(1, 5)),
)


async def act(database, talks, conversation_id, what, how, number):
    """One thing that a customer or the bot might do; what is not possible now changes nothing."""
    try:
        match what:
            case "say":
                await say(database, talks, conversation_id, f"message {how}", str(how))
            case "answer":
                async with database.read() as session:
                    newest = await stored.newest_message(session, conversation_id)
                if newest is not None:
                    answer = reply(newest.id, f"m_bot_{number}", hand_over="not_sure" if how else None)
                    await record(database, talks, conversation_id, answer)
            case "hand over":
                await change(database, conversation_id, talks.hand_over)
            case "close":
                await change(database, conversation_id, talks.close)
            case "rate":
                await change(database, conversation_id, lambda session, row: talks.rate(session, row, score=how))
    except ClosedError:
        pass


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(ACTIONS, max_size=14), cut=st.integers(0, 14))
async def test_old_state_and_events_give_the_new_state(tmp_path_factory, actions, cut):
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('replay') / 'app.db'}"
    async with open_database(url) as database:
        talks = Conversations(b"secret", ticking())
        begun = await begin(database, talks)
        before = await snapshot(database, talks, begun.id)
        for number, (what, how) in enumerate(actions):
            if number == cut:
                before = await snapshot(database, talks, begun.id)
            await act(database, talks, begun.id, what, how, number)
        after = await snapshot(database, talks, begun.id)
        log = await read_log(database, begun.id, before["seq"], audience=Audience.AGENT)
        assert reduced(before, log) == after
        assert reduced(after, log) == after
        whole = await read_log(database, begun.id, 0, audience=Audience.AGENT)
        assert [event.seq for event in whole] == list(range(1, after["seq"] + 1))
        sent = [one["client_id"] for one in after["messages"] if one["role"] == "customer"]
        assert len(sent) == len(set(sent))
