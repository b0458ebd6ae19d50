"""The retriever: a question in, the past answers and article passages that fit it out, each with the reasons why.

Nearest by meaning (the encoder's vectors) and by words (BM25) are looked up together; what either finds is scored by
the same sum of parts, so that a hit can be explained. Knows nothing of GPT-2, policies or files.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.live_index import LiveIndex
from retrieval.passages import PassageKind
from retrieval.search.filters import Filters, Masks, nearest_each
from retrieval.search.hits import Hit, Proposals
from retrieval.vectors import hashes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from retrieval.adapter.adapter import DeskAdapter
    from retrieval.encoder.encoder import Encoder
    from retrieval.index.snapshot import PassageIndex
    from retrieval.index.view import View
    from retrieval.passages import Passage


_POOL = 100
"""How many the vectors and the words may each propose, of each kind."""
_QUERIES_AT_ONCE = 256
_VOTERS = 100
"""Neighbours that link anything, asked for the articles they link."""
_VOTE_SHARPNESS = 15.0
_UNLINKED = 0.01
"""The share of votes that counts as none."""
_NO_MATCH = 1e-9


@dataclass(frozen=True, slots=True)
class SearchWeights:
    """The sum that orders hits; every part is in cosines, so that 0.1 is as much as a question 0.1 nearer.

    Chosen on the end of Thunderbird's train file, never on dev (docs/results/retrieval.md).
    """

    words: float = 0.2
    """For the best word match; others in proportion to their BM25."""
    votes: float = 0.2
    """For each factor e by which an article is linked more among the neighbours' answers than not at all."""
    tuned: float = 0.3
    """For the adapter's cosine of question and answer."""
    outcome: float = 0.02
    count: float = 0.01
    """For each factor e in how many past answers said the same."""
    age: float = 0.01
    """Taken off for each year that an answer is older than the desk's newest."""


