"""How a conversation's events are followed: by a stream, or by asking again and again.

The log in the database is the truth. A follower is handed what this process wrote and goes on from their last number;
where a number is missing, or another process wrote, they read the log from there.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from chatbot.errors import DatabaseAwayError
from chatbot.service.realtime.event import Event
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import Audience

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence

    from chatbot.service.realtime.hub import Hub, Listener, Taken
    from chatbot.storage.database import Database

ReadLog = Callable[..., Awaitable[list[Event]]]
"""Reads one page of a log: ``read_log``, or what reads the feed of the desk in its place."""
Right = Callable[[], Awaitable[bool]]
"""Whether whoever follows may still do so."""
LOOK_SECONDS = 5.0
"""How often the right is looked at where nothing happens: a key that another process revoked wakes nobody."""
PAGE = 500
"""Events that are read at once, at most."""


async def follow(
    database: Database,
    hub: Hub,
    conversation_id: str,
    *,
    after: int,
    seconds: float,
    right: Right,
    audience: Audience = Audience.CUSTOMER,
    quiet: float = math.inf,
    read: ReadLog | None = None,
    first: Callable[[], list[Event]] = list,
) -> AsyncGenerator[Event | None]:
    """Everything after ``after``, then what comes, until the time is over, the hub closes or the right has ended.

    None where nothing came for ``quiet`` seconds. Ends early where the database is away. Holds no transaction while it
    waits. What is not stored comes first, so that no piece of a message arrives after the message itself; ``first`` is
    what of that holds when the listening has begun.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    pulse = loop.time() + quiet
    log_page = partial(read or read_log, database, conversation_id, audience=audience)
    with hub.listen(conversation_id) as listener:
        for event in first():
            listener.notify(event)
        while True:
            taken = listener.drain()
            try:
                async for page in _since(log_page, after, taken, right):
                    for event in _in_order(listener, taken.passing, page, audience):
                        yield event
                    after = page[-1].seq or after if page else after
            except (DatabaseAwayError, _EndedError):
                return  # whoever listens connects again, is told if they may not, and goes on from their last number
            if hub.closed:
                return
            if await listener.wait(min(end - loop.time(), pulse - loop.time(), LOOK_SECONDS)):
                pulse = loop.time() + quiet
            elif loop.time() >= end:
                return
            elif loop.time() >= pulse:
                pulse = loop.time() + quiet
                yield None


class _EndedError(Exception):
    """Whoever follows may do so no longer."""


async def _since(
    log_page: Callable[[int], Awaitable[list[Event]]], after: int, taken: Taken, right: Right
) -> AsyncGenerator[Sequence[Event]]:
    """What is stored after a number, other audiences' events perhaps among it, in pages: one at least.

    The right is looked at when a page has been read, so that nothing is in it that was written after the right ended.
    """
    fresh = None if taken.news else _in_turn(taken.stored, after)
    full = True  # what was handed over is in the log by now
    while full:
        page = await log_page(after) if fresh is None else fresh
        if not await right():
            raise _EndedError
        yield page
        after = page[-1].seq or after if page else after
        full = fresh is None and len(page) == PAGE


def _in_order(listener: Listener, passing: list[Event], page: Sequence[Event], audience: Audience) -> Iterator[Event]:
    """What passes unstored before what is stored, also what came of it meanwhile."""
    yield from passing
    passing.clear()
    for event in page:
        yield from listener.drain_deltas()
        if audience in {event.audience, Audience.AGENT}:
            yield event


async def poll(
    database: Database,
    hub: Hub,
    conversation_id: str,
    *,
    after: int,
    seconds: float,
    right: Right,
    audience: Audience,
    read: ReadLog | None = None,
    changed: Callable[[], bool] = lambda: False,
) -> list[Event] | None:
    """The stored events after a number: at once where there are some, else as soon as one comes, or none in the end.

    None too early where something that is not stored has ``changed``. None where the right ended while it waited.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    with hub.listen(conversation_id) as listener:
        while True:
            taken = listener.drain()
            grown = taken.news or taken.stored
            page = await (read or read_log)(database, conversation_id, after, audience=audience) if grown else []
            if not await right():
                return None
            if page or hub.closed or changed():
                return page
            if not await listener.wait(min(end - loop.time(), LOOK_SECONDS)) and loop.time() >= end:
                return []


async def read_log(database: Database, conversation_id: str, after: int, *, audience: Audience) -> list[Event]:
    """One page of the log after a number, as it is now."""
    async with database.point_read() as session:
        entries = await log.after(session, conversation_id, after, audience=audience, limit=PAGE)
    return [Event.of(entry) for entry in entries]


def _in_turn(stored: Sequence[Event], after: int) -> list[Event] | None:
    """Those of the events that come after a number; None where one before them is missing."""
    fresh = [event for event in stored if event.seq is not None and event.seq > after]
    return fresh if all(event.seq == after + place for place, event in enumerate(fresh, 1)) else None
