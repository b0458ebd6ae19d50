"""What speaks for an article beside its text: links in the answers to like questions, and questions added to it.

Knows no words and no weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval.passages import PassageKind
from retrieval.vectors import hashes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from retrieval.index.filters import Filters
    from retrieval.index.view import View
    from retrieval.search.masks import Masks

_VOTERS = 100
"""Neighbours that link anything, asked for the articles they link."""
_SHARPNESS = 15.0


def votes_of(masks: Masks, vector: NDArray[np.float32], filters: Filters) -> dict[str, float]:
    """How much the answers to like questions link each article, by slug; empty where none of them links any.

    The voters are the nearest past answers that pass the same filters and link an article; several links in one answer
    count each.
    """
    view = masks.view
    voters = masks.of(filters, PassageKind.MOMENT) & view.linking
    cosines, places = view.nearest(vector[None], _VOTERS, voters, PassageKind.MOMENT)
    votes: dict[str, float] = {}
    for place, weight in zip(places[0].tolist(), _weight(cosines[0]).tolist(), strict=True):
        for slug in view.passage(place).links if place >= 0 else ():
            if view.has_article(slug):
                votes[slug] = votes.get(slug, 0.0) + weight
    return votes


def shares_of(
    votes: Mapping[str, float], sources: NDArray[np.uint64], cosines: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Each passage's article's share of all votes, shape (n); 0 everywhere where nobody voted.

    An article votes for itself as well, by the cosine of its nearest passage, so that a page that was put online today
    and fits better than any past question is not outvoted by what was linked before.
    """
    if not votes:
        return np.zeros(len(sources))
    names, rows = np.unique(sources, return_inverse=True)
    nearest = _nearest(rows, cosines, len(names))
    total = dict(zip(names.tolist(), _weight(nearest).tolist(), strict=True))
    for source, weight in zip(hashes(votes).tolist(), votes.values(), strict=True):
        total[source] = total.get(source, 0.0) + weight
    everything = sum(total.values())
    return np.array([total[name] / everything for name in names.tolist()])[rows]


def added_near(view: View, vector: NDArray[np.float32]) -> dict[str, float]:
    """The articles that the nearest added questions belong to, by slug, each with the cosine of its nearest."""
    near: dict[str, float] = {}
    if view.added.any():
        cosines, places = view.nearest(vector[None], _VOTERS, view.added & view.shown, PassageKind.ARTICLE)
        for place, cosine in zip(places[0].tolist(), cosines[0].tolist(), strict=True):
            if place >= 0:
                near.setdefault(view.passage(place).source_id, cosine)
    return near


def nearer_by(
    added: Mapping[str, float], sources: NDArray[np.uint64], cosines: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How much nearer the questions added to each passage's article are than the best of its text, shape (n); or 0."""
    names, rows = np.unique(sources, return_inverse=True)
    nearest = _nearest(rows, cosines, len(names))
    near = dict(zip(hashes(added).tolist(), added.values(), strict=True))
    lifts = [max(0.0, near.get(name, -1.0) - best) for name, best in zip(names.tolist(), nearest.tolist(), strict=True)]
    return np.array(lifts, dtype=np.float32)[rows]


def _nearest(rows: NDArray[np.int64], cosines: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    nearest = np.full(count, -1.0, dtype=np.float32)
    np.maximum.at(nearest, rows, cosines)
    return nearest


def _weight(cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    """What one vote counts: exp(15 x cosine), scaled to at most 1."""
    return np.asarray(np.exp(_SHARPNESS * (cosines - 1)), dtype=np.float32)
