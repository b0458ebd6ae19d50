"""What a reply does, whatever values it names: the label of the past answer it is, or of the nearest one.

STAR labels its wizards' templates. A set without labels has clusters of its past answers in their place: k-means
(Lloyd 1982) over the encoder's vectors of their words without slots, so that "a table for 2 at 5" and "a table for 3 at
7" are one. A reply of two actions counts as one of them, so read such a figure beside others, not alone.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from voice_slots import without_slots

from data.moments import moments_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from voice_desk import Desk

    from data.moments import Moment

MARK = "action"
CLUSTERS = 64
"""STAR's templates without what only differs in its values are about as many for each of its larger tasks together."""
CLUSTERED = 4000
"""So many past answers are clustered, the latest."""


class Labels:
    """Actions by the labels of a desk's past answers. Those without one say nothing."""

    name = "labels of past answers"

    def __init__(self, desk: Desk, past: Sequence[Moment]) -> None:
        self._desk = desk
        self._by_id = {moment.id: moment.marks[MARK] for moment in past if MARK in moment.marks}
        texts = {moment.answer: moment.marks[MARK] for moment in past if MARK in moment.marks}
        self._texts, self._actions = [*texts], [*texts.values()]

    def of_moments(self, moments: Sequence[Moment]) -> list[str | None]:
        """What the true replies do; None where nobody said."""
        return [moment.marks.get(MARK) for moment in moments]

    def of_replies(self, texts: Sequence[str], sources: Sequence[str]) -> list[str | None]:
        """The labels of the past moments of these ids, else of the past answers nearest to the texts."""
        vectors = self._desk.vectors(texts)
        nearest = [int(np.argmax(self._vectors @ vector)) for vector in vectors]
        return [self._by_id.get(source) or self._actions[place] for source, place in zip(sources, nearest, strict=True)]

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        return self._desk.vectors(self._texts)


class Clusters:
    """Actions as clusters of past answers."""

    name = f"{CLUSTERS} clusters of past answers"

    def __init__(self, desk: Desk, past: Sequence[Moment]) -> None:
        self._desk = desk
        self._past = [moment.answer for moment in past[-CLUSTERED:]]

    def of_moments(self, moments: Sequence[Moment]) -> list[int]:
        """The clusters of the true replies."""
        return self._of([moment.answer for moment in moments])

    def of_replies(self, texts: Sequence[str], sources: Sequence[str]) -> list[int]:
        """The clusters of the texts."""
        del sources
        return self._of(texts)

    def _of(self, texts: Sequence[str]) -> list[int]:
        vectors = self._desk.vectors([without_slots(text, self._desk.names) for text in texts])
        found: list[int] = np.argmax(vectors @ self._centres.T - self._half, axis=1).tolist()
        return found

    @cached_property
    def _half(self) -> NDArray[np.float32]:
        """Half the squared lengths of the centres: the nearest has the largest product, less that."""
        half: NDArray[np.float32] = (self._centres**2).sum(axis=1) / 2
        return half

    @cached_property
    def _centres(self) -> NDArray[np.float32]:
        from sklearn.cluster import KMeans

        words = [without_slots(text, self._desk.names) for text in self._past]
        count = min(CLUSTERS, len(set(words)))
        found = KMeans(count, n_init=1, random_state=0).fit(self._desk.vectors(words))
        centres: NDArray[np.float32] = found.cluster_centers_.astype(np.float32)
        return centres


def actions_of(desk: Desk) -> Labels | Clusters:
    """Labels where the desk's past has them, else clusters."""
    past = [
        moment
        for conversation in [*desk.parts.learnt, *desk.parts.choosing]
        for moment in moments_of(conversation)
        if moment.answer.strip()
    ]
    return (Labels if any(MARK in moment.marks for moment in past) else Clusters)(desk, past)
