"""One thread that steps engines for a whole server, and how threads and coroutines ask it.

Coroutines follow a text with ``stream``; leaving it cancels the request. A model version has its engine: a newer one is
taken in by submitting to the newer engine, and what the older one has begun it finishes, step by step beside the
other. An engine without work is not held on to, so that an old version goes when nobody asks it any more.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import aclosing
from typing import TYPE_CHECKING

from chatbot.engine.client import Client, raise_failure
from chatbot.engine.protocol import Ending, Event, Generate, Request, RequestOutcome, Score
from chatbot.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from queue import SimpleQueue

    from chatbot.engine.engine import Engine
    from chatbot.engine.sequence import Sequence

_LOG = logging.getLogger(__name__)


class Worker:
    """Owns the thread. ``stop`` ends whatever is left as cancelled."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._busy: dict[Engine, None] = {}  # in the order in which they got work
        self._stopping = False
        self._rounds = 0
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def host(self, engine: Engine) -> Hosted:
        """How an engine is asked from now on; nobody else may step it."""
        return Hosted(self, engine)

    def submit(self, engine: Engine, request: Request, listener: Callable[[Event], object]) -> Sequence:
        """Take a request in for an engine; see ``Engine.submit``.

        Raises:
            NotReadyError: the worker was stopped.

        """
        with self._wake:
            if self._stopping:
                raise NotReadyError("The server is stopping.")
            sequence = engine.submit(request, listener)
            self._busy[engine] = None
            self._wake.notify()
        return sequence

    def stop(self) -> None:
        """End the thread, and every request with it; returns when both are done."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    @property
    def rounds(self) -> int | None:
        """How many steps were made; None while there is nothing to do."""
        return self._rounds if self._busy else None

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._busy and not self._stopping:
                    self._wake.wait()
                engines = list(self._busy)
                if self._stopping:
                    break
            for engine in engines:
                _step(engine)
            self._rounds += 1
            with self._wake:
                for engine in engines:
                    if engine.idle:
                        del self._busy[engine]
            del engines, engine  # an old version must be free to go while this thread sleeps
        for engine in engines:
            engine.close()


def _step(engine: Engine) -> None:
    """One step; an engine that fails in its own books ends its requests, and the thread goes on for the others."""
    try:
        engine.step()
    except Exception as error:  # noqa: BLE001 - whatever it is must not end the thread that all wait for
        _LOG.exception("an engine failed")
        engine.abandon(error)


class Hosted:
    """One engine behind a worker: what a model version's callers hold. Thread-safe."""

    def __init__(self, worker: Worker, engine: Engine) -> None:
        self._worker = worker
        self.engine = engine

    def client(self) -> Client:
        """A synchronous client for one thread that is not an event loop's."""
        return Client(self)

    def submit(self, request: Request, listener: Callable[[Event], object]) -> Sequence:
        """See ``Engine.submit``; the listener is called on the worker's thread."""
        return self._worker.submit(self.engine, request, listener)

    def cancel(self, sequence: Sequence) -> None:
        """See ``Engine.cancel``."""
        self.engine.cancel(sequence)

    def wait(self, events: SimpleQueue[Event]) -> Event:
        """Wait for the worker's thread."""
        return events.get()

    async def stream(self, request: Generate) -> AsyncIterator[int]:
        """The tokens of a text as they are chosen; leaving the iteration cancels the request.

        Raises:
            BusyError, PromptTooLongError, ValueError: see ``Engine.submit``.

        """
        async with aclosing(self._events(request)) as events:
            async for event in events:
                if isinstance(event, RequestOutcome):
                    return
                yield event

    async def score(self, request: Score) -> tuple[float, ...]:
        """The log-likelihoods of a request's candidates.

        Raises:
            TimeoutError: the request's time was over before.
            BusyError, PromptTooLongError, ValueError: see ``Engine.submit``.

        """
        async with aclosing(self._events(request)) as events:
            async for event in events:
                if isinstance(event, RequestOutcome) and event.ending is Ending.DONE:
                    return event.scores
        raise TimeoutError("the candidates were not judged in time")

    async def _events(self, request: Request) -> AsyncGenerator[Event, None]:
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Event] = asyncio.Queue()
        sequence = self.submit(request, lambda event: loop.call_soon_threadsafe(events.put_nowait, event))
        try:
            while True:
                event = await events.get()
                if isinstance(event, RequestOutcome):
                    raise_failure(event)
                yield event
                if isinstance(event, RequestOutcome):
                    return
        finally:
            self.cancel(sequence)
