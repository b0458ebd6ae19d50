from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.dialogue.rank.fit_probability import _table, fit_probability
from chatbot.dialogue.rank.probability import ProbabilityModel, Spline, reliability


def _history(count, seed, *, lift=0.0):
    """Cases whose true probability is known: it bends in "near", and "votes" is often missing."""
    draw = np.random.default_rng(seed)
    features, truths = [], []
    for _ in range(count):
        near, age = draw.uniform(0.2, 1.0), draw.exponential(2.0)
        row = {"near": near, "age": age, "noise": draw.normal(), "always": 1.0}
        log_odds = -3 + 9 * max(0.0, near - 0.5) - 0.3 * age + lift
        if draw.random() < 0.5:
            row["votes"] = draw.random()
            log_odds += 2 * row["votes"]
        features.append(row)
        truths.append(1 / (1 + math.exp(-log_odds)))
    right = draw.random(count) < np.array(truths)
    return features, right.tolist(), truths


def test_the_probability_is_what_comes_true():
    features, right, _ = _history(1500, 1)
    fitted = fit_probability(features, right, seed=0)
    later, held, truths = _history(3000, 2)
    told = [fitted.probability(row) for row in later]
    assert reliability(told, held).ece < 0.04
    assert np.abs(np.array(told) - np.array(truths)).mean() < 0.05
    assert fitted.fitted
    assert "always" not in fitted.inputs


def test_it_is_less_far_off_than_the_share_that_is_right():
    features, right, _ = _history(1500, 1)
    fitted = fit_probability(features, right, seed=0)
    later, held, _ = _history(3000, 2)
    share = [float(np.mean(right))] * len(later)
    assert reliability([fitted.probability(row) for row in later], held).brier < 0.9 * reliability(share, held).brier


def test_serving_gives_the_number_that_fitting_saw():
    features, right, _ = _history(400, 3)
    fitted = fit_probability(features, right, seed=0)
    again = ProbabilityModel.from_json(json.loads(json.dumps(fitted.to_json())))
    assert again == fitted
    for row in features[:50]:
        assert again.probability(row) == fitted.probability(row)
        parts = fitted.contributions(row)
        odds = math.log(fitted.probability(row) / (1 - fitted.probability(row)))
        assert fitted.intercept + sum(parts.values()) == pytest.approx(odds)


def test_the_table_that_is_fitted_on_is_what_serving_computes():
    from chatbot.dialogue.rank.fit_probability import _scales

    features, _, _ = _history(200, 4)
    scales = _scales(features, (1 / 3, 2 / 3))
    table = _table(features, scales)
    draw = np.random.default_rng(0)
    weights = draw.normal(size=table.shape[1])
    from chatbot.dialogue.rank.fit_probability import _calibrated

    fitted = _calibrated(scales, weights, 0.25, 200)
    for row, parts in zip(features, table, strict=True):
        assert fitted.probability(row) == pytest.approx(1 / (1 + math.exp(-(0.25 + parts @ weights))), rel=1e-9)


def test_the_same_cases_give_the_same_fit():
    features, right, _ = _history(300, 5)
    assert fit_probability(features, right, seed=0) == fit_probability(features, right, seed=0)


@pytest.mark.parametrize("right", [[], [True] * 20, [False] * 20])
def test_nothing_to_tell_apart(right):
    with pytest.raises(ValueError, match="right cases and wrong ones"):
        fit_probability([{"near": float(place)} for place in range(len(right))], right)


def test_noise_is_not_believed():
    draw = np.random.default_rng(6)
    features = [{f"f{number}": draw.normal() for number in range(10)} for _ in range(200)]
    fitted = fit_probability(features, (draw.random(200) < 0.3).tolist(), seed=0)
    told = [fitted.probability({f"f{number}": draw.normal() for number in range(10)}) for _ in range(500)]
    assert 0.2 < float(np.mean(told)) < 0.4
    assert float(np.std(told)) < 0.1


@given(st.dictionaries(st.sampled_from(["near", "age", "votes", "other"]), st.floats(-1e12, 1e12)))
def test_any_features_give_a_probability(row):
    known = ProbabilityModel(
        0.3, {"near": Spline(0.5, 0.1, (2.0, -1.0), (0.4,), 0.2), "age": Spline(1.0, 2.0, (-3.0,))}, 9
    )
    for each in (known, ProbabilityModel.default()):
        assert 0 <= each.probability(row) <= 1


def test_the_built_in_formula_says_that_it_is_not_fitted():
    assert not ProbabilityModel.default().fitted
    near = {"similarity": 0.9, "retrieval": 0.9, "coverage": 1.0, "late": 0.8, "part_lead": 0.5, "subject": 1.0}
    far = {"similarity": 0.1, "retrieval": 0.0, "coverage": 0.0, "late": 0.3, "part_lead": 0.0, "subject": 0.0}
    assert ProbabilityModel.default().probability(near) > 0.6
    assert ProbabilityModel.default().probability(far) < 0.3


@pytest.mark.parametrize(
    "change",
    [
        {"intercept": math.nan},
        {"inputs": {"near": {"mean": 0, "scale": 0, "weights": [1], "knots": [], "missing": 0}}},
        {"inputs": {"near": {"mean": 0, "scale": 1, "weights": [1], "knots": [0.5], "missing": 0}}},
        {"inputs": {"near": {"mean": 0, "scale": 1}}},
        {"inputs": None},
    ],
)
def test_a_broken_file_is_refused(change):
    stored = {**ProbabilityModel.default().to_json(), **change}
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        ProbabilityModel.from_json(stored)


def test_reliability_by_hand():
    told = reliability([0.1, 0.1, 0.9, 0.9], [False, False, True, False], bins=2)
    assert told.bins == ((0.1, 0.0, 2), (0.9, 0.5, 2))
    assert told.ece == pytest.approx((0.1 * 2 + 0.4 * 2) / 4)
    assert told.brier == pytest.approx((0.01 + 0.01 + 0.01 + 0.81) / 4)
    assert reliability([], []).bins == ()
    assert sum(count for _, _, count in reliability([0.5] * 7, [True] * 7).bins) == 7
