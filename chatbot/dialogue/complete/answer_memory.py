"""The desk's past answers, as its index shows them now, ready to complete a draft.

What was deleted or retired counts no more from the next call on; what came in since the index was built is read beside
it. The first completion after an index was opened reads all its answers, which takes seconds for tens of thousands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.complete.joined_arrays import JoinedSuffixArray
from chatbot.dialogue.complete.phrase_completions import AnswerWeights, Completions, phrase_completions
from chatbot.dialogue.complete.suffix_array import SuffixArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.index.live_index import LiveIndex
    from retrieval.index.view import View

FOUND = 20.0
"""How many answers one that was found for the question counts for."""


@dataclass(frozen=True)
class PastAnswers:
    """Answers that do not change: how much each counts, 0 for those not shown, and the number of its conversation.

    ``weights`` and ``sources`` have shape (answers,).
    """

    answers: JoinedSuffixArray
    weights: NDArray[np.float64]
    sources: NDArray[np.int64]

    def completions(
        self, draft: str, begun: str, evidence: Sequence[str], least: float, *, modelled: bool = False
    ) -> Completions:
        """What may follow ``draft``; those of ``evidence``, which were found for the question, count more.

        See ``phrase_completions`` for the rest.
        """
        found = frozenset(number for text in evidence for number in self.answers.alike(text) if self.weights[number])
        weights = self.weights.copy()
        weights[list(found)] *= FOUND
        known = AnswerWeights(weights, self.sources, found)
        return phrase_completions(self.answers, draft, begun, known, least, modelled=modelled)


class AnswerMemory:
    """Follows a live index. Not thread-safe: one model thread owns it."""

    def __init__(self, live: LiveIndex) -> None:
        """Remember what ``live`` shows; nothing is read yet."""
        self._live = live
        self._built: SuffixArray | None = None
        self._joined: JoinedSuffixArray | None = None
        self._now: tuple[View, PastAnswers] | None = None

    def now(self) -> PastAnswers:
        """The answers that the index shows now."""
        view = self._live.view
        if self._now is None or self._now[0] is not view:
            sources = np.concatenate([view.snapshot.columns.source, view.delta.columns.source])
            _, numbers = np.unique(sources, return_inverse=True)
            self._now = view, PastAnswers(self._read(view), view.shown.astype(np.float64), numbers)
        return self._now[1]

    def _read(self, view: View) -> JoinedSuffixArray:
        if self._built is None:
            self._built = SuffixArray(passage.answer for passage in view.snapshot.passages)
        if self._joined is None or len(self._joined) != len(view):  # a place keeps its meaning
            self._joined = JoinedSuffixArray(self._built, [passage.answer for passage in view.delta.passages])
        return self._joined
