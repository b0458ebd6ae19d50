"""The hub and the stream: no event missed, none twice, nothing left behind."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from chatbot.service.conversations import opening
from chatbot.service.realtime import follow as following
from chatbot.service.realtime.event import EventKind
from chatbot.service.realtime.follow import follow, read_log
from chatbot.service.realtime.hub import Hub
from chatbot.storage.database import open_database
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import Audience


@pytest.fixture
def database(either_database):
    return either_database


@pytest.fixture
async def hub(clock):
    return Hub(clock)


@pytest.fixture
async def conversation(database, visitors):
    async with database.write() as session:
        return (await opening.start(visitors, session)).id


async def always():
    return True


async def add(database, hub, conversation, clock, number):
    async with database.write() as session:
        row = await stored.locked(session, conversation)
        await log.append(session, row, "test", {"number": number}, at=clock.now())
    hub.publish(conversation, log.appended(session, conversation))


async def test_a_follower_gets_what_was_and_what_comes(database, hub, conversation, clock):
    await add(database, hub, conversation, clock, 1)
    async with aclosing(follow(database, hub, conversation, after=1, right=always, seconds=5)) as stream:
        assert (await anext(stream)).seq == 2
        waiting = asyncio.create_task(anext(stream))
        await asyncio.sleep(0.01)
        await add(database, hub, conversation, clock, 2)
        assert (await waiting).seq == 3


async def test_many_writers_and_followers_see_one_order(database, hub, conversation, clock):
    async def read():
        async with aclosing(follow(database, hub, conversation, after=0, right=always, seconds=20)) as stream:
            seen = []
            async for event in stream:
                seen.append(event)
                if len(seen) == 31:
                    return seen
        raise AssertionError(len(seen))

    readers = [asyncio.create_task(read()) for _ in range(3)]
    await asyncio.gather(*(add(database, hub, conversation, clock, number) for number in range(30)))
    seen = await asyncio.gather(*readers)
    assert [event.seq for event in seen[0]] == list(range(1, 32))
    assert seen[0] == seen[1] == seen[2]
    assert sorted(event.payload["number"] for event in seen[0][1:]) == list(range(30))


async def test_pieces_come_before_the_message_they_belong_to(database, hub, conversation, clock):
    async with aclosing(follow(database, hub, conversation, after=1, right=always, seconds=5)) as stream:
        waiting = asyncio.create_task(anext(stream))
        await asyncio.sleep(0.01)
        hub.delta(conversation, "m", "he")
        hub.delta(conversation, "m", "y😀")
        hub.delta(conversation, "m", "!")
        await add(database, hub, conversation, clock, 1)
        events = [await waiting, *[await anext(stream) for _ in range(3)]]
    assert [event.payload.get("offset") for event in events] == [0, 2, 4, None]
    assert [event.seq for event in events] == [None, None, None, 2]


async def test_a_new_draft_begins_at_nought(hub):
    with hub.listen("c") as listener:
        hub.delta("c", "m1", "one")
        hub.end_draft("c")
        hub.delta("c", "m1", "again")
        hub.delta("c", "m2", "other")
        passing = listener.drain().passing
    assert [(event.payload["message_id"], event.payload["offset"]) for event in passing] == [
        ("m1", 0),
        ("m1", 0),
        ("m2", 0),
    ]


async def test_a_listener_that_does_not_listen_cannot_fill_the_memory(hub):
    with hub.listen("c") as listener:
        for _ in range(5000):
            hub.typing("c", on=True)
        passing, _, news = listener.drain()
    assert len(passing) <= 1000
    assert news
    assert {event.kind for event in passing} == {EventKind.TYPING}


async def test_nothing_is_left_when_the_followers_are_gone(database, hub, conversation):
    task = asyncio.create_task(anext(follow(database, hub, conversation, after=1, right=always, seconds=60)))
    await asyncio.sleep(0.05)
    assert conversation in hub._listeners
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert hub._listeners == {}


async def test_closing_the_hub_ends_every_stream(database, hub, conversation):
    async def read():
        return [event.kind async for event in follow(database, hub, conversation, after=0, right=always, seconds=60)]

    reading = [asyncio.create_task(read()) for _ in range(3)]
    await asyncio.sleep(0.05)
    hub.close()
    async with asyncio.timeout(2):
        assert await asyncio.gather(*reading) == [["conversation.started"]] * 3
        assert await read() == ["conversation.started"]


async def test_a_stream_ends_where_the_database_is_away(hub, postgresql, visitors):
    async with open_database(postgresql.url()) as database:
        async with database.write() as session:
            conversation = (await opening.start(visitors, session)).id
        async with (
            asyncio.timeout(20),
            aclosing(follow(database, hub, conversation, after=0, right=always, seconds=60)) as stream,
        ):
            assert (await anext(stream)).seq == 1
            with postgresql.away():
                hub.publish(conversation)
                assert [event async for event in stream] == []


async def test_who_is_handed_an_event_does_not_read_for_it(database, hub, conversation, clock, monkeypatch):
    """What was written here is handed over once; the log is read where a number is missing."""
    reads = []

    async def counted(*arguments, **named):
        reads.append(arguments[2])
        return await read_log(*arguments, **named)

    monkeypatch.setattr(following, "read_log", counted)
    async with aclosing(follow(database, hub, conversation, after=0, right=always, seconds=5)) as stream:
        assert (await anext(stream)).seq == 1
        assert reads == [0]
        for number in (2, 3):
            waiting = asyncio.create_task(anext(stream))
            await asyncio.sleep(0.01)
            await add(database, hub, conversation, clock, number)
            assert (await waiting).payload == {"number": number}
        assert reads == [0]
        async with database.write() as session:  # another process writes, and its word is lost
            row = await stored.locked(session, conversation)
            await log.append(session, row, "test", {"number": 4}, at=clock.now())
        waiting = asyncio.create_task(anext(stream))
        await asyncio.sleep(0.01)
        await add(database, hub, conversation, clock, 5)
        assert [(await waiting).payload["number"], (await anext(stream)).payload["number"]] == [4, 5]
        assert reads == [0, 3]


async def test_what_is_for_agents_is_not_handed_to_customers(database, hub, conversation, clock):
    async with database.write() as session:
        row = await stored.locked(session, conversation)
        for audience in (Audience.AGENT, Audience.CUSTOMER, Audience.AGENT):
            await log.append(session, row, "test", {"for": audience}, at=clock.now(), audience=audience)
    entries = log.appended(session, conversation)
    for audience, numbers in ((Audience.CUSTOMER, [3]), (Audience.AGENT, [2, 3, 4])):
        stream = follow(database, hub, conversation, after=1, right=always, seconds=0.2, audience=audience)
        with hub.listen(conversation):  # so that it is handed over and not read
            found = asyncio.create_task(_all(stream))
            await asyncio.sleep(0.05)
            hub.publish(conversation, entries)
            assert [event.seq for event in await found] == numbers


async def _all(stream):
    return [event async for event in stream]


async def test_a_listener_far_behind_reads_again(hub, clock):
    entries = [log.Entry(number, "test", Audience.CUSTOMER, {}, clock.now()) for number in range(1, 400)]
    with hub.listen("c") as listener:
        listener.drain()
        for entry in entries:
            hub.publish("c", [entry])
        taken = listener.drain()
    assert taken.news
    assert len(taken.stored) <= 100


async def test_a_silent_stream_says_that_it_is_there(database, hub, conversation):
    async with aclosing(follow(database, hub, conversation, after=1, right=always, seconds=60, quiet=0.02)) as stream:
        assert [await anext(stream) for _ in range(3)] == [None, None, None]
    # However slow the machine, it does not say so more often than it was told.
    assert (
        1 <= len(await _all(follow(database, hub, conversation, after=1, right=always, seconds=0.35, quiet=0.1))) <= 3
    )
