"""When a loop counts as well, by a clock of our own; what happens to real ones is in ``test_api/site/test_health``."""

from __future__ import annotations

import asyncio

import pytest

from chatbot.service.background import loops as room
from chatbot.service.background.loops import Heart, Loops


class Time:
    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def now():
    return Time()


@pytest.fixture
async def loops(now):
    found = Loops(now)
    yield found
    found.close()


@pytest.fixture
def heart(now):
    return Heart("work", 60, now)


def test_quiet_for_longer_than_it_may_be_is_stuck_until_the_next_sign(heart, now):
    now.seconds += 60
    assert heart.trouble is None
    now.seconds += 1
    assert "is stuck" in heart.trouble
    heart.beat()
    assert heart.trouble is None


def test_a_long_job_says_how_long_and_waiting_for_work_takes_as_long_as_it_takes(heart, now):
    heart.beat(3600)
    now.seconds += 3599
    assert heart.trouble is None
    heart.rest()
    now.seconds += 1e6
    assert heart.trouble is None
    heart.beat()
    now.seconds += 61
    assert "is stuck" in heart.trouble


def test_a_failure_now_and_then_is_no_trouble_three_in_a_row_are(heart):
    for _ in range(5):
        heart.failed(ValueError("words"))
        heart.failed(ValueError("words"))
        assert heart.trouble is None
        heart.beat()
    for _ in range(3):
        heart.failed(ValueError("words"))
    assert "fails again and again (ValueError)" in heart.trouble
    assert "words" not in heart.trouble


def test_begun_again_it_is_told_of_until_it_has_proved_itself(heart, now):
    heart.over("ValueError")
    assert "ended (ValueError) and is begun again" in heart.trouble
    heart.begun()
    now.seconds += room._PROVEN_SECONDS - 1
    heart.beat()
    assert "a moment ago" in heart.trouble
    now.seconds += 1
    assert heart.trouble is None


async def test_the_time_that_all_wait_does_not_count_up_to_a_limit(loops, now):
    heart = loops.heart("work", quiet=60)
    heart.beat()
    with loops.patience(1000):
        now.seconds += 1000
        assert loops.troubles() == ()
        now.seconds += 61
        assert len(loops.troubles()) == 1
    heart.beat()
    with loops.patience(1000):
        now.seconds += 500
    now.seconds += 59
    assert loops.troubles() == ()
    now.seconds += 2
    assert len(loops.troubles()) == 1


async def test_pauses_grow_while_it_ends_at_once(loops, monkeypatch):
    begun, pauses, enough = [], [], asyncio.Event()

    async def ends(_):
        begun.append(1)

    def later(seconds, call):
        pauses.append(seconds)
        if len(pauses) < 9:
            asyncio.get_running_loop().call_soon(call)
        else:
            enough.set()
        return asyncio.get_running_loop().call_soon(lambda: None)

    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", later)
    loop = loops.start("work", ends, quiet=60)
    await enough.wait()
    monkeypatch.undo()
    await loop.stop()
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert loop.heart.restarts == len(begun) == 9
    assert "without an error" in loop.heart.trouble


async def test_what_is_stopped_is_not_begun_again(loops, monkeypatch):
    begun = []

    async def goes_on(_):
        begun.append(1)
        await asyncio.Event().wait()

    loop = loops.start("work", goes_on, quiet=60)
    await asyncio.sleep(0)
    await loop.stop()
    await asyncio.sleep(0)
    assert begun == [1]
    assert loop.heart.restarts == 0
