"""The minutes of a whole `understudy train`: what each step may take, what it took, and what was left out for it.

A step that takes less leaves more to those after it; one that takes more takes it from them. Knows names of steps and
seconds, not what is done in them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Clock = Callable[[], float]

TUNE, PROMISE, MEASURE, LEARN = "tune the encoder", "what can be promised", "measure the models", "train the GPT-2"
STEPS = {TUNE: 0.1, PROMISE: 0.4, MEASURE: 0.2, LEARN: 0.3}
"""Shares of the minutes, in the order of the work; training itself takes whatever the others leave. What can be
promised comes early: a small desk gains more by it than by a model."""
LONGEST_TUNING = 600.0
FEWEST_SECONDS = 6.0
"""Of the training loop, whatever the steps before it took."""


class TimePlan:
    """Of so many minutes, counted from when it was made; the shares of steps ``left_out`` go to the others."""

    def __init__(self, minutes: float, left_out: Collection[str] = (), clock: Clock = time.monotonic) -> None:
        """Begin to count."""
        self.seconds = 60 * minutes
        self.taken: dict[str, float] = {}
        self._clock = clock
        self._began = clock()
        whole = sum(share for name, share in STEPS.items() if name not in left_out)
        self.given = {
            name: self.seconds * share / whole if name != TUNE else min(LONGEST_TUNING, self.seconds * share / whole)
            for name, share in STEPS.items()
            if name not in left_out
        }

    @property
    def left(self) -> float:
        """Seconds until all of it is spent; 0 when it is."""
        return max(0.0, self._began + self.seconds - self._clock())

    def may_take(self, name: str) -> float:
        """Seconds for a step: its share of what is left for it and those after it."""
        after = list(STEPS)[list(STEPS).index(name) :]
        shares = {each: self.given[each] for each in after if each in self.given and each not in self.taken}
        return min(self.given[name], self.left * self.given[name] / sum(shares.values())) if name in shares else 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count the seconds of a step, in all its parts; those of a step inside of it are that one's alone."""
        began, before = self._clock(), sum(self.taken.values())
        try:
            yield
        finally:
            inside = sum(self.taken.values()) - before
            self.taken[name] = self.taken.get(name, 0.0) + self._clock() - began - inside

    def for_training(self, known: float) -> float:
        """Minutes for the loop of training: what is left but for ``known`` seconds that the steps after it take."""
        return max(FEWEST_SECONDS, self.left - known) / 60

    def sentence(self) -> str:
        """The plan, told beforehand."""
        shares = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.given.items())
        return f"{self.seconds / 60:g} minutes: {shares}."

    def to_json(self) -> dict[str, Any]:
        """What was given and taken, in seconds."""
        return {
            "seconds": self.seconds,
            "taken": round(self._clock() - self._began, 1),
            "steps": {
                name: {"given": round(self.given.get(name, 0.0), 1), "taken": round(self.taken.get(name, 0.0), 1)}
                for name in STEPS
            },
        }
