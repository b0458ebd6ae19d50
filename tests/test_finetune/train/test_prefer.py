"""A stage on pairs of answers: it teaches which is preferred, and is dropped where that costs too much."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from finetune.errors import TrainingError
from finetune.evaluate.perplexity import perplexity
from finetune.loop.preference import Pair, accuracy, pair_of, said_of
from finetune.model.answer_model import plain
from finetune.train import prefer as stage
from finetune.train.prefer import prefer
from finetune.training_settings import TrainSettings
from tests.test_finetune.conftest import moment

pytestmark = pytest.mark.integration
torch.set_num_threads(1)


@pytest.fixture
def settings():
    return TrainSettings(minutes=0, max_steps=20, learning_rate=0.02, evaluations=2, bf16=False)


@pytest.fixture
def pairs(tokenizer):
    """Of two replies that this desk might give, the one that ends in a full stop is wanted."""
    made = []
    for number in range(30):
        asked = moment(number)
        wanted, other = (replace(asked, answer=f"Your lamp is here{mark}") for mark in (".", "!"))
        made.append(pair_of(wanted, other.answer, [], tokenizer, max_tokens=96))
    return made


@pytest.mark.parametrize("method", ["full", "lora"])
def test_it_learns_what_is_preferred(tiny, tokenizer, examples, pairs, settings, tmp_path, method, monkeypatch):
    monkeypatch.setattr(stage, "MARGIN", 10.0)
    model = plain(tiny)
    if accuracy(pairs, said_of(model, tokenizer, pairs)) > 0.5:  # there has to be something to learn
        pairs = [Pair(each.prompt, each.rejected, each.chosen) for each in pairs]
    chosen = replace(settings, method=method)
    found = prefer(model, tokenizer, pairs[:22], pairs[22:], examples[40:], chosen, tmp_path)
    assert found.kept
    assert found.accuracy[1] > 0.9 > found.accuracy[0]
    assert found.moved > 0.9
    assert type(found.model).__name__ == "GPT2LMHeadModel"
    assert found.bits_per_byte[1] == pytest.approx(perplexity(found.model, tokenizer, examples[40:]).bits_per_byte)
    assert json.dumps(found.to_json())


def test_where_answers_get_less_likely_it_is_dropped(tiny, tokenizer, examples, pairs, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(stage, "MARGIN", -1.0)  # nothing is good enough
    model = plain(tiny)
    found = prefer(model, tokenizer, pairs[:22], pairs[22:], examples[40:], settings, tmp_path)
    assert not found.kept
    assert found.model is model


def test_what_cannot_be_learnt_is_refused(tiny, tokenizer, examples, pairs, settings, tmp_path):
    with pytest.raises(TrainingError, match="lora or full"):
        prefer(tiny, tokenizer, pairs, pairs, examples, replace(settings, method="prefix"), tmp_path)
    with pytest.raises(TrainingError, match="processes 1"):
        prefer(tiny, tokenizer, pairs, pairs, examples, replace(settings, processes=2), tmp_path)
    with pytest.raises(TrainingError, match="no pairs"):
        prefer(tiny, tokenizer, [], pairs, examples, settings, tmp_path)
