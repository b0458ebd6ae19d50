"""Risk against coverage, by hand and against the definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.learning.backtest.risk_coverage import area_of, curve, exceeds, interval, weighted_area

judged = st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5, 0.9]), st.booleans()), min_size=1, max_size=40)


def test_a_curve_by_hand():
    found = curve([0.9, 0.8, 0.7, 0.6], [True, False, True, False])
    assert found.coverages == (0.25, 0.5, 0.75, 1.0)
    assert found.risks == pytest.approx((0, 1 / 2, 1 / 3, 1 / 2))
    assert found.thresholds == (0.9, 0.8, 0.7, 0.6)
    assert found.area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert [found.coverage_at(risk) for risk in (0.0, 0.34, 0.5)] == [0.25, 0.75, 1.0]


def test_equal_scores_are_answered_together_or_not_at_all():
    found = curve([0.5, 0.5, 0.5, 0.5], [True, True, False, True])
    assert (found.coverages, found.risks) == ((1.0,), (0.25,))
    assert found.coverage_at(0.1) == 0.0
    assert found.area == pytest.approx(0.25)


def test_nothing_judged_has_no_curve():
    found = curve([], [])
    assert (found.cases, found.area, found.coverage_at(1.0)) == (0, 0.0, 0.0)


@given(judged, st.randoms())
def test_the_order_in_which_cases_come_changes_nothing(cases, rng):
    mixed = list(cases)
    rng.shuffle(mixed)
    one, other = (curve([score for score, _ in some], [right for _, right in some]) for some in (cases, mixed))
    assert one.area == pytest.approx(other.area)
    assert one.risks == pytest.approx(other.risks)


@given(judged)
def test_the_last_risk_is_that_of_answering_everything(cases):
    right = [each for _, each in cases]
    found = curve([score for score, _ in cases], right)
    assert found.coverages[-1] == 1.0
    assert found.risks[-1] == pytest.approx(1 - sum(right) / len(right))
    assert all(0 <= risk <= 1 for risk in (*found.risks, found.area))


@given(judged)
def test_a_case_counted_once_each_gives_the_area(cases):
    scores, right = [score for score, _ in cases], [each for _, each in cases]
    order, wrong = weighted_area(scores, right)
    assert area_of(order, wrong, np.ones(len(cases))) == pytest.approx(curve(scores, right).area)
    assert area_of(order, wrong, np.zeros(len(cases))) == 0.0


def test_exact_intervals():
    assert interval(0, 0) == (0.0, 1.0)
    low, high = interval(5, 10)  # Clopper and Pearson's own table
    assert (round(low, 4), round(high, 4)) == (0.1871, 0.8129)
    assert interval(10, 10)[1] == 1.0


@pytest.mark.parametrize(
    ("wrong", "of", "shown"), [(0, 0, False), (0, 50, False), (4, 50, False), (6, 50, True), (1, 1, True)]
)
def test_a_share_is_shown_to_be_higher_only_beyond_chance(wrong, of, shown):
    assert exceeds(wrong, of, 0.05, sure=0.9) == shown
