"""BM25: how well the words of a query match every text of a snapshot and of what came in since, seen as one corpus.

Our own, because the ranking needs the score of *every* text (filters of any selectivity, features), of texts that
are not in the index, and the same figures whether a text stands in the snapshot or beside it. The formula is that of
Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with one added inside the
logarithm of the idf so that it is never negative. Knows texts by their places only: no passages, no vectors.
"""

from __future__ import annotations

from collections import Counter
from functools import partial, reduce
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.postings import MOST_FREQUENT
from retrieval.terms import known_terms, terms
from retrieval.vectors import hashes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.index.postings import Postings

K1 = 1.2
"""How soon a term's repetitions stop counting."""
B = 0.75
"""How far a text's length counts against it."""
COMMON = 1 / 3
"""Terms in more of the texts than this are passed over: they tell nearly nothing apart and cost the most time."""
COMMON_FROM = 1000
"""In a corpus of at most so many texts each term counts, for a third of a few texts says little."""

_SLICE = 1 << 14


class Lexical:
    """Postings of a snapshot, and of what came in since, seen as one corpus. Immutable, so threads may share it.

    Texts that are no longer shown still count in the idf and the mean length until the next snapshot leaves them out.
    """

    def __init__(self, parts: Sequence[Postings]) -> None:
        """See the parts as one; a text's place is its place in its part, after the texts of the parts before."""
        self._parts = [part for part in parts if len(part)]
        self._count = sum(len(part) for part in self._parts)
        total = sum(int(part.lengths.sum(dtype=np.int64)) for part in self._parts)
        self._mean_length = total / self._count if total else 1.0
        self._penalties = [self._penalty(part.lengths) for part in self._parts]

    def __len__(self) -> int:
        """How many texts there are."""
        return self._count

    def scores(self, query: str) -> NDArray[np.float32]:
        """BM25 of every text, shape (len(self)); a term that stands in the query twice counts twice."""
        scores = np.zeros(self._count, dtype=np.float32)
        wanted, weights = self._weighted(query)[1:]
        start = 0
        for part, penalties in zip(self._parts, self._penalties, strict=True):
            _add_gains(scores[start : start + len(part)], part, penalties, wanted, weights)
            start += len(part)
        return scores

    def score_texts(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of texts that need not be in the corpus, by its idf and mean length, shape (len(texts))."""
        names, _, weights = self._weighted(query)
        lengths = np.zeros(len(texts), dtype=np.int32)
        frequencies = np.zeros((len(texts), len(names)), dtype=np.float32)
        for row, text in enumerate(texts):
            found = Counter(known_terms(text))
            lengths[row] = found.total()
            frequencies[row] = [found[name] for name in names]
        np.minimum(frequencies, MOST_FREQUENT, out=frequencies)
        shares: NDArray[np.float32] = frequencies / (frequencies + self._penalty(lengths)[:, None])
        return shares @ weights

    def shares(self, names: Sequence[str]) -> NDArray[np.float64]:
        """The share of all texts that hold each term, shape (len(names)), never quite 0 nor 1."""
        return (self._holding(hashes(names)) + 1) / (self._count + 2)

    def places(self, text: str) -> NDArray[np.int64]:
        """The places of the texts that hold all terms of ``text``, ascending; none for a text without terms."""
        wanted = hashes(dict.fromkeys(terms(text)))
        found: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
        start = 0
        for part in self._parts:
            begins, ends = part.spans(wanted)
            holding = [part.places[first:last] for first, last in zip(begins.tolist(), ends.tolist(), strict=True)]
            if holding:
                both = reduce(partial(np.intersect1d, assume_unique=True), sorted(holding, key=len))
                found.append(both.astype(np.int64) + start)
            start += len(part)
        return np.concatenate(found)

    def _holding(self, wanted: NDArray[np.uint64]) -> NDArray[np.int64]:
        """How many texts hold each term."""
        found = np.zeros(len(wanted), dtype=np.int64)
        for part in self._parts:
            begins, ends = part.spans(wanted)
            found += ends - begins
        return found

    def _penalty(self, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        penalty = lengths.astype(np.float32)
        penalty *= np.float32(K1 * B / self._mean_length)
        penalty += np.float32(K1 * (1 - B))
        return penalty

    def _weighted(self, query: str) -> tuple[list[str], NDArray[np.uint64], NDArray[np.float32]]:
        """The query's terms that tell texts apart, their hashes, and idf times count times (k1 + 1)."""
        counts = Counter(terms(query))
        names = list(counts)
        wanted = hashes(names)
        found = self._holding(wanted)
        idf = np.log1p((self._count - found + 0.5) / (found + 0.5))
        weights = (idf * np.fromiter(counts.values(), dtype=np.float64, count=len(names)) * (K1 + 1)).astype(np.float32)
        if self._count > COMMON_FROM:
            kept = found <= self._count * COMMON
            return [name for name, keep in zip(names, kept, strict=True) if keep], wanted[kept], weights[kept]
        return names, wanted, weights


def _add_gains(
    scores: NDArray[np.float32],
    part: Postings,
    penalties: NDArray[np.float32],
    wanted: NDArray[np.uint64],
    weights: NDArray[np.float32],
) -> None:
    """Add each term's share to the scores of one part's texts, in slices that stay in the processor's cache."""
    begins, ends = part.spans(wanted)
    for first, last, weight in zip(begins.tolist(), ends.tolist(), weights, strict=True):
        for begin in range(first, last, _SLICE):
            end = min(begin + _SLICE, last)
            places = part.places[begin:end].astype(np.intp)
            gains = part.frequencies[begin:end].astype(np.float32)
            gains /= gains + penalties.take(places, mode="clip")
            gains *= weight
            np.add.at(scores, places, gains)
