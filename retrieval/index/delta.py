"""What came in after a snapshot was built: passages in memory, with their vectors, columns and words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.columns import Columns, Lookup
from retrieval.index.postings import Postings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.passages import Passage


@dataclass(frozen=True, eq=False)
class Delta:
    """The passages beside a snapshot, with unit vectors of shape (m, d); also those deleted again. Immutable."""

    passages: tuple[Passage, ...]
    columns: Columns
    questions: NDArray[np.float32]
    answers: NDArray[np.float32]
    question_words: Postings
    answer_words: Postings

    @classmethod
    def of(cls, passages: Sequence[Passage], questions: NDArray[np.float32], answers: NDArray[np.float32]) -> Delta:
        """Passages and the vectors of their questions and answers."""
        return cls(
            tuple(passages),
            Columns.of(passages),
            np.asarray(questions, dtype=np.float32),
            np.asarray(answers, dtype=np.float32),
            Postings.build(passage.question for passage in passages),
            Postings.build(passage.answer for passage in passages),
        )

    def joined(self, other: Delta) -> Delta:
        """These passages, then the others."""
        return Delta(
            (*self.passages, *other.passages),
            self.columns.joined(other.columns),
            np.vstack([self.questions, other.questions]),
            np.vstack([self.answers, other.answers]),
            Postings.joined([self.question_words, other.question_words]),
            Postings.joined([self.answer_words, other.answer_words]),
        )

    def __len__(self) -> int:
        """How many."""
        return len(self.passages)

    @cached_property
    def ids(self) -> Lookup:
        """Finds places in this delta by the hash of a passage's id."""
        return Lookup(self.columns.id)

    @cached_property
    def sources(self) -> Lookup:
        """Finds places in this delta by the hash of a source's id."""
        return Lookup(self.columns.source)
