"""The feed of the whole desk: the events of all conversations in one order, for who sees all of them.

An event gets its number after its commit, by whoever reads: a number that is seen is never followed by a lower one
(ADR 40).
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from chatbot.service.realtime.event import Event
from chatbot.service.realtime.follow import PAGE
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import Audience

if TYPE_CHECKING:
    from chatbot.storage.database import Database
    from chatbot.storage.queries.events import Numbered


@dataclass(frozen=True)
class DeskEvent(Event):
    """An event in the feed: ``seq`` is its number there, ``conversation_seq`` that in the conversation's own log."""

    conversation_id: str = ""
    conversation_seq: int = 0

    @classmethod
    def placed(cls, found: Numbered) -> DeskEvent:
        """An event that was read from the feed."""
        entry = found.entry
        return cls(found.number, entry.kind, entry.at, entry.payload, entry.audience, found.conversation_id, entry.seq)

    @cached_property
    def view(self) -> dict[str, object]:
        """The event as JSON."""
        return {
            "seq": self.seq,
            "conversation_id": self.conversation_id,
            "conversation_seq": self.conversation_seq,
            "audience": str(self.audience),
            "kind": self.kind,
            "at": self.at.isoformat(),
            "payload": self.payload,
        }

    @cached_property
    def text(self) -> str:
        """The event as one line of JSON; made once, however many listen."""
        return json.dumps(self.view)


class Feed:
    """One process' reading of the feed. Build it inside the event loop; it keeps nothing that was read."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._asked: dict[int, asyncio.Task[list[Event]]] = {}

    async def read(
        self, database: Database, name: str, after: int, *, audience: Audience = Audience.AGENT
    ) -> list[Event]:
        """One page of the feed after a number; a reader of ``follow``. ``name`` is the desk's.

        All who are at the same number and were told at once share one reading.
        """
        del name
        assert audience is Audience.AGENT, "the feed holds what only people may see"
        if after not in self._asked:
            self._asked[after] = reading = asyncio.create_task(self._read(database, after))
            reading.add_done_callback(lambda read: read.cancelled() or read.exception())  # all who asked may be gone
        return await asyncio.shield(self._asked[after])

    async def _read(self, database: Database, after: int) -> list[Event]:
        async with self._turn:
            del self._asked[after]  # whoever comes from now on may know of more than this will read
            await number(database)
            async with database.point_read() as session:
                found = await log.numbered_after(session, after, limit=PAGE)
        return [DeskEvent.placed(each) for each in found]


async def number(database: Database) -> None:
    """Give every event its number that was committed until now."""
    async with database.point_read() as session:
        pending = await log.unnumbered(session)
    if pending:
        async with database.write() as session:
            await log.number(session)
