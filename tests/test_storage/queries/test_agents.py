"""People who answer, as they are noted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from chatbot.storage.queries import agents
from chatbot.storage.tables.conversations import AgentRow

NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def test_requests_of_somebody_new_may_come_at_once(database):
    """Each has looked before any has written: nobody may fail because another put the name in first."""
    together = asyncio.Barrier(4)

    async def come(minutes):
        if database.server:  # writers of one process on SQLite come one after the other anyway
            await together.wait()
        async with database.write() as session:
            await agents.anybody_since(session, NOW)
            await agents.seen(session, "Mira", at=NOW + timedelta(minutes=minutes))
            await asyncio.sleep(0.02)

    await asyncio.gather(*(come(minutes) for minutes in range(4)))
    async with database.read() as session:
        (row,) = (await session.scalars(select(AgentRow))).all()
    assert (row.name, row.seen_at - NOW < timedelta(minutes=4)) == ("Mira", True)
    async with database.write() as session:
        await agents.seen(session, "Mira", at=NOW + timedelta(hours=1))
    async with database.read() as session:
        assert await agents.anybody_since(session, NOW + timedelta(hours=1))
