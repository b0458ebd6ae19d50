"""A batch is learnt again where its loss is higher, and the model is left as it was."""

from __future__ import annotations

import pytest
import torch

from finetune.examples import collator
from finetune.loop.adversary import EmbeddingAdversary, worst_shift

torch.set_num_threads(1)


@pytest.fixture
def batch(examples, tokenizer):
    return collator(tokenizer)([{"input_ids": row.input_ids, "labels": row.labels} for row in examples[:3]])


@pytest.mark.parametrize("frozen", [False, True])
def test_the_shifted_batch_is_harder_and_the_next_one_is_not_shifted(tiny, batch, frozen) -> None:
    tiny.eval()
    embeddings = tiny.get_input_embeddings()
    embeddings.weight.requires_grad_(not frozen)
    before = embeddings.weight.detach().clone()
    plain = tiny(**batch).loss.item()
    adversary = EmbeddingAdversary(embeddings, 0.05)
    with adversary.listening():
        loss = tiny(**batch).loss
        loss.backward()
    with adversary.shifting():
        harder = tiny(**batch).loss
        harder.backward()
    assert loss.item() == pytest.approx(plain)
    assert harder.item() > plain + 1e-3
    assert tiny(**batch).loss.item() == pytest.approx(plain)
    assert torch.equal(embeddings.weight, before)
    assert tiny.transformer.h[0].mlp.c_fc.weight.grad.abs().sum() > 0


def test_the_shift_is_a_share_of_each_example() -> None:
    embeddings, gradient = torch.randn(2, 4, 5, 6).unbind()
    gradient[0] = 0.0
    shift = worst_shift(embeddings, gradient, 0.1)
    assert shift[0].norm().item() == 0.0
    for row in (1, 2, 3):
        assert shift[row].norm().item() == pytest.approx(0.1 * embeddings[row].norm().item(), rel=1e-4)
        cosine = torch.cosine_similarity(shift[row].flatten(), gradient[row].flatten(), dim=0)
        assert cosine.item() == pytest.approx(1.0, abs=1e-4)
