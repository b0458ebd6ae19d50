"""The loss a model is trained by, in fp32 and in bf16."""

from __future__ import annotations

import pytest
import torch

from finetune.examples import collator


def loss_of(model, batch) -> torch.Tensor:
    return model(**batch).loss


def test_in_bf16_loss_and_gradients_are_nearly_those_of_fp32_and_weights_stay_fp32(tiny, tokenizer, examples) -> None:
    batch = collator(tokenizer)([{"input_ids": each.input_ids, "labels": each.labels} for each in examples[:8]])
    exact = loss_of(tiny, batch)
    exact.backward()
    wanted = {name: weight.grad.clone() for name, weight in tiny.named_parameters()}
    tiny.zero_grad()
    tiny.activations = torch.bfloat16
    rounded = loss_of(tiny, batch)
    rounded.backward()
    assert rounded.item() != exact.item()  # it did compute otherwise
    assert rounded.item() == pytest.approx(exact.item(), rel=0.01)
    for name, weight in tiny.named_parameters():
        assert weight.dtype == weight.grad.dtype == torch.float32
        cosine = torch.nn.functional.cosine_similarity(weight.grad.flatten(), wanted[name].flatten(), dim=0)
        assert cosine > 0.98, name
