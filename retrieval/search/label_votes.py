"""Labels by the votes of the nearest: probabilities that a few labelled neighbours and a prior come to.

A kernel vote over cosines (Nadaraya and Watson, 1964) with the prior as one more voter, at a fixed cosine: where
nothing is near, the prior is what is left, and no label looks sure. Width and cosine are those of least log loss, each
case judged by the others. Knows no texts, no index and no desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_WIDTHS = (0.02, 0.03, 0.05, 0.08, 0.12)
_PRIORS_AT = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
_LEAST = 1e-4
_FAR, _LIKE = 0.05, 0.5
_BINS = 10


class Voter(NamedTuple):
    """A past case: the cosine of its question with the one that is judged, and the labels that it bears."""

    cosine: float
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Kernel:
    """How a voter's weight falls with its cosine: by a factor e in ``width``; the prior votes as one at ``prior_at``.

    The defaults are for a desk that cannot be measured; what was found elsewhere: docs/results/triage.md.
    """

    width: float = 0.05
    prior_at: float = 0.5

    def weights(self, cosines: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each vote counts, the prior's being 1."""
        weights: NDArray[np.float64] = np.exp((cosines - self.prior_at) / self.width)
        return weights


class Case(NamedTuple):
    """A past case that is to be judged by others: its own labels, and its voters."""

    labels: frozenset[str]
    voters: Sequence[Voter]


class Quality(NamedTuple):
    """How often the first label was right, and the expected calibration error of its probability (Guo et al. 2017)."""

    cases: int
    accuracy: float
    error: float


def shares(voters: Sequence[Voter], prior: Mapping[str, float], kernel: Kernel) -> dict[str, float]:
    """The share of the votes that each label has, the largest first; of labels that exclude each other they sum to 1.

    ``prior`` has a share for each label that can be, and may sum to more than 1 where cases bear several.
    """
    weights = kernel.weights(np.array([voter.cosine for voter in voters]))
    votes = dict(prior)
    for voter, weight in zip(voters, weights.tolist(), strict=True):
        for label in voter.labels:
            votes[label] = votes.get(label, 0.0) + weight
    total = 1.0 + float(weights.sum())
    return {label: vote / total for label, vote in sorted(votes.items(), key=lambda each: (-each[1], each[0]))}


def fitted(cases: Sequence[Case], prior: Mapping[str, float]) -> Kernel:
    """The kernel of least log loss over these cases and their labels."""
    rows = [(case, label) for case in cases for label in case.labels]
    longest = max((len(case.voters) for case in cases), default=0)
    cosines = np.full((len(rows), longest), -np.inf)
    bearing = np.zeros((len(rows), longest), dtype=bool)
    for row, (case, label) in enumerate(rows):
        cosines[row, : len(case.voters)] = [voter.cosine for voter in case.voters]
        bearing[row, : len(case.voters)] = [label in voter.labels for voter in case.voters]
    priors = np.array([prior.get(label, 0.0) for _, label in rows])

    def loss(kernel: Kernel) -> float:
        weights = kernel.weights(cosines)
        told = (priors + (weights * bearing).sum(axis=1)) / (1 + weights.sum(axis=1))
        return float(-np.log(np.maximum(told, _LEAST)).mean())

    return min((Kernel(width, at) for width, at in product(_WIDTHS, _PRIORS_AT)), key=loss)


def reach(cases: Sequence[Case]) -> float:
    """The cosine to the nearest voter that all but a few cases have: what is farther is like nothing of the past.

    The votes cannot tell: in a past that falls clearly apart even far ones are always right. No more than a cosine at
    which texts are like each other anyway, for a past may be full of the same words.
    """
    nearest = [max((voter.cosine for voter in case.voters), default=-1.0) for case in cases]
    return min(float(np.quantile(nearest, _FAR)), _LIKE)


def quality(cases: Sequence[Case], prior: Mapping[str, float], kernel: Kernel) -> Quality:
    """How good the first label is."""
    firsts = [next(iter(shares(case.voters, prior, kernel).items()), ("", 0.0)) for case in cases]
    right = np.array([name in case.labels for (name, _), case in zip(firsts, cases, strict=True)], dtype=bool)
    return Quality(len(cases), float(right.mean()), calibration_error(np.array([p for _, p in firsts]), right))


def calibration_error(told: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The mean distance of what was told from how often it was right, over bins of equal width, by their cases."""
    bins = np.minimum((told * _BINS).astype(int), _BINS - 1)
    apart = [abs(told[bins == each].mean() - right[bins == each].mean()) * (bins == each).sum() for each in set(bins)]
    return float(sum(apart) / len(told))
