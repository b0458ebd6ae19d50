from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from chatbot.dialogue.decide.error_budget import (
    OWN,
    SUGGEST,
    Promise,
    Threshold,
    Thresholds,
    thresholds,
    upper_bound,
    what_is_needed,
)

DESK = Promise(risk=0.05, sure=0.90)


def _sureness(draw, count):
    """Most questions are clear, some are not."""
    return draw.beta(4, 0.5, count)


def _cases(draw, count, *, over=0.0):
    """Probabilities, and what came true; ``over`` is by how much they are too sure."""
    sure = _sureness(draw, count)
    return sure, draw.random(count) < np.clip(sure - over, 0, 1)


@cache
def _law(over):
    """Falling probabilities, and the share of wrong ones among all that are as sure or surer."""
    sure = -np.sort(-_sureness(np.random.default_rng(99), 200_000))
    return -sure, np.cumsum(1 - np.clip(sure - over, 0, 1)) / np.arange(1, len(sure) + 1)


def _true_risk(threshold, *, over=0.0):
    falling, risk = _law(over)
    return float(risk[max(0, int(np.searchsorted(falling, -threshold, side="right")) - 1)])


@pytest.mark.parametrize(("promise", "needed"), [(DESK, 45), (Promise(0.1, 0.9), 22), (Promise(0.05, 0.95), 59)])
def test_how_many_right_answers_a_promise_needs(promise, needed):
    assert promise.needed == needed
    assert upper_bound(0, needed, promise.sure) <= promise.risk < upper_bound(0, needed - 1, promise.sure)


@pytest.mark.parametrize("over", [0.0, 0.04, 0.15])
@pytest.mark.parametrize("promise", [DESK, Promise(0.2, 0.8)])
def test_the_promise_holds_in_the_promised_share_of_draws(promise, over):
    """Also where the probabilities are too sure of themselves: the bound is made of what came true, not of them."""
    broken, claimed, draws = 0, 0, 300
    for seed in range(draws):
        sure, right = _cases(np.random.default_rng(seed), 600, over=over)
        found = thresholds(sure.tolist(), right.tolist(), [None] * 600, promise).overall
        if found.answer is not None:
            claimed += 1
            broken += _true_risk(found.answer, over=over) > promise.risk
    # As many breaks as 1 in 1,000 such tests would show if exactly the allowed share of draws broke it.
    assert broken <= binom.ppf(0.999, draws, 1 - promise.sure)
    if over == 0.0:
        assert claimed > draws / 2


def test_the_promise_holds_for_every_topic_at_once():
    broken = 0
    for seed in range(200):
        draw = np.random.default_rng(seed)
        names = [None if name == "rest" else name for name in draw.choice(["a", "b", "rest"], 900)]
        over = np.array([{"a": 0.0, "b": 0.1, None: 0.03}[name] for name in names])
        sure = _sureness(draw, 900)
        right = draw.random(900) < np.clip(sure - over, 0, 1)
        found = thresholds(sure.tolist(), right.tolist(), names, DESK)
        assert set(found.topics) == {"a", "b"}
        told = [(found.overall, 0.03), (found.topics["a"], 0.0), (found.topics["b"], 0.1)]
        broken += any(
            each.answer is not None and _true_risk(each.answer, over=extra) > DESK.risk for each, extra in told
        )
    assert broken <= binom.ppf(0.999, 200, 1 - DESK.sure)


def test_a_good_desk_is_let_answer():
    sure, right = _cases(np.random.default_rng(0), 3000)
    found = thresholds(sure.tolist(), right.tolist(), [None] * 3000, DESK).overall
    assert found.answer is not None
    assert found.bound <= DESK.risk
    above = sure >= found.answer
    assert (found.cases, found.wrong) == (int(above.sum()), int((~right[above]).sum()))
    assert 0.03 < _true_risk(found.answer) <= DESK.risk  # not far from what is allowed
    assert found.suggest == SUGGEST


