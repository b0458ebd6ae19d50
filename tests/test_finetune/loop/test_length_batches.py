"""Batches: every example once an epoch, little padding, as many batches as were promised."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from finetune.loop.length_batches import LengthBatches, even_batches, steps_of_epoch


@given(
    lengths=st.lists(st.integers(1, 1024), min_size=1, max_size=300),
    batch_size=st.integers(1, 9),
    multiple=st.integers(1, 6),
)
def test_each_example_once_in_whole_steps(lengths, batch_size, multiple) -> None:
    batches = LengthBatches(lengths, batch_size=batch_size, multiple=multiple, seed=1)
    drawn = list(batches)
    assert len(drawn) == len(batches) == multiple * steps_of_epoch(len(lengths), batch_size * multiple)
    assert all(drawn)
    places = sorted(place for batch in drawn for place in batch)
    if len(lengths) >= 2 * len(batches):
        assert places == list(range(len(lengths)))
        assert batches.tokens == sum(lengths)
    assert set(places) == set(range(len(lengths)))


def test_little_padding_and_even_tokens() -> None:
    rng = random.Random(0)
    lengths = [int(20 + 492 * rng.betavariate(1, 3)) for _ in range(3000)]
    drawn = list(LengthBatches(lengths, batch_size=8, multiple=2, seed=0))
    padded = [len(batch) * max(lengths[place] for place in batch) for batch in drawn]
    assert sum(lengths) / sum(padded) > 0.95
    assert max(padded) < 1.5 * sum(padded) / len(padded)


def test_an_epoch_is_reproducible_and_the_next_is_another() -> None:
    lengths = [number % 37 + 1 for number in range(200)]
    first, same = (LengthBatches(lengths, batch_size=4, seed=5) for _ in range(2))
    same.set_epoch(3)
    same.set_epoch(0)
    assert list(first) == list(same)
    first.set_epoch(1)
    assert list(first) != list(same)


def test_a_long_one_leaves_room_for_the_others() -> None:
    assert even_batches([10, 11, 12, 13], [1, 1000, 2, 3], 3) == [[11], [13], [12, 10]]
    assert even_batches([7], [5], 3) == [[7], [7], [7]]
