"""Sparsity: the smallest weights are nought, in the share or pattern asked for, and training leaves them there."""

from __future__ import annotations

import pytest
import torch

from finetune.compress.sparse import keep_noughts, matrices, set_to_nought, set_to_nought_of
from finetune.errors import TrainingError
from finetune.examples import collator


def test_the_smallest_share_of_each_matrix_goes(tiny) -> None:
    before = [weight.clone() for weight in matrices(tiny)]
    embedding = tiny.transformer.wte.weight.clone()
    set_to_nought(tiny, 0.5)
    for old, new in zip(before, matrices(tiny), strict=True):
        gone = new == 0
        assert int(gone.sum()) == new.numel() // 2
        assert old[gone].abs().max() <= old[~gone].abs().min()
        assert torch.equal(new[~gone], old[~gone])
    assert torch.equal(tiny.transformer.wte.weight, embedding)


def test_two_of_every_four_that_an_output_reads(tiny) -> None:
    set_to_nought_of(tiny, 2, 4)
    for weight in matrices(tiny):
        kept = (weight != 0).T.reshape(weight.shape[1], -1, 4).sum(dim=2)
        assert (kept == 2).all()
    held = [weight == 0 for weight in matrices(tiny)]
    set_to_nought(tiny, 0.5)  # the same ones
    assert all(torch.equal(weight == 0, gone) for weight, gone in zip(matrices(tiny), held, strict=True))


def test_training_moves_the_others_only(tiny, tokenizer, examples) -> None:
    set_to_nought(tiny, 0.7)
    keep_noughts(tiny)
    before = [weight.clone() for weight in matrices(tiny)]
    rows = [{"input_ids": row.input_ids, "labels": row.labels} for row in examples[:4]]
    optimizer = torch.optim.AdamW(tiny.parameters(), lr=1e-2)
    for _ in range(3):
        tiny(**collator(tokenizer)(rows)).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    for old, new in zip(before, matrices(tiny), strict=True):
        assert not new[old == 0].any()
        assert (new != old)[old != 0].all()


def test_what_cannot_be_is_told(tiny) -> None:
    with pytest.raises(TrainingError, match="below 1"):
        set_to_nought(tiny, 1.0)
    with pytest.raises(TrainingError, match="3 of 5"):
        set_to_nought_of(tiny, 3, 5)
