"""Which examples share a batch: neighbours in length, as many as make batches of about equally many tokens.

A batch costs as much as its longest example times its number of rows. Neighbours in length leave almost no padding, and
equal token counts keep memory, steps and the shares of several processes even. Knows lengths; refuses to know models.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BUCKET = 64  # batches that are sorted together: large enough for neighbours, small enough to mix anew each epoch


class LengthBatches(torch.utils.data.Sampler[list[int]]):
    """Batches of one epoch, as lists of places, in random order; each place once, repeated only to fill a tiny set.

    ``lengths`` are tokens by place; ``batch_size`` is how many examples a batch holds on average; there are always a
    multiple of ``multiple`` batches (processes times accumulated batches), so that every step is a whole one.
    """

    def __init__(self, lengths: Sequence[int], *, batch_size: int, multiple: int = 1, seed: int = 0) -> None:
        self._lengths = np.asarray(lengths, dtype=np.int64)
        self._seed = seed
        self._epoch = 0
        self._count = multiple * steps_of_epoch(len(lengths), batch_size * multiple)

    def set_epoch(self, epoch: int) -> None:
        """Choose the shuffle: the same epoch of the same seed gives the same batches."""
        self._epoch = epoch

    @property
    def tokens(self) -> int:
        """Tokens of one epoch, padding not counted."""
        repeats, rest = divmod(max(self._count, len(self._lengths)), len(self._lengths))
        return int(repeats * self._lengths.sum() + self._lengths[:rest].sum())

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[list[int]]:
        rng = np.random.default_rng((self._seed, self._epoch))
        order = rng.permutation(len(self._lengths))
        buckets = max(1, self._count // _BUCKET)
        batches: list[list[int]] = []
        for places, share in zip(
            np.array_split(order, buckets), np.array_split(np.arange(self._count), buckets), strict=True
        ):
            batches.extend(even_batches(places.tolist(), self._lengths[places].tolist(), len(share)))
        for number in rng.permutation(len(batches)):
            yield batches[number]


def steps_of_epoch(examples: int, examples_a_step: int) -> int:
    """Steps it takes to see so many examples once."""
    return max(1, math.ceil(examples / examples_a_step))


def even_batches(places: Sequence[int], lengths: Sequence[int], count: int) -> list[list[int]]:
    """Divide ``places`` into ``count`` batches of neighbours in length, of about equally many tokens, none empty.

    Fewer places than batches are repeated in turn.
    """
    chosen = [number % len(places) for number in range(max(len(places), count))]
    chosen.sort(key=lambda number: lengths[number], reverse=True)
    left = sum(lengths[number] for number in chosen)
    batches: list[list[int]] = []
    start = 0
    for missing in range(count, 0, -1):
        target = left / missing
        most = len(chosen) - (missing - 1)  # one for each batch to come
        end, tokens = start + 1, lengths[chosen[start]]
        while end < most and (missing == 1 or tokens + lengths[chosen[end]] / 2 <= target):
            tokens += lengths[chosen[end]]
            end += 1
        batches.append([places[number] for number in chosen[start:end]])
        start, left = end, left - tokens
    return batches