@pytest.mark.parametrize("count", [0, 1, 44])
def test_too_few_cases_claim_nothing(count):
    found = thresholds([0.99] * count, [True] * count, [None] * count, DESK).overall
    assert (found.answer, found.cases, found.bound) == (None, count, 1.0)


def test_just_enough_right_ones_do():
    found = thresholds([0.99] * 45, [True] * 45, [None] * 45, DESK).overall
    assert (found.answer, found.cases, found.wrong) == (0.99, 45, 0)


def test_one_error_among_45_claims_nothing():
    assert thresholds([0.99] * 45, [True] * 44 + [False], [None] * 45, DESK).overall.answer is None


def test_cases_of_one_probability_stay_together():
    sure = [0.9] * 100 + [0.8] * 100
    right = [True] * 100 + [True] * 50 + [False] * 50
    found = thresholds(sure, right, [None] * 200, DESK).overall
    assert (found.answer, found.cases) == (0.9, 100)


def test_a_topic_that_fails_does_not_answer_while_the_rest_does():
    draw = np.random.default_rng(1)
    many = OWN * DESK.needed
    sure = draw.uniform(0.8, 1.0, 2 * many)
    right = [True] * many + [False, True] * (many // 2)
    topics = ["refunds"] * many + ["legal"] * many
    found = thresholds(sure.tolist(), right, topics, DESK)
    assert found.for_topic("refunds").answer is not None
    assert found.for_topic("legal").answer is None
    assert found.for_topic("unheard of") is found.overall
    assert found.overall.answer is None  # no case is left for it


def test_a_small_topic_is_judged_with_the_rest():
    found = thresholds([0.99] * 200, [True] * 200, ["small"] * 100 + [None] * 100, DESK)
    assert found.topics == {}
    assert found.for_topic("small") is found.overall
    assert found.overall.cases == 200


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.sampled_from([None, "a"])), max_size=300))
def test_what_is_claimed_follows_from_the_cases(rows):
    sure, right, topics = ([row[place] for row in rows] for place in range(3))
    found = thresholds(sure, right, topics, DESK)
    for each in (found.overall, *found.topics.values()):
        if each.answer is None:
            continue
        mine = [(p, good) for p, good, topic in rows if (topic if topic in found.topics else None) == each.topic]
        own = [good for p, good in mine if p >= each.answer]
        assert (len(own), own.count(False)) == (each.cases, each.wrong)
        assert upper_bound(each.wrong, each.cases, DESK.sure) <= each.bound <= DESK.risk


def test_json_and_back():
    told = Thresholds(DESK, Threshold(0.8, cases=100, wrong=1, bound=0.04), {"a": Threshold(None, topic="a")})
    assert Thresholds.from_json(json.loads(json.dumps(told.to_json()))) == told


@pytest.mark.parametrize(("risk", "sure"), [(0.0, 0.9), (1.0, 0.9), (0.05, 0.0), (0.05, 1.0)])
def test_an_impossible_promise_is_refused(risk, sure):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Promise(risk, sure)


def test_lengths_have_to_agree():
    with pytest.raises(ValueError, match="for each case"):
        thresholds([0.5], [True, False], [None], DESK)


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        (None, "questions FILE"),
        (0, "Here are 0, 150 too few."),
        (149, "Here are 149, 1 too few."),
        (150, "Here are up to 150: `understudy contracts fit` finds out"),
    ],
)
def test_what_is_needed_is_told_with_the_command(cases, words):
    told = what_is_needed(Promise(0.05, 0.9), cases)
    assert told.startswith("To promise at most 5% wrong, 90% sure, it takes at least 150 judged cases")
    assert "45 right ones" in told
    assert words in told
    assert ("too few" in told) == (cases is not None and cases < 150)


def test_a_loose_promise_still_needs_cases_to_fit_on():
    assert (Promise(0.3, 0.5).cases, Promise(0.1, 0.9).cases) == (60, 74)
