"""Character n-gram F-score of a text that grows piece by piece. Knows no words, languages or models.

The measure is chrF's (Popovic 2015, "chrF: character n-gram F-score for automatic MT evaluation") over distinct runs
instead of counted ones, so that saying something again adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ORDERS = (2, 4, 6)
"""Lengths of the runs, in characters; chrF takes 1 to 6, of which the short ones tell little and cost as much."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class NgramOverlap:
    """What pieces of text share with whole texts, for one length of run.

    ``inside`` (texts, runs) and ``pieces`` (pieces, runs) are 1 where a run stands, 0 elsewhere, over the runs of the
    pieces; ``totals`` (texts) is how many distinct runs each text has.
    """

    inside: NDArray[np.float32]
    pieces: NDArray[np.float32]
    totals: NDArray[np.float32]


def _overlaps(pieces: Sequence[str], texts: Sequence[str]) -> list[NgramOverlap]:
    """What each piece shares with each text, for each of ``ORDERS``."""
    tables = []
    for order in ORDERS:
        runs = [_runs(text, order) for text in (*pieces, *texts)]
        rows = np.repeat(np.arange(len(runs)), [len(each) for each in runs])
        known, columns = np.unique(np.concatenate(runs), return_inverse=True)
        stands = np.zeros((len(runs), len(known)), dtype=np.float32)
        stands[rows, columns] = 1
        whole = stands[len(pieces) :]
        in_pieces = stands[: len(pieces)].any(axis=0)
        tables.append(NgramOverlap(whole[:, in_pieces], stands[: len(pieces), in_pieces], whole.sum(axis=1)))
    return tables


class IncrementalScore:
    """The F-score of a growing text with each of some texts."""

    def __init__(self, pieces: Sequence[str], texts: Sequence[str], *, recall_weight: float) -> None:
        """Begin with nothing. ``recall_weight`` is the beta of F: above 1, recall counts more than precision."""
        self._tables = _overlaps(pieces, texts)
        self._square = recall_weight**2
        self._open = [np.ones(table.pieces.shape[1], dtype=np.float32) for table in self._tables]
        self._overlap = [np.zeros(len(texts), dtype=np.float32) for _ in self._tables]
        self._length = [0.0 for _ in self._tables]

    def scores(self) -> NDArray[np.float32]:
        """Those of the text so far, shape (texts)."""
        return self._score(self._overlap, self._length)

    def scores_with_each(self) -> NDArray[np.float32]:
        """The same if one piece more were added, for each piece: shape (texts, pieces)."""
        overlaps, lengths = [], []
        for table, fresh, overlap, length in zip(self._tables, self._open, self._overlap, self._length, strict=True):
            new = table.pieces * fresh
            overlaps.append(overlap[:, None] + table.inside @ new.T)
            lengths.append(length + new.sum(axis=1))
        return self._score(overlaps, lengths)

    def add(self, piece: int) -> None:
        """Let the text grow by a piece."""
        for row, table in enumerate(self._tables):
            new = table.pieces[piece] * self._open[row]
            self._overlap[row] = self._overlap[row] + table.inside @ new
            self._length[row] += float(new.sum())
            self._open[row] = self._open[row] * (1 - new)

    def _score(self, overlaps: Sequence[NDArray[np.float32]], lengths: Sequence[Any]) -> NDArray[np.float32]:
        precision: Any = 0.0
        recall: Any = 0.0
        for table, overlap, length in zip(self._tables, overlaps, lengths, strict=True):
            totals = table.totals.reshape(-1, *[1] * (overlap.ndim - 1))
            precision = precision + overlap / np.maximum(length, 1)
            recall = recall + overlap / np.maximum(totals, 1)
        both = self._square * precision + recall
        score = (1 + self._square) * precision * recall / np.maximum(both, 1e-9)
        return np.asarray(score / len(ORDERS), dtype=np.float32)


def _runs(text: str, order: int) -> NDArray[np.uint64]:
    """Hashes of the distinct runs of so many characters, white space and case aside."""
    letters = np.frombuffer("".join(text.casefold().split()).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    count = len(letters) - order + 1
    if count < 1:
        return np.empty(0, dtype=np.uint64)
    found = np.zeros(count, dtype=np.uint64)
    for place in range(order):
        found = found * _FACTOR + letters[place : place + count].astype(np.uint64) + np.uint64(1)
    return np.unique(found)
