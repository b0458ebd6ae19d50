"""The live index: a snapshot and what changed in the corpus since, searched as one.

Every change makes a new ``View`` and swaps it in; a search works on the view it took and sees one consistent state.
New passages stand in memory behind the snapshot's, deleted ones are only marked. Nothing is written here: the corpus
is the log, and whoever opens a snapshot applies the changes after it. Knows no database and no faiss.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.delta import Delta
from retrieval.index.view import View
from retrieval.passages import PassageKind
from retrieval.vectors import hashes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from retrieval.encoder.encoder import Encoder
    from retrieval.index.snapshot import PassageIndex
    from retrieval.passages import Passage

MOST_CHANGES = 2000
"""Passages beside the snapshot, or deleted from it, beyond which a new snapshot is due."""
MOST_SHARE = 0.05
"""The same as a share of the snapshot, for one that is small ..."""
LEAST_CHANGES = 200
"""... but not so small that building it again all the time would cost more than searching beside it."""


class LiveIndex:
    """A snapshot plus what changed since. Any number of threads may search its ``view`` while one applies."""

    def __init__(self, snapshot: PassageIndex, encoder: Encoder) -> None:
        """Start where the snapshot ends; ``encoder`` is the one it was opened with."""
        self.encoder = encoder
        none = np.empty((0, snapshot.manifest.dimension), dtype=np.float32)
        alive = _frozen(np.ones(len(snapshot), dtype=np.bool_))
        self._writing = Lock()
        self._view = View(
            snapshot,
            Delta.of((), none, none),
            alive,
            alive,
            snapshot.typical_answer.astype(np.float64) * snapshot.count(PassageKind.MOMENT),
            change=snapshot.manifest.change,
        )

    @property
    def view(self) -> View:
        """The state as it is now; take it once for everything that belongs together."""
        return self._view

    @property
    def change(self) -> int:
        """The last change of the corpus that is in the view."""
        return self._view.change

    @property
    def wants_compaction(self) -> bool:
        """Whether so much changed that a new snapshot should be built."""
        view = self._view
        changes = len(view) - len(view.snapshot) + len(view) - view.alive_count
        return changes > min(MOST_CHANGES, max(LEAST_CHANGES, MOST_SHARE * len(view.snapshot)))

    def apply(
        self,
        added: Sequence[Passage],
        vectors_questions: NDArray[np.float32],
        vectors_answers: NDArray[np.float32],
        *,
        removed: Collection[tuple[PassageKind, str]] = (),
        retired: Collection[str] | None = None,
        change: int,
    ) -> None:
        """Take up changes of the corpus; searches see all of them at once or none.

        Args:
            added: new passages; one that replaces another needs its source in ``removed``, which is done first.
            vectors_questions: their unit vectors, shape (len(added), d).
            vectors_answers: likewise.
            removed: kind and source id whose passages are gone.
            retired: the ids of all passages that are not to be shown; None leaves them as they are.
            change: the last change of the corpus that is covered now.

        Raises:
            ValueError: the vectors are not as many as the passages, or not of the encoder's length.

        """
        fitting = (len(added), self._view.snapshot.manifest.dimension)
        if np.shape(vectors_questions) != fitting or np.shape(vectors_answers) != fitting:
            shapes = f"{np.shape(vectors_questions)} and {np.shape(vectors_answers)}"
            raise ValueError(f"the vectors of {len(added)} passages have shapes {shapes}, not {fitting}")
        with self._writing:
            view = self._view
            if removed:
                view = _without(view, removed)
            if added:
                view = _with(view, Delta.of(added, vectors_questions, vectors_answers))
            if added or removed or retired is not None:
                view = _showing(view, view.retired_ids if retired is None else frozenset(retired))
            self._view = replace(view, change=change)


def _without(view: View, removed: Collection[tuple[PassageKind, str]]) -> View:
    gone = view.places_of_sources(removed)
    gone = gone[view.alive[gone]]
    if not len(gone):
        return view
    alive = view.alive.copy()
    alive[gone] = False
    moments = gone[view.of_kind(PassageKind.MOMENT)[gone]]
    answers = view.answer_vectors(moments).sum(axis=0, dtype=np.float64)
    return replace(view, alive=_frozen(alive), answer_sum=view.answer_sum - answers)


def _with(view: View, more: Delta) -> View:
    moments = more.answers[more.columns.of_kind(PassageKind.MOMENT)]
    return replace(
        view,
        delta=view.delta.joined(more),
        alive=_frozen(np.concatenate([view.alive, np.ones(len(more), dtype=np.bool_)])),
        answer_sum=view.answer_sum + moments.sum(axis=0, dtype=np.float64),
    )


def _showing(view: View, retired: frozenset[str]) -> View:
    if not retired:
        return replace(view, shown=view.alive, retired_ids=retired)
    shown = view.alive.copy()
    shown[view.places_of_ids(hashes(retired))] = False
    return replace(view, shown=_frozen(shown), retired_ids=retired)


def _frozen(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    mask.flags.writeable = False
    return mask
