"""The true reply among 100, by each scorer and by the full one without each part; for the benchmark of recall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from replies_among_100 import ReplyQuestion, reply_ranking

from data.transcripts import Role
from retrieval.index.filters import Filters
from retrieval.passages import PassageKind, question_text
from retrieval.search.reply_scores import NEIGHBOURS, TUNED, UNTUNED, parts, summed

if TYPE_CHECKING:
    from retrieval.search.retriever import Retriever

Vectors = Callable[[Sequence[str]], NDArray[np.float32]]
"""Unit vectors of texts."""


def replies(vectors: Vectors, tuned: Retriever, questions: Sequence[ReplyQuestion]) -> dict[str, dict[str, float]]:
    """The true reply among 100, for each scorer and for the full one without each of its parts."""
    known = Parts(vectors, tuned, questions)
    without = {
        name: replace(TUNED, **{name: 0.0}) for name in ("neighbours", "crowding", "words", "tuned", "tuned_neighbours")
    }
    scorers: dict[str, Callable[[dict[str, NDArray[np.float32]]], NDArray[np.float32]]] = {
        "BM25 alone": lambda found: found["words"],
        "MiniLM alone": lambda found: found["cosine"],
        "MiniLM + BM25": lambda found: found["cosine"] + UNTUNED.words * found["words"],
        "untuned: everything": lambda found: summed(found, UNTUNED),
        "tuned: adapter alone": lambda found: found["tuned"],
        "tuned: everything": lambda found: summed(found, TUNED),
    }
    for name, weights in without.items():
        scorers[f"  without {name}"] = lambda found, weights=weights: summed(found, weights)
    found = {name: reply_ranking(questions, known.scorer(score)) for name, score in scorers.items()}
    # The window only matters where the customer wrote more than once before the answer.
    longer = [question for question in questions if _opening(question) != question.question]
    if not longer:
        return found
    whole = Parts(vectors, tuned, longer)
    found[f"{len(longer)} with several messages"] = reply_ranking(
        longer, whole.scorer(lambda found: summed(found, TUNED))
    )
    for name, window in (("opening message only", _opening), ("latest messages only", _latest)):
        narrow = [replace(question, question=window(question)) for question in longer]
        narrowed = Parts(vectors, tuned, narrow)
        found[f"  of those: {name}"] = reply_ranking(narrow, narrowed.scorer(lambda found: summed(found, TUNED)))
    return found


class Parts:
    """The parts of every question and candidate, computed once for each; then any sum of them."""

    def __init__(self, vectors_of: Vectors, retriever: Retriever, questions: Sequence[ReplyQuestion]) -> None:
        self.retriever = retriever
        texts = sorted({text for question in questions for text in (question.question, question.reply)})
        self.vectors = dict(zip(texts, vectors_of(texts), strict=True))
        asked = [question.question for question in questions]
        filters = [Filters(kinds=frozenset([PassageKind.MOMENT]))] * len(asked)
        hits = retriever.search_each(asked, np.stack([self.vectors[text] for text in asked]), NEIGHBOURS, filters)
        self.hits = dict(zip((question.id for question in questions), hits, strict=True))
        self.found: dict[str, dict[str, NDArray[np.float32]]] = {}

    def scorer(self, score: Callable[[dict[str, NDArray[np.float32]]], NDArray[np.float32]]) -> Any:
        """A scorer for ``reply_ranking``, which shows every scorer the same candidates."""

        def scores(question: ReplyQuestion, candidates: Sequence[str]) -> list[float]:
            if question.id not in self.found:
                vectors = np.stack([self.vectors[text] for text in candidates])
                vector = self.vectors[question.question]
                self.found[question.id] = parts(
                    self.retriever, question.question, vector, candidates, vectors, self.hits[question.id]
                )
            return [float(value) for value in score(self.found[question.id])]

        return scores


def _opening(question: ReplyQuestion) -> str:
    return question_text([turn for turn in question.turns if turn.role is Role.CUSTOMER][:1])


def _latest(question: ReplyQuestion) -> str:
    return question_text([turn for turn in question.turns if turn.role is Role.CUSTOMER][-1:])
