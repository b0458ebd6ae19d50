"""What a step makes smaller: smoothing, agreement of two passes, and what teachers say."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.nn import functional

from finetune.examples import collator
from finetune.loop.distillation import distance, symmetric_distance, told_by
from finetune.loop.objective import Objective
from finetune.prompt import IGNORED
from finetune.train.methods import with_dropout

torch.set_num_threads(1)


@pytest.fixture
def batch(examples, tokenizer):
    rows = [{"input_ids": row.input_ids, "labels": row.labels} for row in examples[:3]]
    return collator(tokenizer)(rows)


def of_labelled(model, batch):
    """Logits of everything, those of labelled positions, and their targets."""
    logits = model(input_ids=batch["input_ids"]).logits[:, :-1]
    targets = batch["labels"][:, 1:]
    return logits[targets != IGNORED], targets[targets != IGNORED]


def test_smoothing_is_the_librarys_on_labelled_positions(tiny, batch) -> None:
    tiny.eval()
    logits, targets = of_labelled(tiny, batch)
    found = Objective(label_smoothing=0.1)(tiny, **batch)["loss"]
    assert found.item() == pytest.approx(
        functional.cross_entropy(logits, targets, label_smoothing=0.1).item(), rel=1e-5
    )
    assert found.item() != pytest.approx(tiny(**batch).loss.item(), rel=1e-4)


def test_it_is_divided_by_the_whole_step(tiny, batch) -> None:
    objective = Objective(label_smoothing=0.1)
    count = int((batch["labels"][:, 1:] != IGNORED).sum())
    assert objective(tiny, **batch)["loss"].item() == pytest.approx(
        2 * objective(tiny, num_items_in_batch=torch.tensor(2 * count), **batch)["loss"].item()
    )


def test_r_drop_without_dropout_is_the_plain_loss_and_with_it_is_more(tiny, batch) -> None:
    tiny.train()
    plain = tiny(**batch).loss.item()
    assert Objective(r_drop=5.0)(tiny, **batch)["loss"].item() == pytest.approx(plain, rel=1e-5)
    with_dropout(tiny, 0.3)
    torch.manual_seed(1)
    without = Objective(r_drop=1e-9)(tiny, **batch)["loss"].item()
    torch.manual_seed(1)
    assert Objective(r_drop=5.0)(tiny, **batch)["loss"].item() > without + 1e-4


def test_symmetric_distance_is_the_sum_of_both_ways() -> None:
    first, second = torch.randn(2, 5, 7).unbind()
    one, other = first.softmax(-1), second.softmax(-1)
    by_hand = (one * (one / other).log()).sum() + (other * (other / one).log()).sum()
    assert symmetric_distance(first, second).item() == pytest.approx(by_hand.item(), rel=1e-4)


def test_teachers_are_averaged_in_probability(tiny, batch) -> None:
    other = copy.deepcopy(tiny)
    with torch.no_grad():
        for weight in other.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    told = told_by([tiny.eval(), other.eval()], batch)
    wanted = (of_labelled(tiny, batch)[0].softmax(-1) + of_labelled(other, batch)[0].softmax(-1)) / 2
    assert torch.allclose(told.exp(), wanted, atol=1e-5)
    assert not told.requires_grad
    alone = told_by([tiny], batch)
    logits = of_labelled(tiny, batch)[0]
    for temperature in (1.0, 2.0):
        same = told_by([tiny], batch, temperature=temperature)
        assert distance(logits, same, temperature=temperature).item() == pytest.approx(0.0, abs=1e-4)
    assert distance(of_labelled(other, batch)[0], alone).item() > 0.1
    taught = Objective(teachers=(tiny,), teaching=1.0)(tiny, **batch)["loss"]
    assert taught.item() == pytest.approx(0.0, abs=1e-4)
