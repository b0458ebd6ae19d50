"""Times the steps of an answer. A step inside another counts for itself and not for the outer one.

Functions are marked as steps; nothing is measured, and nothing costs, unless somebody asks for it around a call.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Labels of a metric, so they stay as dashboards know them: "read" is the window, "recall" what is retrieved.
STEPS = ("read", "recall", "write", "check", "rank", "decide")

_P = ParamSpec("_P")
_R = TypeVar("_R")


class StepTimes:
    """Seconds by step, of one call on one thread."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: dict[str, float] = {}
        self._clock = clock
        self._stack: list[str] = []
        self._since = 0.0

    @contextmanager
    def within(self, name: str) -> Iterator[None]:
        """Count what happens inside for this step, and stop counting for the one around it."""
        self._count()
        self._stack.append(name)
        try:
            yield
        finally:
            self._count()
            self._stack.pop()

    def _count(self) -> None:
        now = self._clock()
        if self._stack:
            step = self._stack[-1]
            self.seconds[step] = self.seconds.get(step, 0.0) + now - self._since
        self._since = now


_TIMES: ContextVar[StepTimes | None] = ContextVar("times", default=None)


@contextmanager
def timing(times: StepTimes) -> Iterator[None]:
    """Measure the steps of what is called inside, on this thread."""
    token = _TIMES.set(times)
    try:
        yield
    finally:
        _TIMES.reset(token)


def step(name: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Mark a function as (a part of) a step."""

    def marked(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(function)
        def timed(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            times = _TIMES.get()
            if times is None:
                return function(*args, **kwargs)
            with times.within(name):
                return function(*args, **kwargs)

        return timed

    return marked
