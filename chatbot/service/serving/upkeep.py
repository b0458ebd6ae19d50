"""Keeps the index that serves up to date, and has a new one built when too much has changed beside it.

The server calls ``advance`` again and again, between answers; the encoder runs on the thread that it hands in.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from chatbot.service.serving.compaction import Compaction
from chatbot.service.serving.index_follower import Follower

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from chatbot.service.background.loops import Heart
    from chatbot.service.serving.loaded import Loaded
    from chatbot.settings import Settings
    from chatbot.storage.database import Database
    from retrieval.search.retriever import Retriever


class IndexUpkeep:
    """One server's. Use it from the event loop."""

    def __init__(self, settings: Settings, database: Database, building: Heart) -> None:
        """``building`` is the heart of the builds that this begins."""
        self._home = settings.desk()
        self._database = database
        self._compaction = Compaction(settings, building)
        self._follower: Follower | None = None

    async def attach(self, loaded: Loaded, run: Callable[[Callable[[], Any]], Awaitable[Any]]) -> None:
        """Follow another index from now on. Await it before that one serves.

        Nothing deleted or retired is in it then, and nothing is missing that the one before it had.
        """
        retriever, before = loaded.retriever, self._follower
        if retriever is None or (before is not None and before.live is retriever.live):
            return
        follower = await self._follow(retriever, run)
        while not await follower.catch_up():
            if before is None or follower.live.change >= before.live.change:
                break
        self._follower = follower

    async def advance(self) -> bool:
        """Take in the next changes; whether that was all."""
        if self._follower is None:
            return True
        done = await self._follower.catch_up()
        if self._follower.live.wants_compaction:
            self._compaction.start()
        return done

    async def stop(self) -> None:
        """End what runs in the background."""
        await self._compaction.stop()

    async def _follow(self, retriever: Retriever, run: Callable[[Callable[[], Any]], Awaitable[Any]]) -> Follower:
        from retrieval.encoder.vector_cache import VectorCache

        cache = await run(partial(VectorCache, self._home.live_embeddings, retriever.encoder, mapped=False))
        return Follower(self._database, retriever.live, retriever.encoder, cache, run=run)
