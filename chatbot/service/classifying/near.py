"""The past conversations whose questions are nearest to one, as voters for its labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.filters import Filters
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.index.view import View

VOTERS = 30
"""Past conversations that vote at most."""
_MOMENTS = 4 * VOTERS  # a conversation has several questions
_SAMPLED, _DRAWN = 300, 1500
_TOLD = 200


@dataclass(frozen=True, slots=True)
class Past:
    """A past conversation by its question that is nearest: where that stands in the index, and its words."""

    source_id: str
    place: int
    cosine: float
    text: str


def nearest(view: View, vector: NDArray[np.float32], *, without: str | None = None) -> list[Past]:
    """The past conversations nearest to a question's vector, shape (d), each once, the nearest first."""
    excluded = frozenset([without]) if without else frozenset[str]()
    mask = view.mask(Filters(kinds=frozenset([PassageKind.MOMENT]), exclude_sources=excluded))
    cosines, places = view.nearest(vector[None], _MOMENTS, mask, PassageKind.MOMENT)
    return _each_once(view, cosines[0], places[0])


def sampled(view: View) -> list[int]:
    """Places of the first questions of some past conversations, always the same for an index, in no order."""
    shown = np.flatnonzero(view.shown & view.of_kind(PassageKind.MOMENT))
    _, firsts = np.unique(view.column("source", shown), return_index=True)
    places = shown[firsts]
    drawn: list[int] = np.random.default_rng(0).permutation(places)[:_DRAWN].tolist()
    return drawn


def nearest_each(view: View, places: Sequence[int]) -> list[list[Past]]:
    """For the conversations at these places the others nearest to them; ``_SAMPLED`` of them at most."""
    some = [*places][:_SAMPLED]
    if not some:
        return []
    mask = view.mask(Filters(kinds=frozenset([PassageKind.MOMENT])))
    cosines, found = view.nearest(view.question_vectors(some), _MOMENTS // 2, mask, PassageKind.MOMENT)
    return [
        _each_once(view, theirs, where, own=view.passage(place).source_id)
        for place, theirs, where in zip(some, cosines, found, strict=True)
    ]


def _each_once(
    view: View, cosines: NDArray[np.float32], places: NDArray[np.int64], own: str | None = None
) -> list[Past]:
    found: dict[str, Past] = {}
    for cosine, place in zip(cosines.tolist(), places.tolist(), strict=True):
        if place < 0 or len(found) == VOTERS:
            break
        passage = view.passage(place)
        if passage.source_id != own:
            found.setdefault(passage.source_id, Past(passage.source_id, place, cosine, passage.question[:_TOLD]))
    return list(found.values())
