"""Perplexity against a reckoning by hand."""

from __future__ import annotations

import math

import pytest
import torch

from finetune.evaluate.perplexity import perplexity
from finetune.model.answer_model import plain


def test_equals_the_sum_of_the_answers_log_probabilities(tiny, tokenizer, examples) -> None:
    model = plain(tiny)
    chosen = examples[:5]
    expected, tokens = 0.0, 0
    with torch.inference_mode():
        for example in chosen:
            ids = torch.tensor([example.input_ids])
            scores = model(ids).logits.log_softmax(-1)[0]
            for place in range(example.answer_start, ids.shape[1]):
                expected -= float(scores[place - 1, ids[0, place]])
                tokens += 1
    found = perplexity(model, tokenizer, chosen, batch_size=3)
    assert found.tokens == tokens
    assert found.nll == pytest.approx(expected, rel=1e-4)
    assert found.perplexity == pytest.approx(math.exp(expected / tokens), rel=1e-3)
    assert found.bytes == sum(example.answer_bytes for example in chosen)
    assert found.bits_per_byte == pytest.approx(expected / math.log(2) / found.bytes, rel=1e-4)


def test_nothing_to_measure_is_not_a_number(tiny, tokenizer) -> None:
    found = perplexity(tiny, tokenizer, [])
    assert math.isnan(found.perplexity)
    assert math.isnan(found.bits_per_byte)
