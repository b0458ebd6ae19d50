"""Long reads on SQLite: the same rows from another thread, and a connection that is whole after one is cancelled."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import column, func, literal, select
from sqlalchemy.exc import OperationalError

from chatbot.storage.long_read import long_read
from chatbot.storage.queries import agents, changes, conversations, retirements
from chatbot.storage.sqlite.connection import open_sqlite

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def counted(up_to):
    numbers = select(literal(1).label("i")).cte(recursive=True)
    numbers = numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i < up_to))
    return select(numbers.c.i)


async def test_rows_of_a_long_read_are_the_same_however_they_are_fetched(sqlite_database):
    query = counted(250)
    async with sqlite_database.read() as session:
        for each in (query, long_read(query)):
            assert (await session.scalars(each)).all() == list(range(1, 251))
            assert (await session.scalars(each)).first() == 1
            assert [len(part) for part in (await session.scalars(each)).partitions(100)] == [100, 100, 50]
            assert await session.scalar(each.where(column("i") < 0)) is None
            assert (await session.execute(each)).keys() == ["i"]


async def test_an_error_of_a_long_read_is_told_as_any_other(sqlite_database):
    async with sqlite_database.read() as session:
        for query in (select(column("nowhere")), long_read(select(column("nowhere")))):
            with pytest.raises(OperationalError, match="no such column"):
                await session.execute(query)


async def test_a_long_read_that_is_cancelled_is_broken_off(sqlite_database, monkeypatch):
    """Before the connection is closed or used again: it is never in use by two threads."""
    numbers = counted(30_000_000).subquery()
    started, done, to_thread = time.monotonic(), [], asyncio.to_thread

    def noted(work):
        def noting():
            try:
                return work()
            finally:
                done.append(work)

        return to_thread(noting)

    monkeypatch.setattr(asyncio, "to_thread", noted)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), sqlite_database.read() as session:
            await session.scalar(long_read(select(func.max(numbers.c.i))))
    assert len(done) == 1
    assert time.monotonic() - started < 3
    async with sqlite_database.read() as session:
        assert await session.scalar(select(literal(1))) == 1


async def test_queries_that_look_at_much_are_marked(sqlite_database, monkeypatch):
    """Each runs on a thread, all others on the event loop."""
    ran = []
    to_thread = asyncio.to_thread

    async def noted(work, *arguments):
        ran.append(work)
        return await to_thread(work, *arguments)

    monkeypatch.setattr(asyncio, "to_thread", noted)
    async with sqlite_database.read() as session:
        await agents.waiting(session, 10, now=NOW)
        await conversations.awaiting_bot(session, now=NOW)
        await changes.since(session, 0, 10)
        await changes.gone_since(session, 0)
        await retirements.ids(session)
        assert len(ran) == 6  # gone_since asks twice
        await changes.last(session)
        await conversations.find(session, "c")
        assert len(ran) == 6


def test_a_connection_is_durable_and_checks_foreign_keys(tmp_path):
    connection = open_sqlite(str(tmp_path / "app.db"))
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    assert {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted
    connection.close()
