"""Minutes shared out among steps: what one leaves or takes is the others'."""

from __future__ import annotations

import pytest

from chatbot.learning.time_plan import LEARN, LONGEST_TUNING, MEASURE, PROMISE, STEPS, TUNE, TimePlan


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_all_of_the_minutes_are_given_and_told_beforehand(clock):
    plan = TimePlan(10, clock=clock)
    assert sum(plan.given.values()) == pytest.approx(600)
    assert plan.sentence() == (
        "10 minutes: tune the encoder 60 s, what can be promised 240 s, "
        "measure the models 120 s, train the GPT-2 180 s."
    )


def test_what_is_left_out_leaves_its_share_to_the_others(clock):
    plan = TimePlan(10, [TUNE, PROMISE], clock)
    assert plan.given == {MEASURE: pytest.approx(240), LEARN: pytest.approx(360)}
    assert plan.may_take(TUNE) == 0


def test_the_encoder_is_tuned_for_ten_minutes_at_most(clock):
    assert TimePlan(6000, clock=clock).may_take(TUNE) == LONGEST_TUNING


def test_a_step_that_takes_more_takes_it_from_those_after_it(clock):
    plan = TimePlan(10, clock=clock)
    with plan.step(TUNE):
        clock.now += 330
    assert plan.left == 270
    assert plan.may_take(PROMISE) == pytest.approx(120)
    with plan.step(PROMISE):
        clock.now += 500
    assert plan.left == 0
    assert plan.may_take(MEASURE) == 0
    assert plan.for_training(10) == pytest.approx(0.1)


def test_training_ends_in_time_for_what_comes_after_it(clock):
    plan = TimePlan(10, clock=clock)
    clock.now += 300
    assert plan.for_training(60) == pytest.approx(4)


def test_what_was_given_and_taken_is_told(clock):
    plan = TimePlan(1, clock=clock)
    for _ in range(2):
        with plan.step(TUNE):
            clock.now += 2
    told = plan.to_json()
    assert told["steps"].keys() == STEPS.keys()
    assert (told["seconds"], told["taken"], told["steps"][TUNE]["taken"]) == (60, 4, 4)


def test_a_step_inside_of_another_is_counted_once(clock):
    plan = TimePlan(1, clock=clock)
    with plan.step(LEARN):
        clock.now += 1
        for _ in range(2):
            with plan.step(MEASURE):
                clock.now += 3
        clock.now += 10
    assert plan.taken == {LEARN: 11, MEASURE: 6}
