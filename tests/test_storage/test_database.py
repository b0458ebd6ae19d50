"""Transactions, and the agreement of tables and migrations."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic import command
from sqlalchemy import func, inspect, literal, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from chatbot.errors import DatabaseAwayError
from chatbot.storage.database import migration_config, open_database
from chatbot.storage.long_read import long_read
from chatbot.storage.queries import changes
from chatbot.storage.tables.access import ApiKeyRow
from chatbot.storage.tables.conversations import MessageRow
from chatbot.storage.tables.corpus import ChangeKind

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def key(name, at=NOW):
    return ApiKeyRow(id=name, name=name, hint="us_", hash=name, created_at=at)


async def test_tables_and_migrations_agree(database):
    async with database.write() as session:
        await session.run_sync(lambda opened: command.check(migration_config(opened.connection())))


async def test_the_migrations_can_be_taken_back(database):
    async with database.write() as session:
        await session.run_sync(lambda opened: command.downgrade(migration_config(opened.connection()), "base"))
        left = await session.run_sync(lambda opened: inspect(opened.connection()).get_table_names())
        assert set(left) == {"alembic_version"}
    await database.upgrade()


async def test_what_was_harvested_before_there_was_a_review_waits_and_the_log_tells_of_it(database):
    async with database.write() as session:
        await session.run_sync(lambda opened: command.downgrade(migration_config(opened.connection()), "0008-1"))
        for source in ("understudy", "zendesk"):
            values = f"('{source}', 'c_1', 'd', '{source}', '{{}}')"
            await session.execute(
                text(f"INSERT INTO transcript (source, external_id, digest, content, body) VALUES {values}")
            )
    await database.upgrade()
    async with database.read() as session:
        rows = await session.execute(text("SELECT source, standing FROM transcript ORDER BY source"))
        assert [tuple(row) for row in rows] == [("understudy", "waiting"), ("zendesk", "imported")]
        told = await changes.since(session, 0, 9)
        assert {(change.kind, change.name) for change in told} == {(ChangeKind.CONVERSATION, "c_1")}


async def test_the_log_tells_again_of_what_was_harvested_before_keys_were_noted(database):
    async with database.write() as session:
        await session.run_sync(lambda opened: command.downgrade(migration_config(opened.connection()), "0009"))
        for name, standing in (("c_1", "waiting"), ("c_2", "reviewed"), ("7", "imported")):
            values = f"('understudy', '{name}', 'd', '{name}', '{{}}', '{standing}')"
            await session.execute(
                text(f"INSERT INTO transcript (source, external_id, digest, content, body, standing) VALUES {values}")
            )
    await database.upgrade()
    async with database.read() as session:
        assert {change.name for change in await changes.since(session, 0, 9)} == {"c_1", "c_2"}


async def test_upgrading_again_and_at_the_same_time_does_no_harm(database_url):
    async def start():
        async with open_database(database_url) as opened:
            await opened.upgrade()

    await asyncio.gather(*(start() for _ in range(4)))


async def test_a_write_that_fails_leaves_nothing(database):
    async def write():
        async with database.write() as session:
            session.add(key("a"))
            await session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write()
    async with database.read() as session:
        assert (await session.scalars(select(ApiKeyRow))).all() == []


async def test_writers_wait_for_each_other(database):
    """Each reads, pauses and writes: without a lock at BEGIN some would fail or be lost."""
    async with database.write() as session:
        session.add(key("a"))

    async def lengthen():
        async with database.write() as session:
            row = await session.get(ApiKeyRow, "a", with_for_update=True)
            await asyncio.sleep(0.001)
            row.name += "x"

    await asyncio.gather(*(lengthen() for _ in range(20)))
    async with database.read() as session:
        assert (await session.get(ApiKeyRow, "a")).name == "a" + "x" * 20


async def test_a_reader_sees_one_moment(database):
    async with database.read() as session:
        assert (await session.scalars(select(ApiKeyRow))).all() == []
        async with database.write() as writing:
            writing.add(key("a"))
        assert (await session.scalars(select(ApiKeyRow))).all() == []
    async with database.read() as session:
        assert len((await session.scalars(select(ApiKeyRow))).all()) == 1


async def test_foreign_keys_hold(database):
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            session.add(
                MessageRow(id="m", conversation_id="none", seq=1, role="customer", text="hello", created_at=NOW)
            )


async def test_times_come_back_in_utc(database):
    there = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=5)))
    async with database.write() as session:
        session.add(key("a", at=there))
    async with database.read() as session:
        found = (await session.get(ApiKeyRow, "a")).created_at
    assert found == there
    assert found.tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(database):
    with pytest.raises(StatementError, match="without a zone"):
        async with database.write() as session:
            session.add(key("a", at=datetime(2026, 3, 1)))  # noqa: DTZ001


async def test_an_error_does_not_quote_what_was_written(database):
    async with database.write() as session:
        session.add(key("a"))
    with pytest.raises(IntegrityError) as caught:
        async with database.write() as session:
            session.add(ApiKeyRow(id="b", name="what a customer wrote", hint="", hash="a", created_at=NOW))
    assert "what a customer wrote" not in str(caught.value)


async def test_a_lost_connection_is_told_and_then_replaced(postgresql):
    """The server goes away in the middle of a transaction and comes back: that one fails, the next is well."""
    async with open_database(postgresql.url()) as database:

        async def write(name, away):
            async with database.write() as session:
                await session.get(ApiKeyRow, "a")
                with away():
                    session.add(key(name))
                    await session.flush()

        async def read():
            async with database.read() as session:
                return set(await session.scalars(select(ApiKeyRow.id)))

        await write("a", nullcontext)
        with pytest.raises(DatabaseAwayError):
            await write("b", postgresql.away)
        with postgresql.away(), pytest.raises(DatabaseAwayError):
            await read()
        await write("c", nullcontext)
        assert await read() == {"a", "c"}


async def test_a_long_read_does_not_hold_up_the_event_loop(database):
    """Half a second of work for the database; what else happens here goes on meanwhile."""
    if database.server:
        query = select(func.pg_sleep(0.5))
    else:
        numbers = select(literal(1).label("i")).cte(recursive=True)
        numbers = numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i < 3_000_000))
        query = select(func.max(numbers.c.i))
    async with database.read() as session:
        reading = asyncio.create_task(session.execute(long_read(query)))
        beats = 0
        while not reading.done():
            await asyncio.sleep(0.001)
            beats += 1
    assert beats > 10


async def test_a_key_of_before_there_were_scopes_may_do_everything(database):
    async with database.write() as session:
        await session.run_sync(lambda opened: command.downgrade(migration_config(opened.connection()), "0006"))
        await session.execute(
            text("INSERT INTO api_key (id, name, hint, hash, created_at) VALUES ('k', 'old', 'us_', 'h', :at)"),
            {"at": NOW.replace(tzinfo=None) if session.bind.dialect.name == "sqlite" else NOW},
        )
    await database.upgrade()
    async with database.read() as session:
        row = await session.get(ApiKeyRow, "k")
        assert (row.scopes, row.agent) == (None, None)
