"""Risk against coverage: how many answers would be wrong if only the surest share of questions were answered.

Cases without a verdict are no part of it; whoever calls leaves them out. Knows numbers only, no cases.

Method: El-Yaniv and Wiener 2010, "On the foundations of noise-free selective classification"; the area as in Geifman et
al. 2019, "Bias-reduced uncertainty estimation". Equal scores cannot be told apart by any threshold: within such a run
the risk is that of the run on average, and coverage at a risk ends only where a run ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SURE = 0.95
"""Of two-sided exact intervals."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Coverage (ascending) and risk, both shares, at each place where a threshold can stand; ``thresholds`` go there.

    ``area`` is the mean risk over all coverages (AURC): lower is better, 0 where nothing is wrong.
    """

    coverages: tuple[float, ...]
    risks: tuple[float, ...]
    thresholds: tuple[float, ...]
    area: float
    cases: int

    def coverage_at(self, risk: float) -> float:
        """The largest share that could be answered with at most this share of it wrong, as counted afterwards."""
        fitting = [cover for cover, found in zip(self.coverages, self.risks, strict=True) if found <= risk]
        return max(fitting, default=0.0)


def curve(scores: Sequence[float], right: Sequence[bool]) -> Curve:
    """The curve of scores (higher is surer) against verdicts, in one order."""
    if not len(scores):
        return Curve((), (), (), 0.0, 0)
    _, ordered, ends, wrong = _runs(scores, right)
    counts = np.arange(1, len(ordered) + 1)
    risks = np.cumsum(wrong) / counts
    return Curve(
        coverages=tuple((counts[ends] / len(ordered)).tolist()),
        risks=tuple(risks[ends].tolist()),
        thresholds=tuple(ordered[ends].tolist()),
        area=float(risks.mean()),
        cases=len(ordered),
    )


def weighted_area(scores: Sequence[float], right: Sequence[bool]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """What a bootstrap needs to find the area again and again: the order of the cases, and in it how wrong each is.

    ``area_of`` takes both with a weight a case.
    """
    order, _, _, wrong = _runs(scores, right)
    return order, wrong


def area_of(order: NDArray[np.intp], wrong: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The area with each case counted ``weights`` times (0 leaves it out)."""
    sorted_weights = weights[order]
    total = np.cumsum(sorted_weights)
    if total[-1] <= 0:
        return 0.0
    risks = np.cumsum(sorted_weights * wrong) / np.maximum(total, 1e-12)
    return float((risks * sorted_weights).sum() / total[-1])


def interval(count: int, of: int, *, sure: float = SURE) -> tuple[float, float]:
    """The exact two-sided interval of a share (Clopper and Pearson 1934); 0 to 1 where nothing was counted."""
    if not of:
        return 0.0, 1.0
    from scipy.stats import binomtest

    found = binomtest(count, of).proportion_ci(confidence_level=sure, method="exact")
    return float(found.low), float(found.high)


def exceeds(count: int, of: int, share: float, *, sure: float) -> bool:
    """Whether ``count`` of ``of`` show that the true share is above ``share`` (exact, one-sided)."""
    from scipy.stats import binomtest

    return bool(of) and bool(binomtest(count, of, share, alternative="greater").pvalue <= 1 - sure)


def _runs(
    scores: Sequence[float], right: Sequence[bool]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp], NDArray[np.float64]]:
    """The places of the scores from the surest down, the scores so, where each run of equal ones ends, and how wrong.

    How wrong is that of the members of a run on average.
    """
    values = np.asarray(scores, dtype=float)
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    wrong = 1.0 - np.asarray(right, dtype=float)[order]
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    lengths = np.diff(np.append(-1, ends))
    means = np.add.reduceat(wrong, np.append(0, ends[:-1] + 1)) / lengths
    return order, ordered, ends, np.repeat(means, lengths)
