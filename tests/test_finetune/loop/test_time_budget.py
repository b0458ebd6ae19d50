"""Budgets of minutes and steps, and the learning rate that follows them."""

from __future__ import annotations

import pytest

from finetune.loop.time_budget import Budget, learning_rate_factor


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_minutes_end_it() -> None:
    clock = Clock()
    budget = Budget(minutes=1, steps=1000, clock=clock)
    assert not budget.exhausted
    clock.now += 30
    assert budget.share == pytest.approx(0.5)
    assert budget.progress() == (30, 60)
    clock.now += 31
    assert budget.exhausted
    assert budget.progress() == (60, 60)


def test_steps_end_it_first() -> None:
    clock = Clock()
    budget = Budget(minutes=10, steps=4, clock=clock)
    budget.step = 3
    clock.now += 6
    assert budget.progress() == (3, 4)
    budget.step = 4
    assert budget.exhausted


def test_interrupted_runs_count() -> None:
    clock = Clock()
    budget = Budget(minutes=1, steps=100, clock=clock)
    clock.now += 1000
    budget.resume(spent=45, step=7)
    assert budget.share == pytest.approx(0.75)
    assert budget.step == 7


def test_rate_warms_up_and_ends_decayed() -> None:
    clock = Clock()
    budget = Budget(minutes=1, steps=1000, clock=clock)
    factor = learning_rate_factor(budget, 10)
    assert factor(0) == pytest.approx(0.1)
    assert factor(9) == pytest.approx(1.0)
    clock.now += 36
    assert factor(100) == pytest.approx(1.0)
    clock.now += 24
    assert factor(5000) == pytest.approx(0.02)


def test_without_minutes_only_steps_end_it() -> None:
    clock = Clock()
    budget = Budget(minutes=0, steps=4, clock=clock)
    clock.now += 10_000
    assert budget.share == 0
    assert budget.progress() == (0, 4)


def test_processes_agree_on_the_time() -> None:
    """A process whose clock runs ahead goes by the first one's, and time stands still between two ticks."""
    clocks = Clock(), Clock()
    first, second = (Budget(minutes=1, steps=1000, clock=clock) for clock in clocks)
    told: list[float] = []
    first.agree_by(lambda seconds: told.append(seconds) or seconds)  # type: ignore[func-returns-value]
    second.agree_by(lambda _: told[-1])
    clocks[0].now += 30
    clocks[1].now += 45
    assert first.seconds == second.seconds == 0
    first.tick()
    second.tick()
    assert first.share == second.share == pytest.approx(0.5)
    for budget in (first, second):
        budget.resume(spent=40, step=3)
    assert first.seconds == second.seconds == 40
