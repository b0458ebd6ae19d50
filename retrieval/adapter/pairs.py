"""What an adapter learns from and is measured on: questions and the answers that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from retrieval.adapter.adapter import DeskAdapter

_AMONG = 1000


@dataclass(frozen=True, slots=True)
class Pairs:
    """Questions and the answers that belong to them, row by row, with the encoder's vectors of both, (n, d).

    Rows of one ``group`` are no wrong answers to each other; by default those with the same answer.
    """

    questions: Sequence[str]
    answers: Sequence[str]
    question_vectors: NDArray[np.float32]
    answer_vectors: NDArray[np.float32]
    groups: Sequence[str] = ()

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.questions)


def figures(pairs: Pairs, adapter: DeskAdapter | None) -> dict[str, float]:
    """How well questions find their own answer among (at most) a thousand, with an adapter or with the encoder alone.

    Returns ``hit@1`` and ``mrr``; an answer as near as the true one counts as nearer.
    """
    questions, answers = pairs.question_vectors, pairs.answer_vectors
    if adapter is not None:
        questions = adapter.questions(pairs.questions, questions)
        answers = adapter.answers(pairs.answers, answers)
    ranks: list[int] = []
    for start in range(0, len(pairs), _AMONG):
        scores = questions[start : start + _AMONG] @ answers[start : start + _AMONG].T
        ranks += (scores >= scores.diagonal()[:, None]).sum(axis=1).tolist()
    return rank_figures(ranks, cutoffs=(1,))


def rank_figures(ranks: Sequence[int], *, cutoffs: Sequence[int] = (1, 10)) -> dict[str, float]:
    """``hit@k`` for each cutoff and ``mrr`` of ranks that were counted from 1.

    Raises:
        ValueError: there are no ranks.

    """
    if not ranks:
        raise ValueError("there are no ranks to average")
    figures = {f"hit@{k}": sum(rank <= k for rank in ranks) / len(ranks) for k in cutoffs}
    return {**figures, "mrr": sum(1 / rank for rank in ranks) / len(ranks)}
