"""How like replies are in their letters: chrF (Popovic 2015) of each by each other, precision and recall alike."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ORDERS = range(1, 7)
"""Lengths of the runs of letters that are counted, as in chrF."""
_MOST = np.iinfo(np.uint8).max


def likeness(texts: Sequence[str]) -> NDArray[np.float64]:
    """The likeness of all pairs, 0 to 1, shape (texts, texts); runs of letters longer than a text are left out.

    With precision and recall alike (F1): chrF's own weight on recall would favour the longer of two replies.
    """
    several = len(texts)
    precision, counted = np.zeros((several, several)), np.zeros((several, several))
    for order in ORDERS:
        runs = _runs(texts, order)
        sums = runs.sum(axis=1, dtype=np.int64)
        shared = np.stack([np.minimum(runs, row).sum(axis=1, dtype=np.int64) for row in runs]) if several else counted
        precision += shared / np.maximum(sums, 1)[:, None]
        counted += (sums[:, None] > 0) & (sums[None] > 0)
    precision /= np.maximum(counted, 1)
    both = precision + precision.T  # what is one text's precision is the other's recall
    return np.asarray(np.divide(2 * precision * precision.T, both, out=np.zeros_like(both), where=both > 0))


def _runs(texts: Sequence[str], order: int) -> NDArray[np.uint8]:
    """How often each run of so many letters stands in each text, white space aside; shape (texts, runs)."""
    letters = ["".join(text.split()) for text in texts]
    counts = [Counter(text[place : place + order] for place in range(len(text) - order + 1)) for text in letters]
    columns = {run: place for place, run in enumerate(dict.fromkeys(run for count in counts for run in count))}
    table = np.zeros((len(texts), len(columns)), dtype=np.uint8)
    for row, count in zip(table, counts, strict=True):
        for run, times in count.items():
            row[columns[run]] = min(times, _MOST)
    return table
