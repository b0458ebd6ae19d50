"""What serves at the moment: loaded, exchanged when another version is promoted, and kept up with the corpus.

Owns the one thread that may touch the model; whoever wants something of the pipeline asks here.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import structlog

from chatbot.errors import NotReadyError
from chatbot.service.serving.loaded import Loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from chatbot.service.serving.loaded import PipelineLoader, Replies
    from chatbot.service.serving.upkeep import IndexUpkeep

_RETRY_SECONDS = 60.0
_FOLLOW_SECONDS = 0.3
_FOLLOW_AGAIN_SECONDS = 5.0
_STARTING = Loaded(pipeline=None, missing=("The server is loading its index and model.",))
_T = TypeVar("_T")


class Serving:
    """One server's. Build it inside the event loop, and ``stop`` it before the loop ends.

    ``loaded`` is what serves now, and what is missing; ``changed`` is set whenever that is another.
    """

    def __init__(self, loader: PipelineLoader, upkeep: IndexUpkeep, *, reload_seconds: float) -> None:
        self.loaded = _STARTING
        self.changed = asyncio.Event()
        self._loader = loader
        self._upkeep = upkeep
        self._reload_seconds = reload_seconds
        # One thread for good: torch keeps state by thread, and two cores are not worth a second one.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._serves: Hashable = None
        self._tasks: list[asyncio.Task[None]] = []
        self._log = structlog.get_logger("answering")

    def start(self) -> None:
        """Begin to load, and to follow what changes."""
        self._tasks = [
            asyncio.create_task(self._watch(), name="watching what serves"),
            asyncio.create_task(self._follow(), name="following the corpus"),
        ]

    async def stop(self) -> None:
        """Stop loading, end what runs in the background, and wait for the thread."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
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

    async def _on_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _watch(self) -> None:
        """Load what is to serve, now and whenever that changes."""
        tried = float("-inf")
        while True:
            with contextlib.suppress(OSError):  # current.json may not be readable for a moment
                wanted = await asyncio.to_thread(self._loader.wanted)
                again = self.loaded.pipeline is None and time.monotonic() - tried > _RETRY_SECONDS
                if again or wanted != self._serves:
                    await self._load(wanted)
                    tried = time.monotonic()
            await asyncio.sleep(self._reload_seconds)

    async def _load(self, wanted: Hashable) -> None:
        self._serves = wanted
        try:
            loaded = await self._on_thread(self._loader.load)
            await self._upkeep.attach(loaded, self._on_thread)
        except Exception as error:  # noqa: BLE001 - a broken version must not take the server down
            self._log.exception("loading failed")
            if self.loaded.pipeline is None:
                self.loaded = Loaded(pipeline=None, missing=(f"Loading failed: {type(error).__name__}.",))
            return
        if loaded.pipeline is None and self.loaded.pipeline is not None:
            self._log.error("what was promoted cannot serve; the older one goes on", missing=loaded.missing)
            return
        self.loaded = loaded
        self.changed.set()
        self._log.info("serving", index=loaded.index, model=loaded.model, missing=loaded.missing, notes=loaded.notes)

    async def _follow(self) -> None:
        """Take in what changes in the corpus, in small portions, so that no answer waits for long."""
        while True:
            try:
                done = await self._upkeep.advance()
            except Exception:  # noqa: BLE001 - logged, and tried again; what is there goes on being searched
                self._log.exception("could not follow the corpus")
                await asyncio.sleep(_FOLLOW_AGAIN_SECONDS)
            else:
                await asyncio.sleep(_FOLLOW_SECONDS if done else 0)
