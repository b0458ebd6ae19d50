"""The desk's feed: every event once, in an order that no late commit comes before; on both databases."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from chatbot.service.realtime.feed import number
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import Audience, ConversationRow, EventRow, Owner, Status

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def talks(database):
    """The ids of six conversations without an event."""
    ids = [f"c_{place}" for place in range(6)]
    async with database.write() as session:
        for name in ids:
            row = {"status": Status.OPEN, "owner": Owner.BOT, "last_seq": 0, "created_at": NOW, "updated_at": NOW}
            session.add(ConversationRow(id=name, **row))
    return ids


async def append(session, name, at=NOW):
    row = await stored.locked(session, name)
    await log.append(session, row, "rating.given", {}, at=at)


async def feed(database, after, limit=500):
    await number(database)
    async with database.point_read() as session:
        return await log.numbered_after(session, after, limit=limit)


async def test_who_reads_while_many_write_and_some_commit_late_misses_nothing_and_gets_nothing_twice(database, talks):
    seen, done = [], asyncio.Event()
    chance = random.Random(0)

    async def write(name):
        for _ in range(8):
            pause = chance.random() * 0.02
            try:
                async with database.write() as session:
                    await append(session, name)
                    await asyncio.sleep(pause)  # its events are written, and committed some time later
                    {"committed": 1}["undone" if chance.random() < 0.2 else "committed"]  # or never
            except KeyError:
                continue

    async def read():
        after, over = 0, False
        while True:
            page = await feed(database, after, limit=3)
            seen.extend(page)
            after = page[-1].number if page else after
            if not page and over:
                return
            over = done.is_set()
            await asyncio.sleep(0)

    readers = [asyncio.create_task(read()), asyncio.create_task(feed_only(database, done))]
    await asyncio.gather(*(write(name) for name in talks))
    done.set()
    await asyncio.gather(*readers)
    async with database.read() as session:
        written = {
            (name, entry.seq) for name in talks for entry in await log.after(session, name, 0, audience=Audience.AGENT)
        }
    got = [(each.conversation_id, each.entry.seq) for each in seen]
    assert len(got) == len(set(got))
    assert set(got) == written
    assert [each.number for each in seen] == sorted({each.number for each in seen})
    for name in talks:
        assert [seq for talk, seq in got if talk == name] == list(
            range(1, sum(talk == name for talk, _ in written) + 1)
        )


async def feed_only(database, done):
    """Another process that numbers at the same time."""
    while not done.is_set():
        await number(database)
        await asyncio.sleep(0)


async def test_what_commits_late_comes_after_what_was_seen(database, talks):
    """Numbered at their writing, the second would be seen before the first, and the first never."""
    if not database.server:
        pytest.skip("SQLite has one writer at a time")
    async with database.write() as late:
        await append(late, talks[0], NOW)
        async with database.write() as soon:
            await append(soon, talks[1], NOW + timedelta(minutes=1))
        (seen,) = await feed(database, 0)
    (then,) = await feed(database, seen.number)
    assert (seen.conversation_id, then.conversation_id) == (talks[1], talks[0])


async def test_a_conversation_keeps_its_order_where_clocks_differ(database, talks):
    for late, name in ((3, 0), (1, 0), (2, 1), (0, 0)):
        async with database.write() as session:
            await append(session, talks[name], NOW + timedelta(seconds=late))
    found = await feed(database, 0)
    assert [(each.conversation_id, each.entry.seq) for each in found] == [
        ("c_1", 1),
        ("c_0", 1),
        ("c_0", 2),
        ("c_0", 3),
    ]


async def test_a_number_never_comes_again(database, talks):
    async with database.write() as session:
        await append(session, talks[0])
    (first,) = await feed(database, 0)
    async with database.write() as session:
        await session.execute(delete(EventRow))
        await append(session, talks[1])
    (second,) = await feed(database, 0)
    assert second.number > first.number
