"""The calibrated probability that this desk's agents would send a reply: logistic regression over splines of features.

Knows numbers by name, not what they mean or what is decided with the probability. Serving is arithmetic over what
``contract.json`` holds; scikit-learn is needed only to fit (``rank/fit_probability.py``).
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BUILT_IN = Path(__file__).with_name("default_probability.json")
_REACH = 4.0
"""Standard deviations beyond which a value says no more: what was never seen in fitting is not extrapolated."""


@dataclass(frozen=True, slots=True)
class Spline:
    """What one feature adds to the log-odds.

    With z = (value - mean) / scale, held within +-4: weights[0] * z, and weights[k] * max(0, z - knots[k - 1]) for
    each knot. ``missing`` is added where the feature is absent.
    """

    mean: float
    scale: float
    weights: tuple[float, ...]
    knots: tuple[float, ...] = ()
    missing: float = 0.0

    def contribution(self, value: float | None) -> float:
        """The contribution of a value to the log-odds."""
        if value is None:
            return self.missing
        z = clipped((value - self.mean) / self.scale)
        return sum(weight * part for weight, part in zip(self.weights, spline_basis(z, self.knots), strict=True))


@dataclass(frozen=True, slots=True)
class ProbabilityModel:
    """A probability out of features. ``cases`` is how many judged cases it was fitted on; 0 is the built-in formula."""

    intercept: float
    inputs: Mapping[str, Spline]
    cases: int = 0

    @property
    def fitted(self) -> bool:
        """Whether it was fitted on this desk: else 0.8 does not mean right in eight of ten cases."""
        return self.cases > 0

    def probability(self, features: Mapping[str, float]) -> float:
        """Above 0 and below 1; features it does not know count nothing."""
        return logistic(self.intercept + sum(self.contributions(features).values()))

    def contributions(self, features: Mapping[str, float]) -> dict[str, float]:
        """What each feature adds to the log-odds; with ``intercept`` they sum to the log-odds of the probability."""
        return {name: given.contribution(features.get(name)) for name, given in self.inputs.items()}

    def to_json(self) -> dict[str, Any]:
        """For ``contract.json``."""
        inputs = {name: asdict(given) for name, given in self.inputs.items()}
        return {"intercept": self.intercept, "inputs": inputs, "cases": self.cases}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ProbabilityModel:
        """The inverse of ``to_json``.

        Raises:
            KeyError, TypeError, ValueError: it is not one, or a number in it is not finite.

        """
        inputs = {name: _spline(given) for name, given in stored["inputs"].items()}
        return cls(_finite(stored["intercept"]), inputs, int(stored["cases"]))

    @classmethod
    def default(cls) -> ProbabilityModel:
        """For a desk that has fitted nothing: of two other desks' cases (``benchmarks/default_probability.py``).

        It orders well and promises nothing here; what each bar let through there stands at ``ANSWER_THRESHOLD``.
        """
        return _built_in()


@cache
def _built_in() -> ProbabilityModel:
    return ProbabilityModel.from_json(json.loads(BUILT_IN.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well probabilities are calibrated. Each of ``bins`` is (mean probability, share right, count)."""

    ece: float
    brier: float
    bins: tuple[tuple[float, float, int], ...]


def reliability(probabilities: Sequence[float], right: Sequence[bool], bins: int = 10) -> Reliability:
    """Expected calibration error over bins of equal mass, and the Brier score.

    Bins of equal mass are less biased than bins of equal width (Nixon et al. 2019, "Measuring Calibration in Deep
    Learning"; Roelofs et al. 2022). Without cases both are 0.
    """
    order = np.argsort(np.asarray(probabilities, dtype=np.float64), kind="stable")
    scores = np.asarray(probabilities, dtype=np.float64)[order]
    truth = np.asarray(right, dtype=np.float64)[order]
    rows = [
        (float(scores[part].mean()), float(truth[part].mean()), len(part))
        for part in np.array_split(np.arange(len(scores)), min(bins, len(scores)) or 1)
        if len(part)
    ]
    ece = sum(abs(expected - seen) * count for expected, seen, count in rows) / max(len(scores), 1)
    brier = float(((scores - truth) ** 2).mean()) if len(scores) else 0.0
    return Reliability(ece, brier, tuple(rows))


def spline_basis(z: float, knots: Sequence[float]) -> tuple[float, ...]:
    """The terms of a standardised value, one for each weight."""
    return (z, *(max(0.0, z - knot) for knot in knots))


def clipped(z: float) -> float:
    """A standardised value within the range that is fitted."""
    return min(max(z, -_REACH), _REACH)


def logistic(log_odds: float) -> float:
    """1 / (1 + e^-x), without overflow."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    small = math.exp(log_odds)
    return small / (1 + small)


def _spline(stored: Mapping[str, Any]) -> Spline:
    given = Spline(
        mean=_finite(stored["mean"]),
        scale=_finite(stored["scale"]),
        weights=tuple(_finite(weight) for weight in stored["weights"]),
        knots=tuple(_finite(knot) for knot in stored["knots"]),
        missing=_finite(stored["missing"]),
    )
    if given.scale <= 0 or len(given.weights) != len(given.knots) + 1:
        raise ValueError("expected a scale above 0 and one weight more than knots")
    return given


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"expected a finite number, not {value!r}")
    return number
