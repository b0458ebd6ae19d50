"""Prepared statements: on both databases the same as SQLAlchemy's own way, in the same transaction."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from chatbot.storage.prepared import Prepared
from chatbot.storage.queries import events as log
from chatbot.storage.tables.access import ApiKeyRow
from chatbot.storage.tables.conversations import Audience, ConversationRow, EventRow, Owner, Status
from chatbot.storage.tables.schema import table

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
KEYS = table(ApiKeyRow)
ADD = Prepared(insert(KEYS))
NAMED = Prepared(select(KEYS.c.id, KEYS.c.created_at, KEYS.c.revoked_at).where(KEYS.c.name == bindparam("called")))


def key(name, at=NOW):
    return {"id": name, "name": name, "hint": "us_", "hash": name, "created_at": at, "revoked_at": None}


async def names(database):
    async with database.read() as session:
        return set(await session.scalars(select(ApiKeyRow.id)))


async def test_what_one_way_writes_the_other_reads(database):
    elsewhere = NOW.astimezone(timezone(timedelta(hours=8)))
    async with database.write() as session:
        await ADD.run(session, **key("a", elsewhere))
        session.add(ApiKeyRow(**key("b")))
        await session.flush()
        assert [tuple(row) for row in await NAMED.run(session, called="b")] == [("b", NOW, None)]
        assert (await session.get(ApiKeyRow, "a")).created_at == NOW
    async with database.point_read() as session:
        assert [tuple(row) for row in await NAMED.run(session, called="a")] == [("a", NOW, None)]
        assert list(await NAMED.run(session, called="nobody")) == []


async def test_an_event_is_told_as_it_is_read(database):
    payload = {"text": "é 😀 \u2028", "number": 1.5, "none": None, "list": [1, {"a": True}]}
    talk = ConversationRow(id="c", status=Status.OPEN, owner=Owner.BOT, last_seq=0, created_at=NOW, updated_at=NOW)
    async with database.write() as session:
        session.add(talk)
        await session.flush()
        await log.append(session, talk, "one", payload, at=NOW)
        await log.append(session, talk, "two", {}, at=NOW, audience=Audience.AGENT)
    told = log.appended(session, "c")
    async with database.point_read() as session:
        assert await log.after(session, "c", 0, audience=Audience.AGENT) == told
        assert await log.after(session, "c", 0, audience=Audience.CUSTOMER) == told[:1]
        assert await log.after(session, "c", 0, audience=Audience.AGENT, limit=1) == told[:1]
    async with database.read() as session:
        row = await session.get(EventRow, ("c", 1))
        assert (row.payload, row.created_at) == (payload, NOW)
        assert (await session.get(ConversationRow, "c")).last_seq == 2


async def test_what_was_added_and_not_flushed_is_stored(database):
    async with database.write() as session:
        await ADD.run(session, **key("a"))
        session.add(ApiKeyRow(**key("b")))
    assert await names(database) == {"a", "b"}


async def test_both_ways_are_undone_together(database):
    async def fail():
        async with database.write() as session:
            await ADD.run(session, **key("a"))
            session.add(ApiKeyRow(**key("b")))
            await session.flush()
            await ADD.run(session, **key("c"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await names(database) == set()


async def test_a_nested_transaction_undoes_what_is_written_in_it(database):
    async with database.write() as session:
        await ADD.run(session, **key("a"))
        async with session.begin_nested() as inner:
            await ADD.run(session, **key("b"))
            await inner.rollback()
        await ADD.run(session, **key("c"))
    assert await names(database) == {"a", "c"}


async def test_a_statement_that_fails_undoes_its_writer_and_no_other(database):
    async with database.write() as session:
        await ADD.run(session, **key("a"))

    async def again():
        async with database.write() as session:
            await ADD.run(session, **key("b"))
            await ADD.run(session, **key("a"))

    with pytest.raises((sqlite3.IntegrityError, IntegrityError)):
        await again()
    async with database.write() as session:
        await ADD.run(session, **key("c"))
    assert await names(database) == {"a", "c"}


async def test_a_point_read_writes_nothing(sqlite_database):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        async with sqlite_database.point_read() as session:
            await ADD.run(session, **key("a"))
