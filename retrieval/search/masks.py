"""The nearest passages for many questions, each with its own filters. Knows no words, no scores and no texts."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from retrieval.index.filters import Filters
    from retrieval.index.view import View
    from retrieval.passages import PassageKind

_OVER_FETCH = 4
_MASKS_KEPT = 8


class Masks:
    """The masks of a view. The last few are kept: questions of a batch mostly share their filters."""

    def __init__(self, view: View) -> None:
        """Of this view, and no other."""
        self.view = view
        self.of = lru_cache(_MASKS_KEPT)(self._made)

    def _made(self, filters: Filters, kind: PassageKind) -> NDArray[np.bool_]:
        return self.view.mask(replace(filters, kinds=frozenset([kind])))


def nearest_each(
    masks: Masks,
    kind: PassageKind,
    rows: Sequence[int],
    vectors: NDArray[np.float32],
    wanted: int,
    filters: Sequence[Filters],
) -> dict[int, NDArray[np.int64]]:
    """For each row the places of this kind, at most ``wanted``, that are nearest by meaning and pass its filters.

    Rows are searched together by the filters that they share; what a row filters alone is sifted from a wider catch,
    and searched for again only where that leaves too few.
    """
    alike: dict[Filters, list[int]] = {}
    for row in rows:
        alike.setdefault(filters[row].shared, []).append(row)
    found: dict[int, NDArray[np.int64]] = {}
    for common, group in alike.items():
        shared = common if len(group) > 1 else filters[group[0]]
        sifted = [row for row in group if filters[row] != replace(shared, kinds=filters[row].kinds)]
        fetched = wanted * _OVER_FETCH if sifted else wanted
        caught = masks.view.nearest(vectors[group], fetched, masks.of(shared, kind), kind)[1]
        found.update((row, places[places >= 0][:wanted]) for row, places in zip(group, caught, strict=True))
        for row in sifted:
            places, passing = caught[group.index(row)], masks.of(filters[row], kind)
            kept = places[(places >= 0) & passing[places]][:wanted]
            if len(kept) < wanted and len(places) == fetched:
                again = masks.view.nearest(vectors[[row]], wanted, passing, kind)[1][0]
                kept = again[again >= 0]
            found[row] = kept
    return found
