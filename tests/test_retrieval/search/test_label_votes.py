"""Labels by votes: near ones count, the prior is left where nothing is near, and the kernel is found on the past."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.search.label_votes import Case, Kernel, Voter, calibration_error, fitted, quality, reach, shares

PRIOR = {"refund": 0.6, "parcel": 0.4}


def voter(cosine, *labels):
    return Voter(cosine, frozenset(labels))


def test_the_nearest_decide_and_the_shares_sum_to_one():
    found = shares([voter(0.9, "parcel"), voter(0.4, "refund")], PRIOR, Kernel(0.05, 0.5))
    assert next(iter(found)) == "parcel"
    assert found["parcel"] > 0.99
    assert sum(found.values()) == pytest.approx(1)


def test_where_nothing_is_near_the_prior_is_left():
    assert shares([], PRIOR, Kernel()) == PRIOR
    found = shares([voter(0.05, "parcel")], PRIOR, Kernel(0.05, 0.5))
    assert found["refund"] == pytest.approx(0.6, abs=0.001)


def test_what_bears_several_votes_for_each():
    found = shares([voter(0.9, "parcel", "vip")], PRIOR, Kernel(0.05, 0.5))
    assert found["parcel"] == pytest.approx(found["vip"], abs=0.001)


def test_the_kernel_is_the_one_that_tells_the_past_best():
    """Neighbours at 0.6 are right, those at 0.3 are anybody's: the reach that is found lies between."""
    draw = np.random.default_rng(3)
    names = ["refund", "parcel"]
    cases = []
    for _ in range(200):
        own = names[draw.integers(2)]
        others = [voter(0.3, names[draw.integers(2)]) for _ in range(20)]
        cases.append(Case(frozenset([own]), [voter(0.6, own), *others]))
    kernel = fitted(cases, PRIOR)
    assert quality(cases, PRIOR, kernel).accuracy == 1
    assert quality(cases, PRIOR, kernel).error < 0.05
    assert quality(cases, PRIOR, Kernel(0.12, 0.7)).error > 0.2


def test_a_label_that_nobody_has_costs_no_infinity():
    cases = [Case(frozenset(["new"]), [voter(0.6, "parcel")])] * 20
    assert quality(cases, PRIOR, fitted(cases, PRIOR)).accuracy == 0


def test_calibration_is_how_far_told_and_true_lie_apart():
    told = np.array([0.95] * 10 + [0.55] * 10)
    right = np.array([True] * 9 + [False] + [True] * 5 + [False] * 5)
    assert calibration_error(told, right) == pytest.approx(0.05)
    assert calibration_error(np.array([1.0]), np.array([False])) == 1


def test_what_is_farther_than_nearly_all_of_the_past_is_out_of_reach():
    cases = [Case(frozenset(["refund"]), [voter(0.3 + n / 1000, "refund")]) for n in range(100)]
    assert 0.3 < reach(cases) < 0.31
    assert reach([Case(each.labels, [voter(0.99, "refund")]) for each in cases]) == 0.5
