"""The retriever: a question in, the past answers and article passages that fit it out.

Also judges how much a reply looks like what the desk answered to such questions. Brings encoder and index
together; knows nothing of GPT-2, policies or files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.passages import Passage, PassageKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from retrieval.encoder import Encoder
    from retrieval.index import PassageIndex

_OVER_FETCH = 4
_WIDER = 8
_QUERIES_AT_ONCE = 1024
_CROWD = 10


@dataclass(frozen=True, slots=True)
class ScoreWeights:
    """The numbers in ``Retriever.score_candidates``, which tells how they were chosen."""

    neighbours: int = 20
    neighbour: float = 1.0
    sharpness: float = 20.0
    crowding: float = 0.75


CHOSEN = ScoreWeights()


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage found. ``similarity`` is the cosine of the questions; ``score`` ranks (now the same)."""

    passage: Passage
    score: float
    similarity: float
    place: int | None = None
    """Where the passage stands in the index, so that its answer need not be encoded again."""


class Retriever:
    """Searches one index with the encoder that made it. Safe to share between threads."""

    def __init__(self, index: PassageIndex, encoder: Encoder) -> None:
        """Join an opened index and its encoder."""
        self.index = index
        self.encoder = encoder

    def search(
        self,
        question: str,
        k: int = 10,
        *,
        kinds: Collection[PassageKind] | None = None,
        exclude_sources: Collection[str] = frozenset(),
        before: str | None = None,
    ) -> list[Hit]:
        """The k passages whose questions are nearest, best first; fewer where the filters leave fewer.

        Args:
            question: what is asked, normally ``question_text`` of the dialogue; a blank one finds nothing.
            k: how many hits at most.
            kinds: only these kinds; None is all.
            exclude_sources: conversation ids and slugs that may not be found.
            before: ISO date or time; only passages created earlier. An article without a date stays (help
                pages outlive their dates), a moment without one does not.

        """
        return self.search_many([question], k, kinds=kinds, exclude_sources=[exclude_sources], before=[before])[0]

    def search_many(
        self,
        questions: Sequence[str],
        k: int = 10,
        *,
        kinds: Collection[PassageKind] | None = None,
        exclude_sources: Sequence[Collection[str]] | frozenset[str] = frozenset(),
        before: Sequence[str | None] | str | None = None,
    ) -> list[list[Hit]]:
        """``search`` for many questions in one pass.

        ``exclude_sources`` and ``before`` are one value for all questions or a sequence with one for each.
        """
        return self.search_vectors(
            questions, self.encoder.encode(questions), k, kinds=kinds, exclude_sources=exclude_sources, before=before
        )

    def search_vectors(
        self,
        questions: Sequence[str],
        vectors: NDArray[np.float32],
        k: int = 10,
        *,
        kinds: Collection[PassageKind] | None = None,
        exclude_sources: Sequence[Collection[str]] | frozenset[str] = frozenset(),
        before: Sequence[str | None] | str | None = None,
    ) -> list[list[Hit]]:
        """``search_many`` for questions whose vectors, shape (n, d), are known (from the vector cache, say)."""
        count = len(questions)
        excluded = [exclude_sources] * count if isinstance(exclude_sources, frozenset) else list(exclude_sources)
        limits = [before] * count if before is None or isinstance(before, str) else list(before)
        if not len(excluded) == len(limits) == count:
            raise ValueError("exclude_sources and before need one value for all questions or one for each")
        wanted = None if kinds is None else frozenset(kinds)
        kind = next(iter(wanted)) if wanted is not None and len(wanted) == 1 else None
        hits: list[list[Hit]] = [[] for _ in questions]
        for start in range(0, count, _QUERIES_AT_ONCE):
            pending = [row for row in range(start, min(start + _QUERIES_AT_ONCE, count)) if questions[row].strip()]
            filtered = any(excluded[row] or limits[row] for row in pending)
            fetch, available = (k * _OVER_FETCH if filtered else k), self.index.count(kind)
            while pending and k > 0 and wanted != frozenset():
                scores, places = self.index.search(vectors[pending], fetch, kind)
                for row, cosines, found in zip(pending, scores, places, strict=True):
                    hits[row] = self._passing(cosines, found, k, wanted, excluded[row], limits[row])
                if fetch >= available:
                    break
                pending = [row for row in pending if len(hits[row]) < k]
                fetch *= _WIDER
        return hits

    def answer_vectors(self, hits: Sequence[Hit]) -> NDArray[np.float32]:
        """Unit vectors of the hits' answers, from the index where they stand in it, shape (len(hits), d)."""
        places = [hit.place for hit in hits if hit.place is not None]
        if len(places) < len(hits):
            return self.encoder.encode([hit.passage.answer for hit in hits])
        return self.index.answer_vectors(places)

    def score_candidates(
        self,
        question: str,
        candidates: Sequence[str],
        hits: Sequence[Hit] | None = None,
        weights: ScoreWeights = CHOSEN,
    ) -> list[float]:
        """How much each candidate looks like what the desk answered to such questions; higher is more.

        Three parts, see ``blend``: the cosine of question and candidate; how much nearer the candidate is to
        the answers of the nearest past moments than to the desk's typical answer; less its crowding, which is
        high for replies that suit any question. Numbers rank the candidates of one question; they are no
        probabilities and not comparable between desks. Empty candidates score lowest.

        The weights were chosen on the end of Thunderbird's train file, never on dev: the last 500 of its latest
        4,000 conversations asked the 3,500 before them for the true reply among 100 (hit@1 / hit@10 / MRR;
        ``benchmarks/first_light_recall.py --limit 4000 --tune 500``): cosine alone 0.396 / 0.740 / 0.511, less
        crowding 0.440 / 0.774 / 0.545, with neighbours too 0.446 / 0.820 / 0.567. From 10 to 50 neighbours the
        MRR moves by 0.003. Answers that are not centred made it worse than cosine alone (0.497 against 0.519 on
        the same texts unmasked): a typical answer is near to every candidate that is typical too.

        Args:
            question: normally ``question_text`` of the dialogue.
            candidates: the replies; encoded in one batch together with the question.
            hits: the neighbours to ask, of which articles are passed over; None searches moments.
            weights: other numbers than the chosen ones.

        """
        if not candidates:
            return []
        vectors = self.encoder.encode([question, *candidates])
        if hits is None:
            kinds = (PassageKind.MOMENT,)
            hits = self.search_vectors([question], vectors[:1], weights.neighbours, kinds=kinds)[0]
        scores = self.score_vectors(vectors[0], vectors[1:], hits, weights)
        lowest = -2 - 2 * weights.neighbour - weights.crowding
        return [lowest if not text.strip() else float(score) for text, score in zip(candidates, scores, strict=True)]

    def score_vectors(
        self,
        question: NDArray[np.float32],
        candidates: NDArray[np.float32],
        hits: Sequence[Hit],
        weights: ScoreWeights = CHOSEN,
    ) -> NDArray[np.float32]:
        """``score_candidates`` where the vectors of question (d) and candidates (c, d) are known; shape (c)."""
        asked = [hit for hit in hits if hit.passage.kind is PassageKind.MOMENT][: weights.neighbours]
        return blend(
            question,
            candidates,
            self.answer_vectors(asked) - self.index.typical_answer,
            np.array([hit.similarity for hit in asked], dtype=np.float32),
            self.crowding(candidates),
            weights,
        )

    def crowding(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mean cosine of each vector, shape (n, d), with its 10 nearest past questions; shape (n)."""
        cosines, _ = self.index.search(vectors, _CROWD, PassageKind.MOMENT)
        if cosines.shape[1] == 0:
            return np.zeros(len(vectors), dtype=np.float32)
        return np.asarray(cosines.mean(axis=1), dtype=np.float32)

    def cosine(self, left: Sequence[str], right: Sequence[str]) -> NDArray[np.float32]:
        """Cosines of all pairs of texts, shape (len(left), len(right))."""
        vectors = self.encoder.encode([*left, *right])
        cosines: NDArray[np.float32] = vectors[: len(left)] @ vectors[len(left) :].T
        return cosines

    def _passing(
        self,
        cosines: NDArray[np.float32],
        places: NDArray[np.int64],
        k: int,
        kinds: frozenset[PassageKind] | None,
        excluded: Collection[str],
        before: str | None,
    ) -> list[Hit]:
        """The first k that pass the filters."""
        hits: list[Hit] = []
        for cosine, place in zip(cosines.tolist(), places.tolist(), strict=True):
            passage = self.index.passages[place]
            if passage.source_id in excluded or not is_before(passage, before):
                continue
            if kinds is None or passage.kind in kinds:
                hits.append(Hit(passage, score=cosine, similarity=cosine, place=place))
                if len(hits) == k:
                    break
        return hits


def is_before(passage: Passage, before: str | None) -> bool:
    """Whether a passage was there before a date. ISO dates and times compare as texts, to the day across zones."""
    if before is None:
        return True
    if passage.created is None:
        return passage.kind is PassageKind.ARTICLE
    return passage.created < before


def blend(
    question: NDArray[np.float32],
    candidates: NDArray[np.float32],
    answers: NDArray[np.float32],
    similarities: NDArray[np.float32],
    crowding: NDArray[np.float32],
    weights: ScoreWeights = CHOSEN,
) -> NDArray[np.float32]:
    """The formula of ``score_candidates`` on vectors.

    score = cos(question, candidate) + neighbour x (candidate . expected) - crowding x crowding(candidate), where
    *expected* is the mean of the centred answers, each weighted by exp(sharpness x similarity). Taking off the
    nearness to one's own neighbours is the correction for hubs of CSLS (Conneau et al. 2018, "Word translation
    without parallel data"), on the candidates' side only.

    Shapes: question (d), candidates (c, d), answers less the typical answer (h, d), similarities (h),
    crowding (c); returns (c). Without answers the middle part is 0.
    """
    scores = candidates @ question - np.float32(weights.crowding) * crowding
    if len(answers):
        shares = np.exp(weights.sharpness * (similarities - similarities.max()))
        expected = (shares / shares.sum()) @ answers  # (d): the answer one would expect here, not of unit length
        scores = scores + np.float32(weights.neighbour) * (candidates @ expected)
    return np.asarray(scores, dtype=np.float32)