class Retriever:
    """Searches one live index with the encoder that made it. Safe to share between threads."""

    def __init__(
        self,
        index: LiveIndex | PassageIndex,
        encoder: Encoder,
        adapter: DeskAdapter | None = None,
        weights: SearchWeights | None = None,
    ) -> None:
        """Join an opened index (a snapshot alone is taken live), its encoder and what that learnt of the desk."""
        self.live = index if isinstance(index, LiveIndex) else LiveIndex(index, encoder)
        self.encoder = encoder
        self.adapter = adapter
        self.weights = weights or SearchWeights()

    def __len__(self) -> int:
        """How many passages can be found."""
        return self.live.view.alive_count

    def passage(self, passage_id: str) -> Passage | None:
        """The passage of this id, if it is there."""
        return self.live.view.find(passage_id)

    def search(
        self,
        question: str,
        k: int = 10,
        *,
        kinds: Collection[PassageKind] | None = None,
        languages: Collection[str] | None = None,
        since: str | None = None,
        before: str | None = None,
        exclude_sources: Collection[str] = frozenset(),
        retired: bool = False,
    ) -> list[Hit]:
        """The k passages that fit a question best, best first; fewer where the filters leave fewer.

        Args:
            question: what is asked, normally ``question_text`` of the dialogue; a blank one finds nothing.
            k: how many hits at most.
            kinds: only these kinds; None is all.
            languages: only passages in one of these languages, or of none that is known.
            since: ISO date or time; only passages created then or later. An article without a date stays (help
                pages outlive their dates), a moment without one does not.
            before: the same, for passages created earlier.
            exclude_sources: conversation ids and slugs that may not be found.
            retired: find only what was retired, which no other search finds.

        Raises:
            ValueError: ``since`` or ``before`` is no date.

        """
        filters = Filters(
            kinds=None if kinds is None else frozenset(kinds),
            languages=None if languages is None else frozenset(languages),
            since=since,
            before=before,
            exclude_sources=frozenset(exclude_sources),
            retired=retired,
        )
        return self.search_each([question], self.encoder.encode([question]), k, [filters])[0]

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
        """``search`` for questions whose vectors, shape (n, d), are known (from the vector cache, say).

        ``exclude_sources`` and ``before`` are one value for all questions or a sequence with one for each.
        """
        count = len(questions)
        excluded = [exclude_sources] * count if isinstance(exclude_sources, frozenset) else list(exclude_sources)
        limits = [before] * count if before is None or isinstance(before, str) else list(before)
        if not len(excluded) == len(limits) == count:
            raise ValueError("exclude_sources and before need one value for all questions or one for each")
        wanted = None if kinds is None else frozenset(kinds)
        filters = [
            Filters(kinds=wanted, exclude_sources=frozenset(sources), before=limit)
            for sources, limit in zip(excluded, limits, strict=True)
        ]
        return self.search_each(questions, vectors, k, filters)

    def search_each(
        self, questions: Sequence[str], vectors: NDArray[np.float32], k: int, filters: Sequence[Filters]
    ) -> list[list[Hit]]:
        """``search`` for many questions, each with its own filters; vectors of shape (n, d)."""
        masks = Masks(self.live.view)
        # The one before is kept: who asks the same for each kind by itself asks for it twice in a row.
        matched = lru_cache(1)(masks.view.lexical_question.scores)
        hits: list[list[Hit]] = [[] for _ in questions]
        asked = [row for row, question in enumerate(questions) if question.strip() and k > 0]
        wanted = max(k, _POOL)
        for start in range(0, len(asked), _QUERIES_AT_ONCE):
            rows = asked[start : start + _QUERIES_AT_ONCE]
            near = {
                kind: nearest_each(
                    masks, kind, [row for row in rows if kind in filters[row].wanted], vectors, wanted, filters
                )
                for kind in PassageKind
            }
            for row in rows:
                found = {kind: near[kind][row] for kind in filters[row].wanted}
                matches = matched(questions[row])
                hits[row] = self._best(masks, questions[row], vectors[row], matches, k, filters[row], found)
        return hits

    def answer_vectors(self, hits: Sequence[Hit]) -> NDArray[np.float32]:
        """Unit vectors of the hits' answers, from the index where they stand in it, shape (len(hits), d)."""
        view = self.live.view
        places = [hit.place for hit in hits if hit.place is not None and hit.place < len(view)]
        if len(places) < len(hits) or any(
            view.passage(place).id != hit.passage.id for place, hit in zip(places, hits, strict=True)
        ):
            return self.encoder.encode([hit.passage.answer for hit in hits])  # the index was exchanged meanwhile
        return view.answer_vectors(places)

    def cosine(self, left: Sequence[str], right: Sequence[str]) -> NDArray[np.float32]:
        """Cosines of all pairs of texts, shape (len(left), len(right))."""
        vectors = self.encoder.encode([*left, *right])
        cosines: NDArray[np.float32] = vectors[: len(left)] @ vectors[len(left) :].T
        return cosines

    def _best(
        self,
        masks: Masks,
        question: str,
        vector: NDArray[np.float32],
        matches: NDArray[np.float32],
        k: int,
        filters: Filters,
        near: Mapping[PassageKind, NDArray[np.int64]],
    ) -> list[Hit]:
        """The k best of what vectors, words and links propose, with their reasons. Only their texts are read."""
        view = masks.view
        asked = self.adapter.questions([question], vector[None])[0] if self.adapter else None
        proposals = []
        for kind, nearest in near.items():
            passing = masks.of(filters, kind)
            words = np.where(passing, matches, np.float32(0))
            votes = _votes(masks, vector, filters) if kind is PassageKind.ARTICLE else {}
            linked = view.places_of_sources([(kind, slug) for slug in votes])
            places = np.unique(np.concatenate([nearest, _highest(words, _POOL), linked[passing[linked]]]))
            parts = self._parts(view, places, vector, words, votes)
            proposals.append(Proposals(places, parts).best(max(k, _POOL)))
            if asked is not None:
                proposals[-1].parts["tuned"] = self._tuned(view, kind, proposals[-1].places, asked)
        return Proposals.joined(proposals).best(k).hits(view)

    def _parts(
        self,
        view: View,
        places: NDArray[np.int64],
        vector: NDArray[np.float32],
        words: NDArray[np.float32],
        votes: Mapping[str, float],
    ) -> dict[str, NDArray[np.float32]]:
        """The weighted parts that need no text of the passages, each of shape (len(places))."""
        weights = self.weights
        cosines = view.question_vectors(places) @ vector
        shares = _shares(votes, view.column("source", places), cosines)
        parts = {
            "meaning": cosines,
            "words": weights.words * words[places] / max(float(words.max(initial=0.0)), _NO_MATCH),
            "votes": weights.votes * np.log1p(shares / _UNLINKED),
            "outcome": weights.outcome * view.column("outcome", places),
            "count": weights.count * np.log(view.column("count", places)),
            "age": -weights.age * view.years_behind(places),
        }
        return {name: np.asarray(part, dtype=np.float32) for name, part in parts.items()}

    def _tuned(
        self, view: View, kind: PassageKind, places: NDArray[np.int64], asked: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The weighted likeness of a question to what is at these places, all of one kind, in the adapter's space.

        A moment by its answer, a part of an article by its title and text: as they were learnt.
        """
        assert self.adapter is not None
        passages = [view.passage(place) for place in places.tolist()]
        if kind is PassageKind.ARTICLE:
            texts, vectors = [each.question for each in passages], view.question_vectors(places)
        else:
            texts, vectors = [each.answer for each in passages], view.answer_vectors(places)
        return np.asarray(self.weights.tuned * (self.adapter.answers(texts, vectors) @ asked), dtype=np.float32)


def _votes(masks: Masks, vector: NDArray[np.float32], filters: Filters) -> dict[str, float]:
    """How much the answers to like questions link each article, by slug; empty where none of them links any.

    The voters are the nearest past answers that pass the same filters and link an article; several links in one answer
    count each.
    """
    view = masks.view
    voters = masks.of(filters, PassageKind.MOMENT) & view.linking
    cosines, places = view.nearest(vector[None], _VOTERS, voters, PassageKind.MOMENT)
    votes: dict[str, float] = {}
    for place, weight in zip(places[0].tolist(), _vote(cosines[0]).tolist(), strict=True):
        for slug in view.passage(place).links if place >= 0 else ():
            if view.has_article(slug):
                votes[slug] = votes.get(slug, 0.0) + weight
    return votes


def _shares(
    votes: Mapping[str, float], sources: NDArray[np.uint64], cosines: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Each passage's article's share of all votes, shape (n); 0 everywhere where nobody voted.

    An article votes for itself as well, by the cosine of its nearest passage, so that a page that was put online today
    and fits better than any past question is not outvoted by what was linked before.
    """
    if not votes:
        return np.zeros(len(sources))
    names, rows = np.unique(sources, return_inverse=True)
    nearest = np.full(len(names), -1.0, dtype=np.float32)
    np.maximum.at(nearest, rows, cosines)
    total = dict(zip(names.tolist(), _vote(nearest).tolist(), strict=True))
    for source, weight in zip(hashes(votes).tolist(), votes.values(), strict=True):
        total[source] = total.get(source, 0.0) + weight
    everything = sum(total.values())
    return np.array([total[name] / everything for name in names.tolist()])[rows]


def _vote(cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    """What one vote counts: exp(15 x cosine), scaled to at most 1."""
    return np.asarray(np.exp(_VOTE_SHARPNESS * (cosines - 1)), dtype=np.float32)


def _highest(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """The places of the highest scores above 0, at most ``count``, in no order."""
    positive = np.flatnonzero(scores)
    if len(positive) <= count:
        return positive
    return positive[np.argpartition(-scores[positive], count)[:count]]
