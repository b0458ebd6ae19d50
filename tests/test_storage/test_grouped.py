"""Writers that share a commit: each is told after it, each fails alone, and none is left waiting."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select, text

from chatbot.errors import NotStoredError
from chatbot.storage.database import open_database
from chatbot.storage.grouped import Turns
from chatbot.storage.tables import ApiKeyRow

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


class CancellingTurns(Turns):
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
