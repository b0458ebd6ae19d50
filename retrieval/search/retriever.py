"""Hybrid search: a question in, the past answers and article passages that fit it out, each with the reasons why.

Nearest by meaning (the encoder's vectors) and by words (BM25) are looked up together; what either finds is scored by
the same sum of parts, so that a hit can be explained. Knows nothing of GPT-2, policies or files.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from retrieval.encoder.token_states import ReadsTokens
from retrieval.index.filters import ANYTHING, Filters
from retrieval.index.live_index import LiveIndex
from retrieval.passages import PassageKind, ids_before, latest_words
from retrieval.search.hits import Hit, Proposals
from retrieval.search.late import LateInteraction
from retrieval.search.masks import Masks, nearest_each
from retrieval.search.spelling import respelt, vocabulary
from retrieval.search.votes import added_near, nearer_by, shares_of, votes_of
from retrieval.vectors import hashes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from retrieval.adapter.adapter import DeskAdapter
    from retrieval.encoder.encoder import Encoder
    from retrieval.index.snapshot import PassageIndex
    from retrieval.index.view import View
    from retrieval.passages import Passage


_POOL = 100
"""How many the vectors and the words may each propose, of each kind."""
_QUERIES_AT_ONCE = 256
_MOST_OF_IT = 0.8
"""Share of a question's letters from which on its vector is that of its last message as well."""
_LATEST_KEPT = 4096
"""Past customers' last words whose vectors are kept, 6 MiB: who stood near one question stands near the next."""
_ARTICLE = PassageKind.ARTICLE
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
        self.late = LateInteraction(encoder, self.live.view.snapshot.states.find)
        self._latest: dict[int, NDArray[np.float32]] = {}
        self._words: tuple[PassageIndex, NDArray[np.int64], dict[str, int]] | None = None

    def __len__(self) -> int:
        """How many passages can be found."""
        return self.live.view.alive_count

    def passage(self, passage_id: str) -> Passage | None:
        """The passage of this id, if it is there."""
        return self.live.view.find(passage_id)

    def respelt(self, question: str) -> str:
        """A question with slips of the finger mended where a word of the desk's articles was meant."""
        if not isinstance(self.encoder, ReadsTokens):
            return question
        view = self.live.view
        articles = np.flatnonzero(view.shown & view.of_kind(PassageKind.ARTICLE))
        known = self._words
        # Conversations come in all the time, and change none of the articles' words.
        if known is None or known[0] is not view.snapshot or not np.array_equal(known[1], articles):
            words = vocabulary(view.passage(place).question for place in articles.tolist())
            known = self._words = view.snapshot, articles, words
        return respelt(question, self.encoder.pieces(question), known[2])

    def search(self, question: str, k: int = 10, filters: Filters = ANYTHING) -> list[Hit]:
        """The k passages that fit a question best, best first; fewer where the filters leave fewer.

        ``question`` is normally ``question_text`` of the dialogue; a blank one finds nothing.

        Raises:
            ValueError: the filters' ``since`` or ``before`` is no date.

        """
        return self.search_each([question], self.encoder.encode([question]), k, [filters])[0]

    def search_each(
        self,
        questions: Sequence[str],
        vectors: NDArray[np.float32],
        k: int,
        filters: Sequence[Filters],
        links: Mapping[str, float] | None = None,
    ) -> list[list[Hit]]:
        """``search`` for many questions whose vectors, shape (n, d), are known, each with its own filters.

        ``links`` is what the method of that name tells, for who knows it and asks one question only, kind by kind.
        """
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
                votes = votes_of(masks, vectors[row], filters[row]) if links is None and _ARTICLE in found else links
                hits[row] = self._best(
                    masks, questions[row], vectors[row], matches, k, filters[row], found, votes or {}
                )
        return hits

    def links(self, vector: NDArray[np.float32], filters: Filters = ANYTHING) -> dict[str, float]:
        """How much the answers to the questions nearest to this vector (d) link each article, by slug."""
        return votes_of(Masks(self.live.view), vector, filters)

    def answer_vectors(self, hits: Sequence[Hit]) -> NDArray[np.float32]:
        """Unit vectors of the hits' answers, from the index where they stand in it, shape (len(hits), d)."""
        view = self.live.view
        places = _places(view, hits)
        if places is None:
            return self.encoder.encode([hit.passage.answer for hit in hits])
        return view.answer_vectors(places)

    def latest_vectors(self, hits: Sequence[Hit]) -> NDArray[np.float32]:
        """Unit vectors of what the customer had said last before each hit, shape (len(hits), d).

        Where that is most of the question it is the question's, from the index; others are encoded the first time.
        """
        said = [latest_words(hit.passage.question) for hit in hits]
        view = self.live.view
        places = _places(view, hits)
        if places is None:
            return self._of_latest(said)
        vectors = view.question_vectors(places)
        later = [row for row, hit in enumerate(hits) if len(said[row]) < _MOST_OF_IT * len(hit.passage.question)]
        if later:
            vectors[later] = self._of_latest([said[row] for row in later])
        return vectors

    def _of_latest(self, said: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts that come again and again, shape (len(said), d)."""
        names = hashes(said).tolist()
        known = self._latest  # exchanged, never changed: another thread may read it
        new = {name: text for name, text in zip(names, said, strict=True) if name not in known}
        if new:
            known = {**known, **dict(zip(new, self.encoder.encode([*new.values()]), strict=True))}
            self._latest = dict([*known.items()][-_LATEST_KEPT:])
        return np.stack([known[name] for name in names])

    def answers_before(self, hits: Sequence[Hit]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """What the agent had answered before each hit in the same conversation: unit vectors (n, d), and if any, (n).

        Where that is not in the index by itself, for it said the same as another answer, it counts as none.
        """
        view = self.live.view
        earlier = [ids_before(hit.passage.id) for hit in hits]
        wanted = [*dict.fromkeys(name for names in earlier for name in names)]
        there = [place for place in view.places_of_ids(hashes(wanted)).tolist() if view.alive[place]] if wanted else []
        found = {view.passage(place).id: place for place in there}
        places = [next((found[name] for name in names if name in found), None) for names in earlier]
        known = np.array([place is not None for place in places], dtype=np.bool_)
        vectors = np.zeros((len(hits), self.encoder.dimension), dtype=np.float32)
        if known.any():
            vectors[known] = view.answer_vectors([place for place in places if place is not None])
        return vectors, known

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
        linked_by: Mapping[str, float],
    ) -> list[Hit]:
        """The k best of what vectors, words and links propose, with their reasons. Only their texts are read."""
        view = masks.view
        asked = self.adapter.questions([question], vector[None])[0] if self.adapter else None
        proposals = []
        for kind, nearest in near.items():
            passing = masks.of(filters, kind)
            words = np.where(passing, matches, np.float32(0))
            votes = linked_by if kind is _ARTICLE else {}
            added = added_near(view, vector) if kind is _ARTICLE else {}
            linked = view.places_of_sources([(kind, slug) for slug in {**votes, **added}])
            places = np.unique(np.concatenate([nearest, _highest(words, _POOL), linked[passing[linked]]]))
            parts = self._parts(view, places, vector, words, votes, added)
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
        added: Mapping[str, float],
    ) -> dict[str, NDArray[np.float32]]:
        """The weighted parts that need no text of the passages, each of shape (len(places))."""
        weights = self.weights
        cosines = view.question_vectors(places) @ vector
        sources = view.column("source", places)
        nearer = nearer_by(added, sources, cosines)
        shares = shares_of(votes, sources, cosines + nearer)
        parts = {
            "meaning": cosines,
            "added": nearer,
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


def _highest(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """The places of the highest scores above 0, at most ``count``, in no order."""
    positive = np.flatnonzero(scores)
    if len(positive) <= count:
        return positive
    return positive[np.argpartition(-scores[positive], count)[:count]]


def _places(view: View, hits: Sequence[Hit]) -> list[int] | None:
    """Where the hits stand in a view; None where the index was exchanged since they were found."""
    places = [hit.place for hit in hits if hit.place is not None and hit.place < len(view)]
    same = all(view.passage(place).id == hit.passage.id for place, hit in zip(places, hits, strict=False))
    return places if same and len(places) == len(hits) else None
