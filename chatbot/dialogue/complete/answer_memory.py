"""The desk's memory of its own phrases: the past answers that its index shows now, ready to complete a draft.

What was deleted or retired counts no more from the next call on; what came in since the index was built is read beside
it. The first completion after an index was opened reads all its answers, which takes seconds for tens of thousands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from chatbot.dialogue.complete.joined_arrays import JoinedSuffixArray, marks_of
from chatbot.dialogue.complete.phrase_completions import AnswerWeights, Completions, WordMasks, phrase_completions
from chatbot.dialogue.complete.suffix_array import SuffixArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.index.live_index import LiveIndex
    from retrieval.index.view import View

FOUND = 20.0
"""How many answers one that was found for the question counts for."""


class Memory(Protocol):
    """Past answers that complete drafts."""

    def phrase_completions(
        self, draft: str, begun: str, evidence: Sequence[str], least: float, *, modelled: bool = False
    ) -> Completions:
        """What may follow ``draft``; ``begun`` is its last sentence. See ``recollection.phrase_completions``."""

    def answer(self, number: int) -> str:
        """A past answer, by the number that a recollection of just now told."""


@dataclass(frozen=True)
class Answers:
    """Implements ``Memory`` over answers that do not change; ``counted`` has a share for each, 0 for those not shown.

    ``sources`` says which conversation each is of, shape (answers,).
    """

    shelf: JoinedSuffixArray
    counted: NDArray[np.float64]
    sources: NDArray[np.int64]

    def phrase_completions(
        self, draft: str, begun: str, evidence: Sequence[str], least: float, *, modelled: bool = False
    ) -> Completions:
        """See ``Memory``."""
        found = frozenset(number for text in evidence for number in self.shelf.alike(text) if self.counted[number])
        weights = self.counted
        if found:
            weights = weights.copy()
            weights[list(found)] *= FOUND
        return phrase_completions(
            self.shelf, draft, begun, AnswerWeights(weights, self.sources, found), least, modelled=modelled
        )

    def answer(self, number: int) -> str:
        """See ``Memory``."""
        return self.shelf.text(number)


class AnswerMemory:
    """Implements ``Memory`` over a live index. Not thread-safe: one model thread owns it."""

    def __init__(self, live: LiveIndex) -> None:
        """Remember what ``live`` shows; nothing is read yet."""
        self._live = live
        self._first: tuple[SuffixArray, WordMasks] | None = None
        self._answers: tuple[View, Answers] | None = None
        self._shelf: JoinedSuffixArray | None = None

    def phrase_completions(
        self, draft: str, begun: str, evidence: Sequence[str], least: float, *, modelled: bool = False
    ) -> Completions:
        """See ``Memory``."""
        return self._now().phrase_completions(draft, begun, evidence, least, modelled=modelled)

    def answer(self, number: int) -> str:
        """See ``Memory``."""
        return self._now().answer(number)

    def _now(self) -> Answers:
        view = self._live.view
        if self._answers is None or self._answers[0] is not view:
            sources = np.concatenate([view.snapshot.columns.source, view.delta.columns.source])
            _, numbers = np.unique(sources, return_inverse=True)
            self._answers = view, Answers(self._shelved(view), view.shown.astype(np.float64), numbers)
        return self._answers[1]

    def _shelved(self, view: View) -> JoinedSuffixArray:
        if self._first is None:
            book = SuffixArray(passage.answer for passage in view.snapshot.passages)
            self._first = book, marks_of(book.words, book.open)
        if self._shelf is None or len(self._shelf) != len(view):  # a place keeps its meaning
            book, marks = self._first
            self._shelf = JoinedSuffixArray(book, [passage.answer for passage in view.delta.passages], marks=marks)
        return self._shelf
