"""Minutes saved: what counts, what is measured, and whether the interval keeps its word."""

from __future__ import annotations

import random

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.learning.replay.time_saved import ASSUMED, FEWEST_GAPS, AnswerTime, answer_time, median_gap, saved
from data.transcripts import Conversation, Role, Turn
from tests.test_learning.past import a_case


def talk(*turns):
    return Conversation("c", tuple(Turn(role, "words", at=at, author=author) for role, at, author in turns))


def at(minute):
    return f"2026-01-01T10:{minute:02d}:00Z"


def test_a_gap_is_from_the_last_question_to_the_first_answer():
    found = talk(
        (Role.CUSTOMER, at(0), None),
        (Role.CUSTOMER, at(2), None),
        (Role.AGENT, at(5), None),
        (Role.AGENT, at(9), None),
        (Role.CUSTOMER, at(10), None),
        (Role.NOTE, at(11), None),
        (Role.AGENT, at(17), None),
    )
    assert median_gap(found) == pytest.approx((3 + 7) / 2)


def test_waiting_is_no_work_and_no_time_is_no_gap():
    assert median_gap(talk((Role.CUSTOMER, at(0), None), (Role.AGENT, at(50), None))) is None
    assert median_gap(talk((Role.CUSTOMER, None, None), (Role.AGENT, at(5), None))) is None
    assert median_gap(talk((Role.CUSTOMER, at(0), None), (Role.AGENT, "soon", None))) is None
    assert median_gap(talk((Role.CUSTOMER, at(0), None), (Role.AGENT, at(1), "other"), (Role.AGENT, at(2), None))) == 2


def test_too_few_times_are_an_assumption():
    assert answer_time([1.0] * (FEWEST_GAPS - 1)) == AnswerTime(ASSUMED)
    assert answer_time([1.0, 3.0] * FEWEST_GAPS).minutes == 2.0


def test_only_good_answers_save_and_the_unjudged_count_like_the_judged():
    cases = [a_case(number) for number in range(6)]
    cases += [a_case(number, right=False) for number in range(6, 8)]
    cases += [a_case(number, right=None) for number in range(8, 12)]
    cases += [a_case(number, decision=Decision.SUGGEST) for number in range(12, 20)]
    told = saved(cases, AnswerTime(4.0))
    assert told.minutes == pytest.approx(4.0 * (6 + 4 * 6 / 8))
    assert told.low < told.minutes < told.high
    assert not told.measured


def test_a_month_is_told_only_of_a_week_or_more():
    day = [a_case(number, created="2026-01-01T10:00:00Z") for number in range(5)]
    assert saved(day, AnswerTime(4.0)).a_month is None
    weeks = [a_case(0, created="2026-01-01"), a_case(1, created="2026-01-31")]
    assert saved(weeks, AnswerTime(4.0)).a_month == pytest.approx(8 / 30 * 30.4)
    assert saved([], AnswerTime(4.0)).minutes == 0.0


def test_the_interval_holds_what_it_says():
    """Worlds with a known expectation: it lies in the 90 % interval about nine times in ten."""
    rng, inside, worlds = random.Random(1), 0, 120
    for world in range(worlds):
        cases = [a_case(number, right=rng.random() < 0.7) for number in range(100)]
        told = saved(cases, AnswerTime(1.0), seed=world, draws=400)
        inside += told.low <= 70 <= told.high
    assert 0.82 <= inside / worlds <= 0.97
