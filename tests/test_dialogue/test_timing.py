"""Times of the steps: each second counted once, for the innermost step; nothing measured where nobody asks."""

from __future__ import annotations

import pytest

from chatbot.dialogue.pipeline import Pipeline
from chatbot.dialogue.timing import STEPS, StepTimes, step, timing


class Clock:
    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


def test_what_is_inside_does_not_count_for_what_is_around():
    clock = Clock()

    @step("check")
    def check():
        clock.at += 3

    @step("write")
    def write(*, breaks=False):
        clock.at += 1
        check()
        clock.at += 1
        if breaks:
            raise ValueError

    times = StepTimes(clock)
    with timing(times):
        write()
        clock.at += 100  # between two steps
        with pytest.raises(ValueError):
            write(breaks=True)
    write()
    assert times.seconds == {"write": 4, "check": 6}


def test_the_pipeline_goes_through_every_step(retriever, ask):
    times = StepTimes()
    with timing(times):
        Pipeline(retriever).answer(ask("c: how long do refunds take"))
    assert set(times.seconds) == set(STEPS)
    assert all(seconds > 0 for seconds in times.seconds.values())
