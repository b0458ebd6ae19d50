"""Writers that share a commit: each is told after it, each fails alone, and none is left waiting."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select, text

from chatbot.errors import NotStoredError
from chatbot.storage.database import open_database
from chatbot.storage.sqlite.connection import InlineConnection
from chatbot.storage.sqlite.group_commit import PriorityLock
from chatbot.storage.tables.access import ApiKeyRow

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path):
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'app.db'}") as opened:
        opened.commits = 0

        def count(connection):
            opened.commits += 1

        event.listen(opened.engine.sync_engine, "commit", count)
        yield opened


async def add(database, name, *, pause=0.0, after=None):
    async with database.write() as session:
        session.add(ApiKeyRow(id=name, name=name, hint="us_", hash=name, created_at=NOW))
        await session.flush()
        await asyncio.sleep(pause)
        if after is not None:
            await after(session)


async def names(database):
    async with database.read() as session:
        return set(await session.scalars(select(ApiKeyRow.id)))


async def test_those_who_wait_share_a_commit_and_are_told_after_it(database):
    async def visible(name):
        await add(database, name)
        return name in await names(database)

    assert all(await asyncio.gather(*(visible(f"k{number}") for number in range(20))))
    assert database.commits < 10


async def test_one_that_fails_is_undone_alone(database):
    async def fail(session):
        raise RuntimeError

    results = await asyncio.gather(
        *(add(database, f"k{number}", after=fail if number % 3 == 0 else None) for number in range(9)),
        return_exceptions=True,
    )
    assert [isinstance(result, RuntimeError) for result in results] == [number % 3 == 0 for number in range(9)]
    assert await names(database) == {f"k{number}" for number in range(9) if number % 3}


class CancellingTurns(PriorityLock):
    """Cancels a task in the moment in which it passes the turn on to it."""

    victim = None

    def release(self):
        super().release()
        if self.victim is not None:
            self.victim.cancel()


async def test_who_gives_up_when_its_turn_comes_commits_for_those_who_counted_on_it(database):
    turns = database._grouped._turns = CancellingTurns()
    first = asyncio.create_task(add(database, "first", pause=0.05))
    await asyncio.sleep(0.02)
    turns.victim = asyncio.create_task(add(database, "second"))
    async with asyncio.timeout(5):
        results = await asyncio.gather(first, turns.victim, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), asyncio.CancelledError]
    assert await names(database) == {"first"}


async def test_a_transaction_that_the_database_undid_acknowledges_nobody(database):
    async def undo(session):
        await session.execute(text("ROLLBACK"))  # as SQLite does by itself where the disk is full

    results = await asyncio.gather(
        add(database, "a"), add(database, "b", after=undo), add(database, "c"), return_exceptions=True
    )
    assert isinstance(results[0], NotStoredError)
    assert isinstance(results[1], Exception)
    assert results[2] is None
    assert await names(database) == {"c"}


async def test_some_go_first(database):
    order = []

    async def one(name, first):
        async with database.write(first=first):
            order.append(name)
            await asyncio.sleep(0.001)

    holder = asyncio.create_task(one("holder", first=False))
    await asyncio.sleep(0)
    customers = [asyncio.create_task(one(f"customer {number}", first=False)) for number in range(5)]
    await asyncio.sleep(0)
    bot = asyncio.create_task(one("bot", first=True))
    await asyncio.gather(holder, *customers, bot)
    assert order[:2] == ["holder", "bot"]
    assert order[2:] == [f"customer {number}" for number in range(5)]


async def test_a_commit_that_fails_acknowledges_nobody_of_its_group(database, monkeypatch):
    """The disk is full when the group commits; there is room again for the next one."""
    commit, full = InlineConnection.commit, [True]

    async def committing(connection):
        if full.pop():
            raise sqlite3.OperationalError("database or disk is full")
        await commit(connection)

    full.insert(0, False)
    monkeypatch.setattr(InlineConnection, "commit", committing)
    results = await asyncio.gather(*(add(database, f"k{number}") for number in range(4)), return_exceptions=True)
    assert [type(result) for result in results] == [NotStoredError] * 4
    await add(database, "later")
    assert await names(database) == {"later"}


async def test_another_process_that_writes_is_waited_for(database, tmp_path):
    other = sqlite3.connect(tmp_path / "app.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(add(database, "patient"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    async with asyncio.timeout(10):
        await waiting
    assert await names(database) == {"patient"}
