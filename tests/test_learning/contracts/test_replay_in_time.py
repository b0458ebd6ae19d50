"""How many questions are asked again in the time there is: the newest, or none where too few would prove nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chatbot.dialogue.decide.error_budget import Promise
from chatbot.errors import InputError
from chatbot.learning.contracts import replay_in_time
from chatbot.learning.contracts.replay_in_time import fitting_in
from data.progress import silent

QUESTIONS = list(range(400))


@pytest.fixture
def asked(monkeypatch):
    """What is asked, each in as many seconds as ``each`` says; the clock is the test's."""
    told = SimpleNamespace(now=0.0, each=0.5, asked=[])
    monkeypatch.setattr(replay_in_time, "time", SimpleNamespace(monotonic=lambda: told.now))

    def replay(moments, _):
        told.asked += moments
        told.now += told.each * len(moments)
        return SimpleNamespace(cases=moments)

    told.replay = replay
    return told


def test_the_newest_that_fit_are_taken(asked):
    found = fitting_in(asked, [], QUESTIONS, 200.0, Promise(0.1, 0.9), silent)
    assert found == QUESTIONS[-200:]
    assert sorted(asked.asked) == found
    assert asked.now <= 110


def test_where_all_fit_only_a_portion_is_asked(asked):
    assert fitting_in(asked, [], QUESTIONS, 1000.0, Promise(), silent) == QUESTIONS
    assert len(asked.asked) == 25


def test_what_was_asked_before_costs_nothing(asked):
    asked.each = 0.0
    assert fitting_in(asked, [], QUESTIONS, 1.0, Promise(), silent) == QUESTIONS
    assert len(asked.asked) == 400


def test_written_ones_come_first(asked):
    written = [f"w{number}" for number in range(100)]
    found = fitting_in(asked, written, QUESTIONS, 200.0, Promise(0.1, 0.9), silent)
    assert asked.asked[:100] == written
    assert found == QUESTIONS[-100:]


def test_too_few_are_told_with_the_time_it_would_take(asked):
    with pytest.raises(InputError, match=r"In 48 s only \d+ questions .* at least 150, about 140 s here"):
        fitting_in(asked, [], QUESTIONS, 48.0, Promise(), silent)


def test_the_first_portion_reads_the_articles_and_does_not_tell_the_speed(asked):
    def replay(moments, _):
        asked.now += (20 if not asked.asked else 0) + 0.1 * len(moments)
        asked.asked += moments
        return SimpleNamespace(cases=moments)

    found = fitting_in(SimpleNamespace(replay=replay), [], QUESTIONS, 80.0, Promise(0.1, 0.9), silent)
    assert len(found) >= 200
    assert asked.now <= 80 * 0.55
