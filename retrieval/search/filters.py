"""What a search may find, and what is nearest among that for many questions with filters of their own.

Knows no words, no scores and no texts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from retrieval.index.view import View

_OVER_FETCH = 4
_MASKS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search may find; ``View.mask`` tells what each means."""

    kinds: frozenset[PassageKind] | None = None
    languages: frozenset[str] | None = None
    since: str | None = None
    before: str | None = None
    exclude_sources: frozenset[str] = frozenset()
    retired: bool = False

    @property
    def wanted(self) -> tuple[PassageKind, ...]:
        """The kinds that may be found."""
        return tuple(kind for kind in PassageKind if self.kinds is None or kind in self.kinds)

    @property
    def shared(self) -> Filters:
        """What many questions of one batch have in common, as a rule."""
        return replace(self, kinds=None, before=None, exclude_sources=frozenset())

    def mask(self, view: View, *, kinds: Collection[PassageKind] | None = None) -> NDArray[np.bool_]:
        """The places of a view that pass, of these kinds."""
        return view.mask(
            kinds=kinds,
            languages=self.languages,
            since=self.since,
            before=self.before,
            exclude_sources=self.exclude_sources,
            retired=self.retired,
        )


class Masks:
    """The masks of a view. The last few are kept: questions of a batch mostly share their filters."""

    def __init__(self, view: View) -> None:
        """Of this view, and no other."""
        self.view = view
        self.of = lru_cache(_MASKS_KEPT)(self._made)

    def _made(self, filters: Filters, kind: PassageKind) -> NDArray[np.bool_]:
        return filters.mask(self.view, kinds=[kind])


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
