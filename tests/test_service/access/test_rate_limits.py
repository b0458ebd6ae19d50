"""Limits: never more than the rate and one burst, always an honest word on how long to wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import InputError, RateLimitedError
from chatbot.service.access.rate_limits import Limits, Meter, Rate, rate, whose


class Clock:
    def __init__(self):
        self.at = 1000.0

    def __call__(self):
        return self.at


@pytest.mark.parametrize(
    ("text", "found"),
    [("600/minute", Rate(600, 60)), (" 1 / Second", Rate(1, 1)), ("5/hour", Rate(5, 3600)), ("", None), (" ", None)],
)
def test_rates(text, found):
    assert rate(text) == found


@pytest.mark.parametrize("text", ["0/minute", "600", "600/week", "-1/minute", "1.5/second", "9999999999/day"])
def test_what_is_no_rate(text):
    with pytest.raises(InputError, match="600/minute"):
        rate(text)


@given(
    amount=st.integers(1, 20),
    seconds=st.floats(1, 100),
    pauses=st.lists(st.floats(0, 30), max_size=200),
)
def test_no_stretch_of_time_gets_more_than_rate_and_burst(amount, seconds, pauses):
    clock = Clock()
    meter = Meter(Rate(amount, seconds), clock)
    taken = []
    for pause in pauses:
        clock.at += pause
        if meter.take("a") == 0:
            taken.append(clock.at)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            stretch = taken[last] - taken[first]
            assert last - first + 1 <= amount * (1 + stretch / seconds) + 1e-6


@given(amount=st.integers(1, 50), seconds=st.floats(0.5, 100), pauses=st.lists(st.floats(0, 5), max_size=100))
def test_whoever_waits_as_told_gets_in_and_not_before(amount, seconds, pauses):
    clock = Clock()
    meter = Meter(Rate(amount, seconds), clock)
    for pause in pauses:
        clock.at += pause
        wait = meter.take("a")
        if wait:
            started = clock.at
            clock.at = started + wait / 2
            assert meter.take("a") > 0
            clock.at = started + wait + 1e-6
            assert meter.take("a") == 0


def test_keys_are_counted_apart_and_forgotten_when_they_have_paid():
    clock = Clock()
    meter = Meter(Rate(1, 10), clock)
    for key in range(5000):
        assert meter.take(str(key)) == 0
    assert meter.take("4999") == pytest.approx(10)
    clock.at += 11
    for key in range(20_000):  # thousands at a time are dropped, not each by itself
        meter.take(f"new {key}")
        clock.at += 0.01
    assert len(meter._paid_at) < 3000


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("testclient", None),
        (None, None),
    ],
)
def test_whom_an_address_stands_for(address, place):
    assert whose(address) == place


def test_a_write_counts_for_conversation_visitor_and_inbox():
    clock = Clock()
    limits = Limits(address="2/minute", starts="1/minute", visitor="3/minute", conversation="2/minute", clock=clock)
    for _ in range(2):
        limits.write("v", "c1", "in", None)
    with pytest.raises(RateLimitedError) as refused:
        limits.write("v", "c1", "in", None)
    assert refused.value.seconds == 30
    limits.write("v", "c2", "in", None)
    with pytest.raises(RateLimitedError) as refused:
        limits.write("v", "c3", "in", None)
    assert refused.value.seconds == 20
    limits.write("w", "d", "busy", "1/hour")
    with pytest.raises(RateLimitedError) as refused:
        limits.write("x", "e", "busy", "1/hour")
    assert refused.value.seconds == 3600
    limits.arrival("203.0.113.7", "in", None)
    with pytest.raises(RateLimitedError):
        limits.arrival("203.0.113.7", "in", None)
    assert [limits.request("203.0.113.7") for _ in range(3)] == [0, 0, 30]
    assert [limits.request("127.0.0.1") for _ in range(9)] == [0] * 9
