"""Probes: loops that see whether what has no loop of its own still works, the database's writers and the engine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from chatbot.engine.worker import Worker
    from chatbot.service.background.loops import Heart
    from chatbot.storage.database import Database

_EVERY_SECONDS = 5.0
STORING_QUIET_SECONDS = 90.0
"""Longer than a writer waits for another process' lock; then the database says so itself."""
ENGINE_QUIET_SECONDS = 180.0
"""A step takes milliseconds; on a processor that others use as well, seconds."""


class EngineThreadError(RuntimeError):
    """The thread that steps the engines has ended."""


async def probe_storing(heart: Heart, database: Database) -> None:
    """Begin and end a transaction that writes nothing, again and again: writers take turns, and so does this."""
    log = structlog.get_logger("storing")
    while True:
        try:
            async with database.write():
                pass
        except Exception as error:
            if not heart.failures:
                log.exception("nothing can be stored")
            heart.failed(error)
        else:
            heart.beat()
        await asyncio.sleep(_EVERY_SECONDS)


async def probe_engine(heart: Heart, worker: Worker) -> None:
    """See that the engine's thread lives, and gets on while it has work."""
    seen: int | None = None
    while True:
        rounds = worker.rounds
        if not worker.alive:
            heart.failed(EngineThreadError())
        elif rounds is None or rounds != seen:
            heart.beat()
        seen = rounds
        await asyncio.sleep(_EVERY_SECONDS)
