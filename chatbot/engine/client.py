"""A synchronous client of the engine: a thread asks and waits, as the dialogue does.

``Client`` implements ``Generator`` and ``Stepper`` over whatever hosts an engine: a ``Worker``, whose thread steps it
for many callers at once, or ``Inline``, which steps it here and now (commands, training, tests).
"""

from __future__ import annotations

from collections import OrderedDict
from queue import SimpleQueue
from typing import TYPE_CHECKING, Protocol

from chatbot.engine.engine import Engine
from chatbot.engine.protocol import Ending, Event, Generate, NextToken, Request, RequestOutcome, Score, never
from chatbot.errors import NotReadyError

if TYPE_CHECKING:
    from collections import abc
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from chatbot.engine.runners.runner import Runner
    from chatbot.engine.sequence import Sequence

REMEMBERED_CELLS = 2**22
"""Log-probabilities kept, of all distributions together: 16 MiB in 32-bit floats."""


class Host(Protocol):
    """Takes requests for one engine and sees to it that it steps."""

    @property
    def engine(self) -> Engine:
        """The engine."""

    def submit(self, request: Request, listener: Callable[[Event], object]) -> Sequence:
        """See ``Engine.submit``."""

    def cancel(self, sequence: Sequence) -> None:
        """See ``Engine.cancel``."""

    def wait(self, events: SimpleQueue[Event]) -> Event:
        """The next event, when it is there."""


class Inline:
    """Steps an engine on the thread that waits."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def submit(self, request: Request, listener: Callable[[Event], object]) -> Sequence:
        """See ``Engine.submit``."""
        return self.engine.submit(request, listener)

    def cancel(self, sequence: Sequence) -> None:
        """See ``Engine.cancel``."""
        self.engine.cancel(sequence)

    def wait(self, events: SimpleQueue[Event]) -> Event:
        """Step until there is an event."""
        while events.empty():
            self.engine.step()
        return events.get()


class Client:
    """``Generator`` and ``Stepper`` of one model version. Not thread-safe; make one for each thread."""

    def __init__(self, host: Host, *, cells: int = REMEMBERED_CELLS) -> None:
        runner = host.engine.runner
        self.name = runner.name
        self.context_tokens = runner.context_tokens
        self._host = host
        self._most = max(cells // runner.vocabulary, 1)
        self._remembered: OrderedDict[tuple[int, ...], NDArray[np.float32]] = OrderedDict()

    def generate(self, request: Generate, should_stop: Callable[[], bool] = never) -> Iterator[int]:
        """Continue a prompt; see ``Generator.generate``."""
        self._host.engine.require(request)
        return self._written(request, should_stop)

    def score(
        self, prompt: abc.Sequence[int], candidates: abc.Sequence[abc.Sequence[int]], *, judged: int | None = None
    ) -> list[float]:
        """Judge candidates over one pass of their prompt; see ``Generator.score``."""
        return list(self._outcome(Score(prompt, candidates=candidates, judged=judged)).scores)

    def log_probabilities(self, ids: abc.Sequence[int]) -> NDArray[np.float32]:
        """What may follow ``ids``; see ``Stepper.log_probabilities``. A text that grows as predicted costs nothing."""
        key = tuple(ids)
        known = self._remembered.get(key)
        if known is None:
            known = self._outcome(NextToken(key)).following
            assert known is not None
            self._remembered[key] = known
            if len(self._remembered) > self._most:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(key)
        return known

    def _written(self, request: Generate, should_stop: Callable[[], bool]) -> Iterator[int]:
        events: SimpleQueue[Event] = SimpleQueue()
        taken = self._host.submit(request, events.put)
        try:
            while not should_stop():
                event = self._host.wait(events)
                if isinstance(event, RequestOutcome):
                    raise_failure(event)
                    return
                yield event
        finally:
            self._host.cancel(taken)

    def _outcome(self, request: Request) -> RequestOutcome:
        events: SimpleQueue[Event] = SimpleQueue()
        self._host.submit(request, events.put)
        while not isinstance(event := self._host.wait(events), RequestOutcome):
            pass
        raise_failure(event)
        if event.ending is not Ending.DONE:
            raise NotReadyError("The model was stopped before it answered.")
        return event


def inline(runner: Runner) -> Client:
    """A client whose engine runs where it is called."""
    return Client(Inline(Engine(runner)))


def raise_failure(outcome: RequestOutcome) -> None:
    """Raise what made a request fail, where it did."""
    if outcome.error is not None:
        raise outcome.error
