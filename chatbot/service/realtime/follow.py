"""How a conversation's events are followed: by a stream, or by asking again and again.

The log in the database is the truth. A follower is handed what this process wrote and goes on from their last number;
where a number is missing, or another process wrote, they read the log from there.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from chatbot.errors import DatabaseAwayError
from chatbot.service.realtime.event import Event
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import Audience

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from chatbot.service.realtime.hub import Hub, Taken
    from chatbot.storage.database import Database


_PAGE = 500


async def follow(
    database: Database,
    hub: Hub,
    conversation_id: str,
    *,
    after: int,
    seconds: float,
    audience: Audience = Audience.CUSTOMER,
    quiet: float = math.inf,
) -> AsyncGenerator[Event | None]:
    """Everything after ``after``, then what comes, until the time is over or the hub closes.

    None where nothing came for ``quiet`` seconds. Ends early where the database is away. Holds no transaction while it
    waits. What is not stored comes first, so that no piece of a message arrives after the message itself.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    with hub.listen(conversation_id) as listener:
        while True:
            taken = listener.drain()
            for event in taken.passing:
                yield event
            try:
                async for event in _since(database, conversation_id, after, taken, audience):
                    for piece in listener.drain_deltas():  # while the log was being read
                        yield piece
                    after = event.seq or after
                    if audience in {event.audience, Audience.AGENT}:
                        yield event
            except DatabaseAwayError:
                return  # whoever listens connects again and goes on from their last number
            if hub.closed:
                return
            if not await listener.wait(min(end - loop.time(), quiet)):
                if loop.time() >= end:
                    return
                yield None


async def _since(
    database: Database, conversation_id: str, after: int, taken: Taken, audience: Audience
) -> AsyncGenerator[Event]:
    """What is stored after a number, other audiences' events perhaps among it."""
    fresh = None if taken.news else _in_turn(taken.stored, after)
    if fresh is not None:
        for event in fresh:
            yield event
        return
    full = True  # what was handed over is in the log by now
    while full:
        page = await read_log(database, conversation_id, after, audience=audience)
        for event in page:
            yield event
            after = event.seq or after
        full = len(page) == _PAGE


async def poll(
    database: Database, hub: Hub, conversation_id: str, *, after: int, seconds: float, audience: Audience
) -> list[Event]:
    """The stored events after a number: at once where there are some, else as soon as one comes, or none in the end."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    with hub.listen(conversation_id) as listener:
        while True:
            taken = listener.drain()
            grown = taken.news or taken.stored
            page = await read_log(database, conversation_id, after, audience=audience) if grown else []
            if page or hub.closed or not await listener.wait(end - loop.time()):
                return page


async def read_log(database: Database, conversation_id: str, after: int, *, audience: Audience) -> list[Event]:
    """One page of the log after a number, as it is now."""
    async with database.point_read() as session:
        entries = await log.after(session, conversation_id, after, audience=audience, limit=_PAGE)
    return [Event.of(entry) for entry in entries]


def _in_turn(stored: Sequence[Event], after: int) -> list[Event] | None:
    """Those of the events that come after a number; None where one before them is missing."""
    fresh = [event for event in stored if event.seq is not None and event.seq > after]
    return fresh if all(event.seq == after + place for place, event in enumerate(fresh, 1)) else None
