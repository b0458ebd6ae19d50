"""Serves many requests at once with one runner, a step at a time.

``submit`` and ``cancel`` may be called from any thread; ``step`` belongs to one. A step lets in whoever there is room
for, runs the ids that the scheduler planned and hands out what came of them. Every request that was taken in ends
exactly once, with a ``RequestOutcome``; what a listener does wrong ends its own request only.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING

from chatbot.engine.prefix_cache import Prefixes
from chatbot.engine.protocol import (
    BusyError,
    Ending,
    Event,
    Generate,
    PromptTooLongError,
    Request,
    RequestOutcome,
    Score,
)
from chatbot.engine.scheduler import Limits, Scheduler
from chatbot.engine.sequence import Sequence
from chatbot.engine.step import Counts, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatbot.engine.runners.runner import Runner

KEPT_BYTES = 2**28
"""Keys and values of all that runs: 256 MiB. Fewer requests run at once where a model needs more."""
PROPOSING = 8
"""Texts running at once up to which proposals are tried: beyond, a step has no time to spare for being wrong."""
_SMOOTHING = 0.1
_LOG = logging.getLogger(__name__)


class Engine:
    """Requests in, events out, over a runner that it owns."""

    def __init__(
        self,
        runner: Runner,
        *,
        limits: Limits | None = None,
        prefixes: Prefixes | None = None,
        proposing: int = PROPOSING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        room = max(KEPT_BYTES // max(runner.token_bytes, 1), runner.context_tokens)
        self.runner = runner
        self._limits = limits or Limits(kept_tokens=room)
        self._scheduler = Scheduler(self._limits)
        self._prefixes = prefixes or Prefixes(runner)
        self.counts = Counts()
        self._proposing = proposing
        self._clock = clock
        self._lock = threading.Lock()  # over what other threads bring
        self._arrived: list[Sequence] = []
        self._cancelled: list[Sequence] = []
        self.tokens_a_second = 0.0
        """Ids run a second of work, smoothed; 0 before the first step."""
        self._ahead = 0  # ids still to run, as of the last step

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return self._scheduler.waiting + len(self._arrived)

    @property
    def running(self) -> int:
        """How many requests run."""
        return len(self._scheduler.running)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self._scheduler.running or self.waiting or self._cancelled)

    def require(self, request: Request) -> None:
        """See that a request can be served at all.

        Raises:
            PromptTooLongError: it does not fit the context.
            ValueError: the prompt is empty.

        """
        prompt, following = len(request.prompt), request.following
        if prompt == 0:
            raise ValueError("the prompt is empty; a layout always has at least its preamble")
        if prompt + following > self.runner.context_tokens:
            raise PromptTooLongError(
                f"{prompt} tokens of prompt and {following} to follow do not fit the model's "
                f"{self.runner.context_tokens} positions."
            )

    def submit(self, request: Request, listener: Callable[[Event], object]) -> Sequence:
        """Take a request in. ``listener`` gets its tokens and its outcome, on the thread that steps.

        Raises:
            BusyError: too much waits already.
            PromptTooLongError, ValueError: see ``require``.

        """
        self.require(request)
        until = None if request.seconds is None else self._clock() + request.seconds
        sequence = Sequence(request, listener, until)
        with self._lock:
            if self.waiting >= self._limits.waiting:
                raise BusyError(self._seconds_ahead())
            self._arrived.append(sequence)
        return sequence

    def cancel(self, sequence: Sequence) -> None:
        """Let a request end soon; one that is over already stays as it is."""
        with self._lock:
            if sequence.outcome is None:
                self._cancelled.append(sequence)

    def step(self) -> bool:
        """Do one step's work; False where there was none."""
        self._take_in()
        for sequence in self._scheduler.admit():
            sequence.slot, sequence.held = self._prefixes.take(sequence.ids)
            self.counts.reused += sequence.held
        shares = self._scheduler.plan()
        if not shares:
            return False
        started = self._clock()
        try:
            step = Step(self.runner, self.counts, tell=self._tell, end=self._end, proposing=self._proposing)
            tokens = step.run(shares)
        except Exception as error:  # noqa: BLE001 - whoever asked is told; the others go on
            _LOG.exception("a step failed")
            for share in shares:
                self._end(share.sequence, RequestOutcome(Ending.FAILED, error=error), keep=False)
            return True
        self._measure(tokens, self._clock() - started)
        return True

    def abandon(self, error: Exception) -> None:
        """End whatever is left as failed, after an error in the engine's own books: nobody is left waiting."""
        with self._lock:
            left = [*self._arrived, *self._scheduler]
            self._arrived.clear()
        for sequence in left:
            self._scheduler.remove(sequence)
            if sequence.slot is not None:
                with contextlib.suppress(Exception):
                    self.runner.release(sequence.slot)
            if sequence.outcome is None:
                sequence.outcome = RequestOutcome(Ending.FAILED, error=error)
                self._tell(sequence, sequence.outcome)

    def close(self) -> None:
        """End whatever is left as cancelled and give the memory back."""
        self._take_in()
        for sequence in list(self._scheduler):
            self._end(sequence, RequestOutcome(Ending.CANCELLED))
        self._prefixes.clear()

    def _take_in(self) -> None:
        """What other threads brought since the last step, and whose time is over."""
        with self._lock:
            for sequence in self._arrived:
                self._scheduler.add(sequence)
            self._arrived.clear()
            cancelled, self._cancelled = self._cancelled, []
        for sequence in cancelled:
            self._end(sequence, RequestOutcome(Ending.CANCELLED))
        now = self._clock()
        for sequence in list(self._scheduler):
            request = sequence.request
            if sequence.until is not None and now >= sequence.until:
                self._end(sequence, RequestOutcome(Ending.DEADLINE))
            elif isinstance(request, Generate) and request.sampling.max_tokens == 0:
                self._end(sequence, RequestOutcome(Ending.LENGTH))
            elif isinstance(request, Score) and not any(request.candidates):
                self._end(sequence, RequestOutcome(Ending.DONE, scores=tuple(sequence.scores)))

    def _end(self, sequence: Sequence, outcome: RequestOutcome, *, keep: bool = True) -> None:
        """End a request, unless it is over; what it has read is kept for the next turn."""
        if sequence.outcome is not None:
            return
        sequence.outcome = outcome
        self._scheduler.remove(sequence)
        if sequence.slot is not None:
            slot, sequence.slot = sequence.slot, None
            if keep:
                self._prefixes.give(sequence.ids[: sequence.held], slot)
            else:
                self.runner.release(slot)
        self._tell(sequence, outcome)

    def _tell(self, sequence: Sequence, event: Event) -> None:
        try:
            sequence.listener(event)
        except Exception:  # noqa: BLE001 - a loop that was closed, say: nobody listens any more
            _LOG.debug("a listener failed", exc_info=True)
            self.cancel(sequence)

    def _measure(self, tokens: int, seconds: float) -> None:
        self.counts.steps += 1
        self._ahead = sum(max(sequence.most - sequence.held, 0) for sequence in self._scheduler)
        if seconds > 0:
            speed, known = tokens / seconds, self.tokens_a_second
            self.tokens_a_second = (1 - _SMOOTHING) * known + _SMOOTHING * speed if known else speed

    def _seconds_ahead(self) -> float:
        """How long what is there will take, by the speed measured."""
        arrived = sum(sequence.most for sequence in self._arrived)
        return (self._ahead + arrived) / self.tokens_a_second if self.tokens_a_second else 1.0
