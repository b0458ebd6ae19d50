"""Words that match: Okapi BM25 over an immutable snapshot and what came in since, seen as one corpus.

Our own, because the ranking needs the score of *every* text (filters of any selectivity, features), of texts that
are not in the index, and the same figures whether a text stands in the snapshot or beside it. Term-major sparse
arrays in numpy, memory-mapped. The formula is that of Robertson & Zaragoza, "The Probabilistic Relevance Framework:
BM25 and Beyond" (2009), with one added inside the logarithm of the idf so that it is never negative. Knows texts by
their places only: no passages, no vectors.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, fields
from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.terms import known_terms, terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


K1 = 1.2
"""How soon a term's repetitions stop counting."""
B = 0.75
"""How far a text's length counts against it."""
COMMON = 1 / 3
"""Terms in more of the texts than this are passed over: they tell nearly nothing apart and cost the most time."""
COMMON_FROM = 1000
"""In a corpus of at most so many texts each term counts, for a third of a few texts says little."""

_BLOCK_TERMS = 1 << 22
_SLICE = 1 << 14
_MOST_FREQUENT = 255
_TYPES = {"hashes": "uint64", "offsets": "int64", "places": "int32", "frequencies": "uint8", "lengths": "int32"}


class PostingsError(ValueError):
    """The files hold no postings; the message names the one that is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """Which of n texts hold which terms, how often, and how long the texts are. Immutable. Made by ``build``.

    Term ``hashes[i]`` (sorted, uint64) stands in the texts ``places[offsets[i]:offsets[i + 1]]`` (sorted, int32),
    ``frequencies`` (uint8, 255 for more) times in each; ``lengths`` (int32) counts all terms of each text.
    """

    hashes: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    places: NDArray[np.int32]
    frequencies: NDArray[np.uint8]
    lengths: NDArray[np.int32]

    @classmethod
    def build(cls, texts: Iterable[str]) -> Postings:
        """Postings of these texts, in their order, in memory: about twice what they take in the end."""
        rest = iter(texts)
        blocks = []
        while len(block := _block(rest)):
            blocks.append(block)
        return cls.joined(blocks)

    @classmethod
    def joined(cls, parts: Sequence[Postings]) -> Postings:
        """One Postings of the texts of all parts, in their order, as if built from all of them at once."""
        if len(parts) == 1:
            return parts[0]
        hashes = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *(part.hashes for part in parts)]))
        rows = [np.searchsorted(hashes, part.hashes) for part in parts]
        counts = np.zeros(len(hashes), dtype=np.int64)
        for row, part in zip(rows, parts, strict=True):
            counts[row] += np.diff(part.offsets)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        places = np.empty(offsets[-1], dtype=np.int32)
        frequencies = np.empty(offsets[-1], dtype=np.uint8)
        ends, texts = offsets[:-1].copy(), 0
        for row, part in zip(rows, parts, strict=True):
            own = np.diff(part.offsets)
            target = np.repeat(ends[row] - part.offsets[:-1], own) + np.arange(len(part.places))
            places[target] = part.places + np.int32(texts)
            frequencies[target] = part.frequencies
            ends[row] += own
            texts += len(part)
        lengths = np.concatenate([np.empty(0, dtype=np.int32), *(part.lengths for part in parts)])
        return cls(hashes, offsets, places, frequencies, lengths)

    def save(self, folder: Path, name: str) -> list[Path]:
        """Write ``<name>-hashes.npy`` and so on into the folder; returns the files."""
        paths = []
        for field in fields(self):
            paths.append(folder / f"{name}-{field.name}.npy")
            np.save(paths[-1], getattr(self, field.name), allow_pickle=False)
        return paths

    @classmethod
    def open(cls, folder: Path, name: str) -> Postings:
        """Map what ``save`` wrote.

        Raises:
            PostingsError: a file is missing, damaged, or does not fit the others.

        """
        postings = cls(
            **{field.name: _mapped(folder / f"{name}-{field.name}.npy", field.name) for field in fields(cls)}
        )
        offsets, postings_count = postings.offsets, len(postings.places)
        fits = len(offsets) == len(postings.hashes) + 1 and len(postings.frequencies) == postings_count
        if not fits or offsets[0] != 0 or offsets[-1] != postings_count or np.any(np.diff(offsets) < 0):
            raise PostingsError(f"The files {folder / name}-*.npy do not belong together.")
        return postings

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self.lengths)

    def spans(self, hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the postings of each term begin and end, both of shape (len(hashes)); the same where there are none."""
        if not len(self.hashes):
            nothing = np.zeros(len(hashes), dtype=np.int64)
            return nothing, nothing
        rows = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        begins = self.offsets[rows]
        return begins, np.where(self.hashes[rows] == hashes, self.offsets[rows + 1], begins)

    def document_frequency(self, term_hash: int) -> int:
        """How many texts hold the term."""
        begins, ends = self.spans(np.array([term_hash], dtype=np.uint64))
        return int(ends[0] - begins[0])


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
        hashes, weights = self._weighted(query)[1:]
        start = 0
        for part, penalties in zip(self._parts, self._penalties, strict=True):
            _add_gains(scores[start : start + len(part)], part, penalties, hashes, weights)
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
        np.minimum(frequencies, _MOST_FREQUENT, out=frequencies)
        shares: NDArray[np.float32] = frequencies / (frequencies + self._penalty(lengths)[:, None])
        return shares @ weights

    def shares(self, names: Sequence[str]) -> NDArray[np.float64]:
        """The share of all texts that hold each term, shape (len(names)), never quite 0 nor 1."""
        return (self._holding(_hashes(names)) + 1) / (self._count + 2)

    def _holding(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """How many texts hold each term."""
        found = np.zeros(len(hashes), dtype=np.int64)
        for part in self._parts:
            begins, ends = part.spans(hashes)
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
        hashes = _hashes(names)
        found = self._holding(hashes)
        idf = np.log1p((self._count - found + 0.5) / (found + 0.5))
        weights = (idf * np.fromiter(counts.values(), dtype=np.float64, count=len(names)) * (K1 + 1)).astype(np.float32)
        if self._count > COMMON_FROM:
            kept = found <= self._count * COMMON
            return [name for name, keep in zip(names, kept, strict=True) if keep], hashes[kept], weights[kept]
        return names, hashes, weights


def term_hash(term: str) -> int:
    """The 64-bit number a term goes by; among a million terms, two meet in one corpus of 37 million."""
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "little")


