"""How like replies are in their letters: chrF (Popovic 2015) of each by each other, precision and recall alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ORDERS = range(1, 7)
"""Lengths of the runs of letters that are counted, as in chrF."""
_MOST = np.iinfo(np.uint8).max
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def likeness(texts: Sequence[str]) -> NDArray[np.float64]:
    """The likeness of all pairs, 0 to 1, shape (texts, texts); runs of letters longer than a text are left out.

    With precision and recall alike (F1): chrF's own weight on recall would favour the longer of two replies.
    """
    several = len(texts)
    precision, counted = np.zeros((several, several)), np.zeros((several, several))
    for order in ORDERS:
        runs, sums = _runs(texts, order)
        shared = np.stack([np.minimum(runs, row).sum(axis=1, dtype=np.int64) for row in runs]) if several else counted
        np.fill_diagonal(shared, sums)
        precision += shared / np.maximum(sums, 1)[:, None]
        counted += (sums[:, None] > 0) & (sums[None] > 0)
    precision /= np.maximum(counted, 1)
    both = precision + precision.T  # what is one text's precision is the other's recall
    return np.asarray(np.divide(2 * precision * precision.T, both, out=np.zeros_like(both), where=both > 0))


def _runs(texts: Sequence[str], order: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """How often each run of so many letters stands in each text, white space aside, and how many runs a text has.

    Shapes (texts, runs) and (texts); of runs that several texts have, for only those can be shared.
    """
    written = ["".join(text.split()).encode("utf-32-le", "surrogatepass") for text in texts]
    keys = [_hashed(np.frombuffer(letters, dtype=np.uint32), order) for letters in written]
    sums = np.array([len(key) for key in keys], dtype=np.int64)
    if not sums.any():
        return np.zeros((len(texts), 0), dtype=np.uint8), sums
    rows = np.repeat(np.arange(len(texts)), sums)
    found, column = np.unique(np.concatenate(keys), return_inverse=True)
    cells, times = np.unique(column * len(texts) + rows, return_counts=True)
    columns, rows = np.divmod(cells, len(texts))
    several = np.bincount(columns, minlength=len(found)) > 1
    table = np.zeros((len(texts), int(several.sum())), dtype=np.uint8)
    kept = several[columns]
    table[rows[kept], (np.cumsum(several) - 1)[columns[kept]]] = np.minimum(times[kept], _MOST)
    return table, sums


def _hashed(letters: NDArray[np.uint32], order: int) -> NDArray[np.uint64]:
    """One number for each run of so many letters; that two runs get the same is as likely as 1 in 10^10."""
    count = max(len(letters) - order + 1, 0)
    keys = np.zeros(count, dtype=np.uint64)
    for place in range(order if count else 0):
        keys = keys * _FACTOR + letters[place : place + count]
    return keys
