"""One consistent state of the live index: what it holds, what filters let pass, what is nearest.

Knows no threads and no changes; ``retrieval.index.live_index`` makes one view out of another.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.index.bm25 import Lexical
from retrieval.index.columns import UNKNOWN_TIME, kind_number
from retrieval.index.filters import ANYTHING, Filters
from retrieval.index.nearest import best
from retrieval.passages import PassageKind
from retrieval.vectors import hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from retrieval.index.columns import Columns
    from retrieval.index.delta import Delta
    from retrieval.index.snapshot import PassageIndex
    from retrieval.passages import Passage

_YEAR = 365.25 * 24 * 3600  # seconds


@dataclass(frozen=True, eq=False)
class View:
    """One state of the live index. Immutable; places 0..n-1 are the snapshot's, n.. those beside it.

    A place keeps its meaning in later views of the same snapshot, though it may be deleted there. ``alive`` and
    ``shown``, which leaves retired passages out, have shape (len(view)).
    """

    snapshot: PassageIndex
    delta: Delta
    alive: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    answer_sum: NDArray[np.float64]
    """Sum of the answer vectors of all moments alive, shape (d)."""
    retired_ids: frozenset[str] = frozenset()
    change: int = 0

    def __len__(self) -> int:
        """How many places, those of deleted passages included."""
        return len(self.alive)

    @cached_property
    def alive_count(self) -> int:
        """How many passages are not deleted."""
        return int(np.count_nonzero(self.alive))

    def passage(self, place: int) -> Passage:
        """The passage at a place, also a deleted one."""
        beside = int(place) - len(self.snapshot)
        return self.snapshot.passages[int(place)] if beside < 0 else self.delta.passages[beside]

    def find(self, passage_id: str) -> Passage | None:
        """The passage of this id that is not deleted."""
        for place in self.places_of_ids(hashes([passage_id])):
            if self.alive[place] and (passage := self.passage(place)).id == passage_id:
                return passage
        return None

    def mask(self, filters: Filters = ANYTHING) -> NDArray[np.bool_]:
        """Which places a search with these filters may find, shape (len(self)); not to be written to.

        Questions added to articles are never among them.

        Raises:
            ValueError: ``since`` or ``before`` is no point in time.

        """
        base = self.alive & ~self.shown & ~self.added if filters.retired else self._found
        if replace(filters, retired=False) == ANYTHING:
            return base
        return self._joined(lambda columns: columns.passing(filters)) & base

    def nearest(
        self,
        vectors: NDArray[np.float32],
        k: int,
        mask: NDArray[np.bool_] | None = None,
        kind: PassageKind | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The k nearest questions to each vector, best first.

        Args:
            vectors: unit rows, shape (q, d).
            k: how many at most.
            mask: the places that may be found, from ``mask``; None is all that are neither deleted nor retired.
            kind: only passages of this kind.

        Returns:
            Cosines and places, both of shape (q, k') where k' is k or, if less can be found, that; a row that
            found less than others ends in -inf and -1.

        """
        mask = self.mask() if mask is None else mask
        count = len(self.snapshot)
        cosines, places = self.snapshot.search(vectors, k, kind, mask[:count])
        passing = mask[count:] if kind is None else mask[count:] & self.delta.columns.of_kind(kind)
        found = int(np.count_nonzero(passing))
        if not found or k <= 0:
            return cosines, places
        # All of them are compared, also those that may not be found: copying the others out takes longer.
        beside = np.asarray(vectors, dtype=np.float32) @ self.delta.questions.T
        beside[:, ~passing] = -np.inf
        names = np.where(passing, np.arange(count, len(self)), -1)
        width = min(k, cosines.shape[1] + found)
        return best(np.hstack([cosines, beside]), np.hstack([places, np.broadcast_to(names, beside.shape)]), width)

    def question_vectors(self, places: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """Unit vectors of the questions at these places, shape (len(places), d)."""
        wanted = np.asarray(places, dtype=np.int64)
        return self._rows(wanted, self.snapshot.question_vectors, self.delta.questions)

    def answer_vectors(self, places: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """Unit vectors of the answers at these places, shape (len(places), d)."""
        wanted = np.asarray(places, dtype=np.int64)
        return self._rows(wanted, self.snapshot.answer_vectors, self.delta.answers)

    @cached_property
    def lexical_question(self) -> Lexical:
        """Word scores of the questions at all places, those of deleted passages included."""
        return Lexical([self.snapshot.lexical_question, self.delta.question_words])

    @cached_property
    def lexical_answer(self) -> Lexical:
        """Word scores of the answers at all places, those of deleted passages included."""
        return Lexical([self.snapshot.lexical_answer, self.delta.answer_words])

    @cached_property
    def typical_answer(self) -> NDArray[np.float32]:
        """Mean of the answer vectors of the moments that are alive, shape (d); zeros where there are none."""
        count = int(np.count_nonzero(self.alive & self.of_kind(PassageKind.MOMENT)))
        return np.asarray(self.answer_sum / max(1, count), dtype=np.float32)

    def of_kind(self, kind: PassageKind) -> NDArray[np.bool_]:
        """Which places hold passages of a kind, shape (len(self))."""
        return self._joined(lambda columns: columns.of_kind(kind))

    def column(self, name: str, places: NDArray[np.int64]) -> NDArray[Any]:
        """What a column of ``Columns`` says of these places, shape (len(places)), without reading their passages."""
        return self._rows(places, getattr(self.snapshot.columns, name).__getitem__, getattr(self.delta.columns, name))

    @cached_property
    def linking(self) -> NDArray[np.bool_]:
        """Which places hold answers that name an address, shape (len(self))."""
        return self._joined(lambda columns: columns.links) > 0

    @cached_property
    def added(self) -> NDArray[np.bool_]:
        """Which places hold questions that a lead added to an article, shape (len(self))."""
        return self.linking & self.of_kind(PassageKind.ARTICLE)

    @cached_property
    def _found(self) -> NDArray[np.bool_]:
        """Which places an unfiltered search finds, shape (len(self)); read-only, as every search shares it."""
        found = self.shown & ~self.added
        found.setflags(write=False)
        return found

    @cached_property
    def agents(self) -> int:
        """How many agents the past answers name."""
        named = self._joined(lambda columns: columns.agent)[self.alive]
        return int(np.count_nonzero(np.unique(named)))

    @cached_property
    def languages(self) -> Mapping[str, int]:
        """How many passages that are not deleted are in each language that they tell."""
        count = len(self.snapshot)
        counts: Counter[str] = Counter()
        for columns, alive in ((self.snapshot.columns, self.alive[:count]), (self.delta.columns, self.alive[count:])):
            told = columns.language[alive]
            for number, times in zip(*np.unique(told[told >= 0], return_counts=True), strict=True):
                counts[columns.languages[number]] += int(times)
        return counts

    def years_behind(self, places: NDArray[np.int64]) -> NDArray[np.float32]:
        """How many years each moment is older than the newest of the desk; 0 without a date, and for articles."""
        created = self.column("created", places)
        years = (self.newest - created.astype(np.float64)) / _YEAR
        known = (created != UNKNOWN_TIME) & (self.column("kind", places) == kind_number(PassageKind.MOMENT))
        return np.where(known, years, 0.0).astype(np.float32)

    @cached_property
    def newest(self) -> int:
        """When the newest passage was created, UTC seconds."""
        return int(self._joined(lambda columns: columns.created).max(initial=UNKNOWN_TIME))

    def _joined(self, column: Callable[[Columns], NDArray[Any]]) -> NDArray[Any]:
        """The snapshot's column and the delta's, one after the other."""
        return np.concatenate([column(self.snapshot.columns), column(self.delta.columns)])

    def _rows(
        self,
        places: NDArray[np.int64],
        of_snapshot: Callable[[NDArray[np.int64]], NDArray[Any]],
        beside: NDArray[Any],
    ) -> NDArray[Any]:
        """What stands at these places, put together from the snapshot's and the delta's."""
        count = len(self.snapshot)
        if not len(self.delta):
            return of_snapshot(places)
        rows = np.empty((len(places), *beside.shape[1:]), dtype=beside.dtype)
        new = places >= count
        rows[~new] = of_snapshot(places[~new])
        rows[new] = beside[places[new] - count]
        return rows

    def has_article(self, slug: str) -> bool:
        """Whether an article of this slug can be found."""
        return int(hashes([slug])[0]) in self._articles

    @cached_property
    def _articles(self) -> frozenset[int]:
        """The hashes of the slugs of all articles that are not deleted."""
        rows = self.alive & self.of_kind(PassageKind.ARTICLE)
        return frozenset(self._joined(lambda columns: columns.source)[rows].tolist())

    def places_of_ids(self, wanted: NDArray[np.uint64]) -> NDArray[np.int64]:
        """All places, deleted ones too, of passages whose id has one of these hashes."""
        return np.concatenate([self.snapshot.ids.places(wanted), self.delta.ids.places(wanted) + len(self.snapshot)])

    def places_of_sources(self, removed: Collection[tuple[PassageKind, str]]) -> NDArray[np.int64]:
        """All places, deleted ones too, of the passages of these kinds and sources."""
        found = []
        for kind in {kind for kind, _ in removed}:
            wanted = hashes(source for each, source in removed if each is kind)
            for index, start in ((self.snapshot, 0), (self.delta, len(self.snapshot))):
                places = index.sources.places(wanted)
                found.append(places[index.columns.of_kind(kind, places)] + start)
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)
