"""Leases: which server process makes a conversation's answer, where several share a database.

The unanswered message is the job, and it is in the log. The lease, a name and a time in the conversation's row, keeps
two processes from making the same answer; one that dies lets it run out, and another takes the job up. The transaction
that inserts the reply looks at it again (``messages.record``), so a process that was late stores nothing.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from chatbot.errors import DatabaseAwayError
from chatbot.storage.queries import conversations as stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from chatbot.clock import Clock
    from chatbot.storage.database import Database

LENGTH = timedelta(seconds=15)
_RENEW_SECONDS = 5.0


@dataclass(slots=True)
class Lease:
    """A lease that was taken. ``ended``: the transaction that stored the answer has given it back."""

    ended: bool = False


class AnswerLeases:
    """One process' leases. On SQLite, which one server process has to itself, they are free."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.holder = clock.new_id("s") if database.server else None
        self._log = structlog.get_logger("answering")

    @property
    def free(self) -> bool:
        """Whether taking one costs nothing."""
        return self.holder is None

    @asynccontextmanager
    async def hold(self, conversation_id: str) -> AsyncIterator[Lease | None]:
        """The lease, renewed until the block ends; None where the answer is another's to make."""
        if self.holder is None:
            yield Lease()
            return
        if not await self._take(conversation_id, self.holder):
            yield None
            return
        held = Lease()
        renewing = asyncio.create_task(self._renew(conversation_id, self.holder))
        try:
            yield held
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            if not held.ended:
                async with self._database.write() as session:
                    await stored.end_lease(session, conversation_id, self.holder)

    async def _take(self, conversation_id: str, holder: str) -> bool:
        now = self._clock.now()
        async with self._database.write() as session:
            return await stored.take_lease(session, conversation_id, holder, now=now, until=now + LENGTH)

    async def _renew(self, conversation_id: str, holder: str) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                await self._take(conversation_id, holder)
            except DatabaseAwayError:
                continue  # it runs out, or the next try comes in time
            except Exception:  # noqa: BLE001 - logged; without it the lease runs out and another process takes it up
                self._log.exception("a lease could not be renewed")
