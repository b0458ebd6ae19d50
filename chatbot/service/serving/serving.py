"""What serves at the moment: loaded, exchanged when another version is promoted, and kept up with the corpus.

Owns the one thread that may touch the model; whoever wants something of the pipeline asks here.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from chatbot.errors import NotReadyError, UnderstudyError
from chatbot.service.serving.loaded import Loaded
from chatbot.storage.queries import changes

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from chatbot.service.background.loops import Heart, Loop, Loops
    from chatbot.service.serving.loaded import PipelineLoader, Replies
    from chatbot.service.serving.upkeep import IndexUpkeep
    from chatbot.storage.database import Session
    from retrieval.search.retriever import Retriever

_RETRY_SECONDS = 60.0
_LONGEST_RETRY_SECONDS = 3600.0
_FOLLOW_SECONDS = 0.3
_FOLLOW_AGAIN_SECONDS = 5.0
_LOAD_SECONDS = 1800.0  # a large model on a slow disk; nothing is told of before
_QUIET_SECONDS = 180.0
_STARTING = Loaded(pipeline=None, missing=("The server is loading its index and model.",))
_UNINDEXED = "Nothing is searched here."
_OLDER = "What served before goes on; it is tried again."
_T = TypeVar("_T")


class Serving:
    """One server's. Build it inside the event loop, and ``stop`` it before the loop ends.

    ``loaded`` is what serves now, and what is missing; ``changed`` is set whenever that is another. ``unread`` says why
    it is not known what should serve, and ``refused`` why that could not be loaded; what was loaded before goes on.
    """

    def __init__(self, loader: PipelineLoader, upkeep: IndexUpkeep, *, reload_seconds: float) -> None:
        self.loaded = _STARTING
        self.changed = asyncio.Event()
        self.unread: str | None = None
        self.refused: str | None = None
        self._loader = loader
        self._upkeep = upkeep
        self._reload_seconds = reload_seconds
        # One thread for good: torch keeps state by thread, and two cores are not worth a second one.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._serves: Hashable = None
        self._shows: Hashable = None  # what is loaded; the other is being loaded, or was refused
        self._asked = 0
        self._loops: list[Loop] = []
        self._log = structlog.get_logger("answering")

    def start(self, loops: Loops) -> None:
        """Begin to load, and to follow what changes."""
        self._loops = [
            loops.start("watching what serves", partial(self._watch, loops=loops), quiet=_QUIET_SECONDS),
            loops.start("following the corpus", self._follow, quiet=_QUIET_SECONDS),
        ]

    async def stop(self) -> None:
        """Stop loading, end what runs in the background, and wait for the thread."""
        for loop in self._loops:
            await loop.stop()
        await self._upkeep.stop()
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    async def ask(self, work: Callable[[Replies], _T]) -> tuple[Loaded, _T]:
        """What the pipeline that serves comes to, and what it was made with.

        Raises:
            NotReadyError: there is no index to answer from yet.
            NoModelError: nothing is loaded that can do it.

        """
        loaded = self.loaded
        pipeline = loaded.pipeline
        if pipeline is None:
            raise NotReadyError(" ".join(loaded.missing))
        return loaded, await self._on_thread(lambda: work(pipeline))

    async def look(self, work: Callable[[Retriever], _T]) -> _T:
        """What somebody finds in the index that serves.

        Raises:
            NotReadyError: there is none yet.

        """
        loaded = self.loaded
        retriever = loaded.retriever
        if retriever is None:
            raise NotReadyError(" ".join(loaded.missing) or _UNINDEXED)
        return await self._on_thread(lambda: work(retriever))

    async def knows(self, session: Session) -> bool:
        """Whether what serves has taken in all that was changed in the corpus."""
        retriever = self.loaded.retriever
        return retriever is not None and retriever.live.change >= await changes.last(session)

    async def up_to_date(self) -> bool:
        """Whether what serves is what should serve, topics as they were edited last included."""
        return self._shows is not None and self._shows == await asyncio.to_thread(self._loader.wanted)

    @property
    def busy(self) -> bool:
        """Whether somebody waits for the model: what nobody misses is then better left."""
        return self._asked > 0

    async def _on_thread(self, work: Callable[[], _T]) -> _T:
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._asked -= 1

    async def _watch(self, heart: Heart, loops: Loops) -> None:
        """Load what is to serve, now and whenever that changes."""
        tried, pause = float("-inf"), _RETRY_SECONDS
        while True:
            heart.beat()
            try:
                wanted = await asyncio.to_thread(self._loader.wanted)
            except (UnderstudyError, OSError) as error:  # current.json; looked at again in a moment
                self._tell_unread(error)
            else:
                self._tell_unread(None)
                lacking = self.loaded.pipeline is None or self.refused is not None
                if wanted != self._serves:
                    pause = _RETRY_SECONDS
                if wanted != self._serves or (lacking and time.monotonic() - tried > pause):
                    with loops.patience(_LOAD_SECONDS):
                        await self._load(wanted)
                    tried = time.monotonic()
                    # What serves meanwhile waits while a large index is looked through again.
                    pause = _RETRY_SECONDS if self.refused is None else min(2 * pause, _LONGEST_RETRY_SECONDS)
            heart.beat(self._reload_seconds + _QUIET_SECONDS)
            await asyncio.sleep(self._reload_seconds)
            await self._on_thread(_nothing)  # a thread that is stuck shows here, where nobody asks for an answer too

    def _tell_unread(self, error: Exception | None) -> None:
        """Keep and log, once, why it is not known what should serve."""
        why = None if error is None else str(error) or type(error).__name__
        if why == self.unread:
            return
        self.unread = why
        if why is None:
            self._log.info("what should serve can be read again")
        else:
            self._log.error("what should serve cannot be read; looked at again", reason=why)
            if self.loaded is _STARTING:
                self.loaded = Loaded(pipeline=None, missing=(why,))

    async def _load(self, wanted: Hashable) -> None:
        self._serves = wanted
        try:
            loaded = await self._on_thread(self._loader.load)
            await self._upkeep.attach(loaded, self._on_thread)
        except asyncio.CancelledError:
            self._serves = None  # not loaded; whoever begins this loop again begins with that
            raise
        except Exception as error:  # noqa: BLE001 - a broken version must not take the server down
            self._log.exception("loading failed")
            failed = f"Loading failed: {type(error).__name__}."
            if self.loaded.pipeline is None:
                self.loaded = Loaded(pipeline=None, missing=(failed,))
            else:
                self.refused = f"{failed} {_OLDER}"
            return
        if loaded.pipeline is None and self.loaded.pipeline is not None:
            self._log.error("what was promoted cannot serve; the older one goes on", missing=loaded.missing)
            self.refused = " ".join([*loaded.missing, _OLDER])
            return
        self.refused = None
        self.loaded, self._shows = loaded, wanted
        self.changed.set()
        self._log.info("serving", index=loaded.index, model=loaded.model, missing=loaded.missing, notes=loaded.notes)

    async def _follow(self, heart: Heart) -> None:
        """Take in what changes in the corpus, in small portions, so that no answer waits for long."""
        while True:
            try:
                done = await self._upkeep.advance()
            except Exception as error:  # noqa: BLE001 - logged, and tried again; what is there goes on being searched
                self._log.exception("could not follow the corpus")
                heart.failed(error)
                await asyncio.sleep(_FOLLOW_AGAIN_SECONDS)
            else:
                heart.beat()
                await asyncio.sleep(_FOLLOW_SECONDS if done else 0)


def _nothing() -> None:
    """Work for a thread that only shows that it works."""
