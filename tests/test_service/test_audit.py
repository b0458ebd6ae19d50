"""The audit log: a chain that shows where it was touched, without gaps where many append at once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from chatbot.service import audit
from chatbot.service.audit import Act, Actor

MIRA = Actor("Mira (p_1)", "session s_1", "192.0.2.7")


@pytest.fixture
def database(either_database):
    return either_database


async def appended(database, clock, number, **detail):
    async with database.write() as session:
        await audit.record(session, clock.now(), MIRA, Act.INVITED, f"p_{number}", **detail)


async def checked(database, head=None):
    async with database.read() as session:
        return await audit.verify(session, head)


async def test_many_at_once_make_one_chain(database, clock):
    await asyncio.gather(*(appended(database, clock, number, name="名 “x”\ud83d") for number in range(30)))
    found = await checked(database)
    assert (found.lines, found.broken) == (30, None)
    async with database.read() as session:
        rows = [audit.as_json(row) async for row in audit.lines(session)]
    assert [row["seq"] for row in rows] == list(range(1, 31))
    assert {row["subject"] for row in rows} == {f"p_{number}" for number in range(30)}
    assert rows[-1]["hash"] == found.hash


async def test_what_is_rolled_back_is_not_in_it(database, clock):
    await appended(database, clock, 1)

    async def failed():
        async with database.write() as session:
            await audit.record(session, clock.now(), MIRA, Act.DISABLED, "p_2")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await failed()
    await appended(database, clock, 3)
    assert await checked(database) == audit.Checked(2, (await checked(database)).hash)


@pytest.mark.parametrize(
    ("tampering", "holds", "told"),
    [
        *(
            (f"UPDATE audit SET {column} = 'x' WHERE seq = 3", 2, "line 3 was changed")
            for column in ("at", "who", "act")
        ),
        ("UPDATE audit SET detail = '{}', subject = NULL WHERE seq = 5", 4, "line 5 was changed"),
        ("UPDATE audit SET address = NULL WHERE seq = 1", 0, "line 1 was changed"),
        ("UPDATE audit SET previous = hash WHERE seq = 4", 3, "line 4 does not follow"),
        ("DELETE FROM audit WHERE seq = 2", 1, "line 2 is missing, 3 follows"),
        ("DELETE FROM audit WHERE seq = 1", 0, "line 1 is missing"),
        ("UPDATE audit SET seq = 0 WHERE seq = 1", 0, "line 0 is too much"),
    ],
)
async def test_the_first_line_that_was_touched_is_named(database, clock, tampering, holds, told):
    for number in range(5):
        await appended(database, clock, number, role="agent")
    async with database.write() as session:
        await session.execute(text(tampering))
    found = await checked(database)
    assert found.lines == holds
    assert told in found.broken


async def test_lines_cut_off_the_end_are_missed_by_who_kept_the_hash(database, clock):
    for number in range(3):
        await appended(database, clock, number)
    head = (await checked(database)).hash
    await appended(database, clock, 4)
    assert (await checked(database, head)).broken is None
    async with database.write() as session:
        await session.execute(text("DELETE FROM audit WHERE seq > 2"))
    assert (await checked(database)).broken is None
    assert head in (await checked(database, head)).broken
