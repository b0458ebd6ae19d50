"""Postings: which of many texts hold which terms, how often, and how long the texts are; term-major arrays in numpy.

Built in memory, memory-mapped when opened. Knows texts by their places only, and no scores.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass, fields
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.terms import terms
from retrieval.vectors import hashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MOST_FREQUENT = 255
"""A term that stands more often in a text counts as often as this."""

_BLOCK_TERMS = 1 << 22
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
        merged = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *(part.hashes for part in parts)]))
        rows = [np.searchsorted(merged, part.hashes) for part in parts]
        counts = np.zeros(len(merged), dtype=np.int64)
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
        return cls(merged, offsets, places, frequencies, lengths)

    def save(self, folder: Path, name: str) -> None:
        """Write ``<name>-hashes.npy`` and so on into the folder."""
        for field in fields(self):
            np.save(folder / f"{name}-{field.name}.npy", getattr(self, field.name), allow_pickle=False)

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

    def spans(self, wanted: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the postings of each hash begin and end, both of shape (len(wanted)); the same where there are none."""
        if not len(self.hashes):
            nothing = np.zeros(len(wanted), dtype=np.int64)
            return nothing, nothing
        rows = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        begins = self.offsets[rows]
        return begins, np.where(self.hashes[rows] == wanted, self.offsets[rows + 1], begins)


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
    names = hashes(numbers)
    by_hash = np.argsort(names)
    ranks = np.empty(len(names), dtype=np.int64)
    ranks[by_hash] = np.arange(len(names))
    keys = ranks[np.frombuffer(rows, dtype=np.int32)] * len(lengths) + np.repeat(np.arange(len(lengths)), lengths)
    keys, frequencies = np.unique(keys, return_counts=True)
    return Postings(
        hashes=names[by_hash],
        offsets=np.searchsorted(keys, np.arange(len(names) + 1) * len(lengths)).astype(np.int64),
        places=(keys % max(len(lengths), 1)).astype(np.int32),
        frequencies=np.minimum(frequencies, MOST_FREQUENT).astype(np.uint8),
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
