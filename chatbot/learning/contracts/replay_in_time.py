"""How many past questions can be asked again until a moment in time. What is asked for that is kept, so it is no waste.

Newest questions first, in portions, so that the speed of this machine and desk decides and not a guess of it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chatbot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.dialogue.decide.error_budget import Promise
    from chatbot.learning.backtest.backtest import Backtest
    from data.moments import Moment
    from data.progress import Report

_PORTION = 25
_KNOWN = 0.005
"""Seconds below which a question was asked before and only looked up, which says nothing of the others."""
_OTHERS = 0.45
"""Of the time, what else a contract takes: questions of other businesses, the comparison with what serves, the fit."""


def fitting_in(
    backtest: Backtest,
    written: Sequence[Moment],
    questions: Sequence[Moment],
    until: float,
    promise: Promise,
    report: Report,
) -> list[Moment]:
    """The newest ``questions`` that can be replayed, beside all ``written`` ones, until ``until`` (monotonic seconds).

    Where all fit, only a first portion is asked here; a ranking that is fitted afterwards has them asked with it.

    Raises:
        InputError: with those that fit nothing could be promised, though all of them might; says what time they take.

    """
    began = time.monotonic()
    seconds = max(1.0, (until - began) * (1 - _OTHERS))
    waiting, done = [*written, *reversed(questions)], 0  # written ones first: each of them tells right from wrong
    while done < len(waiting):
        before = time.monotonic()
        done += len(backtest.replay(waiting[done : done + _PORTION], report).cases)
        now = time.monotonic()
        spent, each = now - began, (now - before) / _PORTION
        if each > _KNOWN and spent + each * (len(waiting) - done) <= seconds:
            return list(questions)
        # The first portion reads the articles as well and says nothing of the speed of those after it.
        if spent + (each * _PORTION if done > _PORTION else 0) > seconds:
            break
    if done < min(len(waiting), promise.cases):
        needed = (spent + each * (promise.cases - done)) / (1 - _OTHERS)
        raise InputError(
            f"In {until - began:.0f} s only {done:,} questions can be asked again, and a promise takes at least "
            f"{promise.cases:,}, about {max(60, round(needed, -1)):,.0f} s here. `understudy contracts fit` takes "
            "the time it needs and goes on from what was asked."
        )
    past = max(0, done - len(written))
    return list(questions[len(questions) - past :])
