"""Keeps an opened index up to date with the corpus while it is being searched.

The corpus' log is the truth: an index knows up to which change it was built, and a follower applies the ones after
that. What is acknowledged is in the database, so a kill costs only the time to read it again. What was deleted or
retired is taken out first; new passages follow in small portions, because they have to be encoded.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chatbot.service.corpus.sources import KINDS, passages_by_source
from chatbot.storage.database import open_database
from chatbot.storage.queries import changes, retirements

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from numpy.typing import NDArray

    from chatbot.home import Home
    from chatbot.service.corpus.sources import Source
    from chatbot.settings import Settings
    from chatbot.storage.database import Database, Session
    from retrieval.encoder.encoder import Encoder
    from retrieval.encoder.vector_cache import VectorCache
    from retrieval.index.live_index import LiveIndex
    from retrieval.passages import Passage
    from retrieval.search.retriever import Retriever

PORTION = 16
"""Passages a server takes in at a time."""
COMMAND_PORTION = 300
"""Changed conversations and articles a command takes in before its work; more are left to ``understudy index``."""
_BEHIND = "{waiting:,} conversations and articles came in or changed since the index was built: understudy index"
_TEXTS_A_TURN = 2  # encoded before an answer that waits for the same thread gets its turn


class _Portion(NamedTuple):
    """The next changes: whose passages are replaced, by which, and up to which number of the log that is."""

    removed: set[Source]
    added: list[Passage]
    change: int


class Follower:
    """Follows the log for one live index. ``run`` does work on the thread that may use the encoder."""

    def __init__(
        self,
        database: Database,
        live: LiveIndex,
        encoder: Encoder,
        cache: VectorCache,
        *,
        run: Callable[[Callable[[], Any]], Awaitable[Any]] = asyncio.to_thread,
    ) -> None:
        self.live = live
        self._database = database
        self._encoder = encoder
        self._cache = cache
        self._run = run
        self._cleared: int | None = None  # the change up to which nothing deleted or retired is shown

    async def catch_up(self, at_most: int = PORTION) -> bool:
        """Apply deletions, retirements and the next changes, of about ``at_most`` passages; whether that was all.

        A conversation or an article is taken in whole, however many passages it gives.
        """
        async with self._database.read() as session:
            last = await changes.last(session)
            if last == self._cleared and last <= self.live.change:
                return True
            cleared = self.live.change if self._cleared is None else self._cleared
            gone = await changes.gone_since(session, cleared)
            retired = await retirements.ids(session)
            portion = await _next(session, self.live.change, at_most)
        removed = portion.removed | {(KINDS[kind], name) for kind, name in gone}
        vectors = await self._vectors([text for one in portion.added for text in (one.question, one.answer)])
        if removed or portion.change > self.live.change or retired != self.live.view.retired_ids:
            apply = partial(
                self.live.apply,
                portion.added,
                vectors[0::2],
                vectors[1::2],
                removed=removed,
                retired=retired,
                change=portion.change,
            )
            await self._run(apply)
        self._cleared = last
        return self.live.change >= last

    async def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), d): known ones from the cache, others computed a few at a time and kept."""
        missing = self._cache.missing(texts)
        rows: dict[str, NDArray[np.float32]] = {}
        for start in range(0, len(missing), _TEXTS_A_TURN):
            part = missing[start : start + _TEXTS_A_TURN]
            rows.update(zip(part, await self._run(partial(self._encoder.encode, part)), strict=True))
        known = [text for text in texts if text not in rows]
        if missing:
            with contextlib.suppress(OSError):  # a full disk costs the next start some time, and no answer
                await self._run(partial(self._cache.add, missing, np.stack([rows[text] for text in missing])))
        rows.update(zip(known, self._cache.read(known), strict=True))
        found = np.empty((len(texts), self._encoder.dimension), dtype=np.float32)
        for place, text in enumerate(texts):
            found[place] = rows[text]
        return found


def catch_up_once(settings: Settings, retriever: Retriever, tell: Callable[[str], None] | None = None) -> None:
    """Bring a retriever that a command has opened up to date; where too much has changed, ``tell`` that instead.

    Deleted and retired passages are gone in any case. Not to be called on a running event loop.
    """
    if not settings.has_database():
        return  # an index without its desk; there is no log to read

    async def inside() -> None:
        async with open_database(settings.database()) as database:
            await bring_up_to_date(database, settings.desk(), retriever, tell)

    asyncio.run(inside())


async def bring_up_to_date(
    database: Database, home: Home, retriever: Retriever, tell: Callable[[str], None] | None = None
) -> None:
    """``catch_up_once`` on a database that is open already."""
    from retrieval.encoder.vector_cache import VectorCache

    live, encoder = retriever.live, retriever.encoder
    follower = Follower(database, live, encoder, VectorCache(home.live_embeddings, encoder))
    async with database.read() as session:
        waiting = len(await changes.names_since(session, live.change))
    if waiting > COMMAND_PORTION:
        await follower.catch_up(0)
        (tell or _to_stderr)(_BEHIND.format(waiting=waiting))
        return
    while not await follower.catch_up(COMMAND_PORTION):
        pass


async def _next(session: Session, after: int, at_most: int) -> _Portion:
    """What the changes after a number come to, for about ``at_most`` passages."""
    entries = await changes.since(session, after, at_most) if at_most else []
    changed = {(KINDS[one.kind], one.name) for one in entries if one.kind in KINDS}
    found: dict[Source, list[Passage]] = {}
    async for source, passages in passages_by_source(session, changed):
        found.setdefault(source, []).extend(passages)
    portion = _Portion(set(), [], after)
    for entry in entries:
        named = (KINDS[entry.kind], entry.name) if entry.kind in KINDS else None
        more = found.pop(named, []) if named else []  # once, however often it changed
        if portion.added and len(portion.added) + len(more) > at_most:
            break
        if named:
            portion.removed.add(named)
        portion.added.extend(more)
        portion = portion._replace(change=entry.seq)
    return portion


def _to_stderr(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
