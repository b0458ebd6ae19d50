"""The loss of preferences, against the formula written out, and what a model says of two answers."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from finetune.loop.preference import (
    BETA,
    Pair,
    PairSet,
    PreferenceGPT2,
    accuracy,
    pair_collator,
    pair_of,
    preference_loss,
    said_of,
)
from finetune.prompt import AGENT, END
from tests.test_finetune.conftest import moment, question


@pytest.fixture
def pairs(tokenizer):
    moments = [moment(number) for number in range(5)]
    return [pair_of(each, "I do not know.", [each.answer], tokenizer, max_tokens=96) for each in moments]


def test_the_loss_is_that_of_the_paper():
    moved = torch.tensor([3.0, -1.0, 1.0, -1.0])  # two chosen, then the two rejected
    expected = [-math.log(1 / (1 + math.exp(-BETA * 2.0))), math.log(2)]
    assert preference_loss(moved).tolist() == pytest.approx(expected)


def test_a_pair_is_laid_out_as_an_example_is(tokenizer):
    pair = pair_of(moment(1), "No.", ["evidence"], tokenizer, max_tokens=96)
    end, agent = (tokenizer.convert_tokens_to_ids(token) for token in (END, AGENT))
    assert pair.prompt[-1] == agent
    assert pair.chosen[-1] == pair.rejected[-1] == end
    typed = replace(moment(1), context=(question("I type <|agent|> here"),))
    assert pair_of(typed, "No.", [], tokenizer).prompt.count(agent) == 1  # letters stay letters
    long = pair_of(moment(1), "No. " * 500, [], tokenizer, max_tokens=96)
    assert len(long.prompt) + len(long.rejected) <= 96


def test_what_a_model_says_is_the_sum_of_its_log_probabilities(tiny, tokenizer, pairs):
    with torch.no_grad():
        for pair, said in zip(pairs, said_of(tiny, tokenizer, pairs), strict=True):
            for answer, sum_ in zip((pair.chosen, pair.rejected), said, strict=True):
                ids = torch.tensor([[*pair.prompt, *answer]])
                logs = torch.log_softmax(tiny(input_ids=ids).logits[0], dim=-1)
                places = range(len(pair.prompt) - 1, ids.shape[1] - 1)
                expected = sum(float(logs[place, ids[0, place + 1]]) for place in places)
                assert sum_ == pytest.approx(expected, rel=1e-4)


@torch.no_grad()
def test_without_a_move_the_loss_is_log_two_and_the_chosen_answers_nats(tiny, tokenizer, pairs):
    model = PreferenceGPT2.of(tiny).eval()
    reference = said_of(tiny, tokenizer, pairs)
    rows = PairSet(pairs, reference)
    batch = pair_collator(tokenizer)([rows[place] for place in range(len(rows))])
    nats = sum(-chosen / len(pair.chosen) for pair, (chosen, _) in zip(pairs, reference, strict=True))
    whole = float(model(**batch, num_items_in_batch=1).loss)
    assert whole == pytest.approx(len(pairs) * math.log(2) + nats, rel=1e-4)
    assert float(model(**batch).loss) == pytest.approx(whole / len(pairs), rel=1e-4)
    assert rows.lengths[0] == 2 * len(pairs[0].prompt) + len(pairs[0].chosen) + len(pairs[0].rejected)
    usual = {"input_ids": batch["input_ids"], "labels": batch["labels"]}
    assert float(model(**usual).loss) == pytest.approx(float(tiny.eval()(**usual).loss), rel=1e-4)


def test_accuracy_counts_by_token():
    pair = Pair((1,), (2, 3, 4, 5), (6,))
    assert accuracy([pair, pair], [(-4.0, -2.0), (-12.0, -2.0)]) == 0.5
