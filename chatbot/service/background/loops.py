"""Loops of the server, each guarded and watched: one that ends is begun again, and whoever asks is told what is wrong.

A loop gives signs of life to its ``Heart`` and says how long it may be quiet; none is cut off for being slow. While a
model loads, which several of them wait for, the time that they are quiet does not count. Of errors only the kind is
told: their words may be a customer's. Knows no loop and no request.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

_LOOK_SECONDS = 2.0  # between two looks for a stuck loop; a timer and no task, so that nothing can end it
_PROVEN_SECONDS = 10.0  # one that was begun again is told of until it has run so long
_LONGEST_PAUSE = 60.0
_FAILURES_TOLD = 3  # in a row; one may be a database that was away for a moment


class Heart:
    """One loop's signs of life. ``quiet`` is how many seconds it may be without any."""

    def __init__(self, name: str, quiet: float, now: Callable[[], float]) -> None:
        self.name = name
        self.quiet = quiet
        self.restarts = 0
        self.failures = 0
        self.error = ""
        self._now = now
        self._since = now()
        self._last = self._due = inf
        self.ended = False
        self.told: str | None = None
        self.beat()

    def beat(self, within: float | None = None) -> None:
        """Say that it goes well; the next sign comes within so many seconds (None: as usual)."""
        self.failures = 0
        self._live(within)

    def failed(self, error: BaseException) -> None:
        """Say that what it does in each round failed this time, and that it goes on trying."""
        self.failures += 1
        self.error = type(error).__name__
        self._live()

    def rest(self) -> None:
        """Say that it waits for work, for as long as it takes."""
        self.failures = 0
        self._last, self._due = self._now(), inf

    def begun(self) -> None:
        """Say that it runs, from its beginning."""
        self.ended, self._since = False, self._now()
        self._live()

    def over(self, error: str) -> None:
        """Say that it ended, which no loop should."""
        self.ended, self.error = True, error
        self.restarts += 1

    @property
    def age(self) -> float:
        """Seconds since the last sign of life."""
        return self._now() - self._last

    @property
    def proven(self) -> bool:
        """Whether it has run for long enough to be trusted again."""
        return not self.ended and (not self.restarts or self._now() - self._since >= _PROVEN_SECONDS)

    @property
    def trouble(self) -> str | None:
        """What is wrong with it, in a sentence; None where it is well."""
        if not self.proven:
            state = "is begun again" if self.ended else "was begun again a moment ago"
            return f'The loop "{self.name}" ended ({self.error}) and {state}; the log says where.'
        if self._now() > self._due:
            return f'The loop "{self.name}" is stuck; start the server again if that goes on.'
        if self.failures >= _FAILURES_TOLD:
            return f'The loop "{self.name}" fails again and again ({self.error}); the log says where.'
        return None

    def _live(self, within: float | None = None) -> None:
        self._last = self._now()
        self._due = self._last + (self.quiet if within is None else within)


async def every(seconds: float, heart: Heart, work: Callable[[], Awaitable[object]], *, log: str, failed: str) -> None:
    """Do ``work``, pause for so many seconds, and so on until cancelled.

    What goes wrong is logged as ``failed`` under the name ``log``, and tried again in the next round.
    """
    while True:
        try:
            await work()
            heart.beat()
        except Exception as error:  # noqa: BLE001 - logged, and told by the heart
            structlog.get_logger(log).exception(failed)
            heart.failed(error)
        await asyncio.sleep(seconds)


class Loop:
    """A loop that was started; ``stop`` ends it for good."""

    def __init__(self, heart: Heart, run: Callable[[Heart], Awaitable[None]]) -> None:
        self.heart = heart
        self._run = run
        self._stopping = False
        self._pause = 1.0
        self._timer: asyncio.TimerHandle | None = None
        self._log = structlog.get_logger("loops")
        self._task = self._begin()

    async def stop(self) -> None:
        """End it and wait until it has."""
        self._stopping = True
        if self._timer is not None:
            self._timer.cancel()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def _begin(self) -> asyncio.Task[None]:
        self.heart.begun()
        self._task = asyncio.create_task(self._guarded(), name=self.heart.name)
        self._task.add_done_callback(self._ended)
        return self._task

    async def _guarded(self) -> None:
        try:
            await self._run(self.heart)
        except Exception as error:  # noqa: BLE001 - whatever ends a loop is logged, and the loop begun again
            self._log.exception("a loop ended", loop=self.heart.name)
            self.heart.error = type(error).__name__
        else:
            self.heart.error = "without an error"

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Begin again after a pause, longer each time; a task that was cancelled from elsewhere ends here as well."""
        if self._stopping:
            return
        self._pause = 1.0 if self.heart.proven else min(_LONGEST_PAUSE, 2 * self._pause)
        error = "cancelled" if task.cancelled() else self.heart.error
        self.heart.over(error)
        self._log.error("a loop is begun again", loop=self.heart.name, error=error, seconds=self._pause)
        self._timer = asyncio.get_running_loop().call_later(self._pause, self._begin)


class Loops:
    """All loops of one server. Build it inside the event loop, and ``close`` it before that ends."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._stood_still = 0.0
        self._still: tuple[float, float] | None = None  # since when, and for how many seconds at most
        self._hearts: list[Heart] = []
        self._log = structlog.get_logger("loops")
        self._timer = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)

    def start(self, name: str, run: Callable[[Heart], Awaitable[None]], *, quiet: float) -> Loop:
        """Begin a loop, and begin it again whenever it ends, until it is stopped."""
        return Loop(self.heart(name, quiet=quiet), run)

    def heart(self, name: str, *, quiet: float) -> Heart:
        """The heart of something that others start; it rests until then."""
        heart = Heart(name, quiet, self._counted)
        heart.rest()
        self._hearts.append(heart)
        return heart

    @contextmanager
    def patience(self, at_most: float) -> Iterator[None]:
        """Do not count the time of a block, so many seconds of it: what all wait for may take long."""
        self._still = (self._now(), at_most)
        try:
            yield
        finally:
            self._stood_still += self._standing()
            self._still = None

    @property
    def hearts(self) -> tuple[Heart, ...]:
        """Of every loop, in the order in which they were started."""
        return tuple(self._hearts)

    def troubles(self) -> tuple[str, ...]:
        """What is wrong at the moment, a sentence each."""
        return tuple(trouble for heart in self._hearts if (trouble := heart.trouble))

    def close(self) -> None:
        """Watch no longer."""
        self._timer.cancel()

    def _counted(self) -> float:
        return self._now() - self._stood_still - self._standing()

    def _standing(self) -> float:
        if self._still is None:
            return 0.0
        since, at_most = self._still
        return min(self._now() - since, at_most)

    def _look(self) -> None:
        """Log what has become wrong, or well again, once each."""
        for heart in self._hearts:
            trouble = heart.trouble
            if trouble and not heart.told:
                self._log.error("a loop is not well", loop=heart.name, trouble=trouble, quiet=round(heart.age))
            elif heart.told and not trouble:
                self._log.info("a loop is well again", loop=heart.name)
            heart.told = trouble
        self._timer = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)
