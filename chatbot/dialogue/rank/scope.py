"""Detects out-of-scope questions: this desk's own past questions against those that other businesses are asked.

A logistic regression on the question's vector. Serving is one product with the numbers of ``contract.json``;
scikit-learn is needed only to fit. The log-odds are the feature "scope" of the probability, which learns their weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

FEATURE = "scope"
OWN_FIELD = 0.5
"""A field of which a larger share lies among the desk's own questions is the desk's own field."""
_STRENGTH = 10.0
_FOLDS = 5
_DIGITS = 5


@dataclass(frozen=True, eq=False)
class Scope:
    """``weights`` of shape (d) and ``intercept``: log-odds that a question is asked here and not elsewhere."""

    weights: NDArray[np.float32]
    intercept: float

    def log_odds(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """For unit rows, shape (n, d); natural logarithm, shape (n)."""
        return np.asarray(vectors @ self.weights + self.intercept, dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """For ``contract.json``."""
        return {"weights": [round(float(each), _DIGITS) for each in self.weights], "intercept": self.intercept}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Scope:
        """The inverse of ``to_json``.

        Raises:
            KeyError, TypeError, ValueError: it is not one, or a number in it is not finite.

        """
        weights, intercept = np.asarray(stored["weights"], dtype=np.float32), float(stored["intercept"])
        if weights.ndim != 1 or not np.isfinite(weights).all() or not np.isfinite(intercept):
            raise ValueError("expected a row of finite numbers")
        return cls(weights, intercept)


@dataclass(frozen=True, eq=False)
class ScopeFit:
    """A scope, and the out-of-fold log-odds of the questions it was fitted on.

    ``own`` (n) are those of the desk's questions, ``elsewhere`` those of ``kept``: the places of the questions that
    were taken for out of scope, all but those of the desk's own field.
    """

    scope: Scope
    own: NDArray[np.float64]
    elsewhere: NDArray[np.float64]
    kept: NDArray[np.int64]


def fit_scope(
    own: NDArray[np.float32],
    conversations: Sequence[str],
    elsewhere: NDArray[np.float32],
    fields: Sequence[str],
    *,
    seed: int = 0,
) -> ScopeFit:
    """Fit on the desk's questions (n, d), each of a conversation, and on others' (m, d), each of a field.

    Raises:
        ValueError: there are fewer than five conversations, or every field is the desk's own.

    """
    places = np.arange(len(elsewhere))
    _, unseen = _unseen(own, conversations, elsewhere, fields, seed)
    names = np.asarray(fields)
    out_of_scope = [name for name in sorted({*fields}) if np.mean(unseen[names == name] > 0) <= OWN_FIELD]
    kept = places[np.isin(names, out_of_scope)]
    if not len(kept):
        raise ValueError("every field looks like the desk's own")
    ours, others = _unseen(own, conversations, elsewhere[kept], names[kept].tolist(), seed)
    return ScopeFit(_fitted(own, elsewhere[kept], seed), ours, others, kept)


def _unseen(
    own: NDArray[np.float32],
    conversations: Sequence[str],
    elsewhere: NDArray[np.float32],
    fields: Sequence[str],
    seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The log-odds of each question by a scope that saw neither its conversation nor its field."""
    from sklearn.model_selection import GroupKFold

    ours, others = np.zeros(len(own)), np.zeros(len(elsewhere))
    folds = zip(
        GroupKFold(_FOLDS).split(own, groups=conversations),
        GroupKFold(_FOLDS).split(elsewhere, groups=fields),
        strict=True,
    )
    for (own_seen, own_left), (other_seen, other_left) in folds:
        scope = _fitted(own[own_seen], elsewhere[other_seen], seed)
        ours[own_left] = scope.log_odds(own[own_left])
        others[other_left] = scope.log_odds(elsewhere[other_left])
    return ours, others


def _fitted(own: NDArray[np.float32], elsewhere: NDArray[np.float32], seed: int) -> Scope:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=1000, random_state=seed)
    model.fit(np.concatenate([own, elsewhere]), np.repeat([1, 0], [len(own), len(elsewhere)]))
    return Scope(model.coef_[0].astype(np.float32), round(float(model.intercept_[0]), _DIGITS))
