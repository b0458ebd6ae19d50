"""Fits the probability on judged cases: a logistic regression over linear splines, calibrated out of fold.

Chosen by cross-validation over blocks of time, since neighbours in time are alike (Bergmeir and Benitez 2012, "On the
use of cross-validation for time series predictor evaluation"): how many knots, and how strong the penalty. The scores
that each block got from the others then calibrate (Platt 1999; CalibratedClassifierCV does the same). Out-of-scope
questions, to which every reply is wrong, teach the weights and calibrate nothing: a probability is that of a reply to
this desk's own customers. Imports scikit-learn, so nothing that serves may import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.dialogue.rank.probability import ProbabilityModel, Spline, clipped, spline_basis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

FOLDS = 5
_STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Inverse strengths of the L2 penalty that are tried (scikit-learn's C)."""
_KNOTS = ((), (0.5,), (1 / 3, 2 / 3))
"""Quantiles of a feature at which its spline has knots."""
_OUT_OF_SCOPE = 0.2
"""What all out-of-scope questions weigh together, of what the cases weigh. On the sample shop 0.1 refused half as well,
and with 0.8 the order of its own questions suffered."""
_RARE = 0.02
"""A feature that is missing (or there) less often than this gets no weight for its absence."""
_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class _Scale:
    """How one feature is read: standardised, with its knots."""

    name: str
    mean: float
    scale: float
    knots: tuple[float, ...]
    absence: bool


def fit_probability(
    features: Sequence[Mapping[str, float]],
    right: Sequence[bool],
    *,
    out_of_scope: Sequence[Mapping[str, float]] = (),
    seed: int = 0,
) -> ProbabilityModel:
    """The probability that fits judged cases, oldest first; all ``out_of_scope`` ones are wrong.

    Raises:
        ValueError: there are no cases, or all of them are right, or all wrong.

    """
    truth = np.asarray(right, dtype=np.int64)
    if len(features) != len(truth):
        raise ValueError("expected one verdict for each case")
    if len(set(truth.tolist())) < 2:  # noqa: PLR2004
        raise ValueError("expected right cases and wrong ones to fit a probability on")
    best: tuple[float, list[_Scale], float, NDArray[np.float64]] | None = None
    for quantiles in _KNOTS:
        scales = _scales(features, quantiles)
        table, beside = _table(features, scales), _table(out_of_scope, scales)
        for strength in _STRENGTHS:
            scores = _out_of_fold(table, truth, beside, strength, seed)
            loss = _loss(_platt(scores, truth, seed), scores, truth)
            if best is None or loss < best[0] - _EPSILON:
                best = (loss, scales, strength, scores)
    assert best is not None
    _, scales, strength, scores = best
    slope, offset = _platt(scores, truth, seed)
    model = _fitted(_table(features, scales), truth, _table(out_of_scope, scales), strength, seed)
    return _calibrated(scales, model.coef_[0] * slope, float(model.intercept_[0]) * slope + offset, len(truth))


def _calibrated(
    scales: Sequence[_Scale], weights: NDArray[np.float64], intercept: float, cases: int
) -> ProbabilityModel:
    """The model with these weights, which hold Platt's line already."""
    inputs, place = {}, 0
    for each in scales:
        width = 1 + len(each.knots)
        own = tuple(float(weight) for weight in weights[place : place + width])
        place += width
        missing = float(weights[place]) if each.absence else 0.0
        place += each.absence
        inputs[each.name] = Spline(each.mean, each.scale, own, each.knots, missing)
    return ProbabilityModel(float(intercept), inputs, cases)


def _scales(features: Sequence[Mapping[str, float]], quantiles: Sequence[float]) -> list[_Scale]:
    """One for each feature that differs between cases."""
    scales = []
    for name in sorted({name for row in features for name in row}):
        values = np.array([row[name] for row in features if name in row], dtype=np.float64)
        mean, scale = float(values.mean()), float(values.std())
        there = len(values) / len(features)
        absence = _RARE <= there <= 1 - _RARE
        if scale < _EPSILON and not absence:
            continue
        scale = max(scale, _EPSILON)
        places = (
            [clipped((float(quantile) - mean) / scale) for quantile in np.quantile(values, quantiles)]
            if quantiles
            else []
        )
        # A feature of few values (yes or no) has no room for knots.
        distinct = len(np.unique(values)) > 2 * len(quantiles) + 2
        scales.append(_Scale(name, mean, scale, tuple(sorted(set(places))) if distinct else (), absence))
    return scales


def _table(features: Sequence[Mapping[str, float]], scales: Sequence[_Scale]) -> NDArray[np.float64]:
    """The design matrix: a row for each case, columns in the order of the scales."""
    rows = [[part for each in scales for part in _parts(row.get(each.name), each)] for row in features]
    width = sum(1 + len(each.knots) + each.absence for each in scales)
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _parts(value: float | None, scale: _Scale) -> tuple[float, ...]:
    absent = (float(value is None),) if scale.absence else ()
    if value is None:
        return (*([0.0] * (1 + len(scale.knots))), *absent)
    return (*spline_basis(clipped((value - scale.mean) / scale.scale), scale.knots), *absent)


def _out_of_fold(
    table: NDArray[np.float64], truth: NDArray[np.int64], out_of_scope: NDArray[np.float64], strength: float, seed: int
) -> NDArray[np.float64]:
    """The log-odds of each case from a model that did not see its block of time."""
    scores = np.zeros(len(truth))
    for block in np.array_split(np.arange(len(truth)), min(FOLDS, len(truth))):
        others = np.setdiff1d(np.arange(len(truth)), block)
        if len(set(truth[others].tolist())) < 2:  # noqa: PLR2004
            continue
        model = _fitted(table[others], truth[others], out_of_scope, strength, seed)
        scores[block] = model.decision_function(table[block])
    return scores


def _fitted(
    table: NDArray[np.float64], truth: NDArray[np.int64], out_of_scope: NDArray[np.float64], strength: float, seed: int
) -> Any:
    """The regression on cases and out-of-scope ones."""
    if not len(out_of_scope):
        return _regression(strength, seed).fit(table, truth)
    weights = np.concatenate(
        [np.ones(len(table)), np.full(len(out_of_scope), _OUT_OF_SCOPE * len(table) / len(out_of_scope))]
    )
    wrong = np.zeros(len(out_of_scope), dtype=np.int64)
    return _regression(strength, seed).fit(
        np.concatenate([table, out_of_scope]), np.concatenate([truth, wrong]), sample_weight=weights
    )


def _platt(scores: NDArray[np.float64], truth: NDArray[np.int64], seed: int) -> tuple[float, float]:
    """Slope and offset that calibrate out-of-fold log-odds; a slope below 0 would reverse their order."""
    line = _regression(1.0, seed).fit(scores[:, None], truth)
    slope, offset = float(line.coef_[0, 0]), float(line.intercept_[0])
    return (slope, offset) if slope > 0 else (_EPSILON, float(np.log(truth.mean() / (1 - truth.mean()))))


def _loss(line: tuple[float, float], scores: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """Mean log loss in nats."""
    log_odds = line[0] * scores + line[1]
    return float(np.mean(np.logaddexp(0, log_odds) - truth * log_odds))


def _regression(strength: float, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=1000, random_state=seed)