def _hashes(names: Sequence[str]) -> NDArray[np.uint64]:
    return np.fromiter((term_hash(name) for name in names), dtype=np.uint64, count=len(names))


def _add_gains(
    scores: NDArray[np.float32],
    part: Postings,
    penalties: NDArray[np.float32],
    hashes: NDArray[np.uint64],
    weights: NDArray[np.float32],
) -> None:
    """Add each term's share to the scores of one part's texts, in slices that stay in the processor's cache."""
    begins, ends = part.spans(hashes)
    for first, last, weight in zip(begins.tolist(), ends.tolist(), weights, strict=True):
        for begin in range(first, last, _SLICE):
            end = min(begin + _SLICE, last)
            places = part.places[begin:end].astype(np.intp)
            gains = part.frequencies[begin:end].astype(np.float32)
            gains /= gains + penalties.take(places, mode="clip")
            gains *= weight
            np.add.at(scores, places, gains)


def _block(texts: Iterator[str]) -> Postings:
    """Postings of the next texts, of so many that sorting their terms takes little memory; of none at the end."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    rows, lengths = array("i"), array("i")
    for text in texts:
        found = terms(text)
        lengths.append(len(found))
        rows.extend(map(numbers.__getitem__, found))
        if len(rows) >= _BLOCK_TERMS:
            break
    hashes = _hashes(list(numbers))
    by_hash = np.argsort(hashes)
    ranks = np.empty(len(hashes), dtype=np.int64)
    ranks[by_hash] = np.arange(len(hashes))
    keys = ranks[np.frombuffer(rows, dtype=np.int32)] * len(lengths) + np.repeat(np.arange(len(lengths)), lengths)
    keys, frequencies = np.unique(keys, return_counts=True)
    return Postings(
        hashes=hashes[by_hash],
        offsets=np.searchsorted(keys, np.arange(len(hashes) + 1) * len(lengths)).astype(np.int64),
        places=(keys % max(len(lengths), 1)).astype(np.int32),
        frequencies=np.minimum(frequencies, _MOST_FREQUENT).astype(np.uint8),
        lengths=np.array(lengths, dtype=np.int32),
    )


def _mapped(path: Path, field: str) -> NDArray[Any]:
    try:
        # A plain view of the map: slices of numpy's memmap class made a query take twice as long.
        stored: NDArray[Any] = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise PostingsError(f"The file {path} cannot be read ({error}).") from error
    if stored.dtype != _TYPES[field] or stored.ndim != 1:
        raise PostingsError(f"The file {path} holds {stored.dtype} of shape {stored.shape}, not {_TYPES[field]}.")
    return stored
