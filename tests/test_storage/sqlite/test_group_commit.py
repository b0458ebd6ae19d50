"""Writers that share a commit: each is told after it, each fails alone, and none is left waiting."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from chatbot.errors import DatabaseAwayError, NotStoredError
from chatbot.storage.database import open_database
from chatbot.storage.sqlite import group_commit
from chatbot.storage.sqlite.group_commit import PriorityLock
from chatbot.storage.tables.access import ApiKeyRow
from chatbot.storage.tables.conversations import MessageRow

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path):
    async with open_database(f"sqlite:///{tmp_path / 'app.db'}") as opened:
        yield opened


@pytest.fixture
def commits(monkeypatch):
    """The commits, as they are done; each takes as long as on a slow disk."""
    done, commit = [], group_commit.commit

    def committing(driver):
        time.sleep(0.02)
        commit(driver)
        done.append(driver)

    monkeypatch.setattr(group_commit, "commit", committing)
    return done


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


async def test_those_who_wait_share_a_commit_and_are_told_after_it(database, commits):
    async def visible(name):
        await add(database, name)
        return name in await names(database)

    assert all(await asyncio.gather(*(visible(f"k{number}") for number in range(20))))
    assert len(commits) < 10


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
    turns = database._sessions._group_commit._turns = CancellingTurns()
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

    async def one(name, at):
        async with at.write():
            order.append(name)
            await asyncio.sleep(0.001)

    holder = asyncio.create_task(one("holder", database))
    await asyncio.sleep(0)
    customers = [asyncio.create_task(one(f"customer {number}", database)) for number in range(5)]
    await asyncio.sleep(0)
    bot = asyncio.create_task(one("bot", database.first_in_line()))
    await asyncio.gather(holder, *customers, bot)
    assert order[:2] == ["holder", "bot"]
    assert order[2:] == [f"customer {number}" for number in range(5)]


async def test_a_commit_that_fails_acknowledges_nobody_of_its_group(database, monkeypatch):
    """The disk is full when the group commits; there is room again for the next one."""
    commit, full = group_commit.commit, [False, True]

    def committing(driver):
        if full.pop():
            raise sqlite3.OperationalError("database or disk is full")
        commit(driver)

    monkeypatch.setattr(group_commit, "commit", committing)
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


async def test_another_process_that_writes_for_ever_is_told(database, tmp_path, monkeypatch):
    monkeypatch.setattr(group_commit, "_PATIENCE", 0.1)
    other = sqlite3.connect(tmp_path / "app.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseAwayError):
        await add(database, "early")
    other.close()
    await add(database, "later")
    assert await names(database) == {"later"}


async def test_who_gives_up_waiting_for_another_process_leaves_no_lock(database, tmp_path):
    other = sqlite3.connect(tmp_path / "app.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(add(database, "impatient"))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    other.execute("COMMIT")
    other.execute("BEGIN IMMEDIATE")
    other.execute("COMMIT")
    other.close()
    await add(database, "patient")
    assert await names(database) == {"patient"}


async def test_a_commit_that_sqlite_refuses_is_rolled_back(database):
    """A foreign key that is looked at only by the commit: the transaction stays open in SQLite, and no longer here."""

    async def orphan(session):
        await session.execute(text("PRAGMA defer_foreign_keys=ON"))
        session.add(MessageRow(id="m", conversation_id="none", seq=1, role="customer", text="hello", created_at=NOW))

    results = await asyncio.gather(
        add(database, "a"), add(database, "b", after=orphan), add(database, "c"), return_exceptions=True
    )
    assert [type(result) for result in results] == [NotStoredError] * 3
    await add(database, "later")
    assert await names(database) == {"later"}


async def test_nobody_writes_while_the_commit_of_one_who_gave_up_is_under_way(database, commits):
    first = asyncio.create_task(add(database, "first"))
    await asyncio.sleep(0.01)  # it has written, and waits for the disk
    assert not commits
    first.cancel()
    await asyncio.gather(first, add(database, "second"), return_exceptions=True)
    assert len(commits) == 2
    assert await names(database) == {"first", "second"}


async def test_closing_waits_for_those_who_write(tmp_path):
    url = f"sqlite:///{tmp_path / 'closed.db'}"
    async with open_database(url) as database:
        writing = asyncio.gather(*(add(database, f"k{number}", pause=0.01) for number in range(3)))
        await asyncio.sleep(0)
    await writing
    async with open_database(url) as database:
        assert await names(database) == {"k0", "k1", "k2"}
