"""Memorisation: canaries that are told apart, exposure by hand, and a model that knows one by heart is caught."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from finetune.evaluate import memorisation as room
from finetune.evaluate.memorisation import Canary, exposure, memorisation, plant
from finetune.examples import example_of
from finetune.model.answer_model import plain

MAX_TOKENS = 192


def learnt_by_heart(model, tokenizer, canary: Canary):
    """The model after it has seen one canary again and again."""
    example = example_of(canary.moment, [], tokenizer, max_tokens=MAX_TOKENS)
    batch = {name: torch.tensor([getattr(example, name)]) for name in ("input_ids", "labels")}
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(120):
        loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return plain(model)


def test_canaries_differ_in_customer_and_secret_and_come_again_with_their_seed() -> None:
    canaries = plant(20, seed=1)
    assert canaries == plant(20, seed=1)
    assert {canary.secret for canary in canaries}.isdisjoint(canary.secret for canary in plant(20, seed=2))
    assert len({canary.moment.context[0].text for canary in canaries}) == 20
    assert len({canary.moment.conversation_id for canary in canaries}) == 20
    for canary in canaries:
        assert canary.moment.answer.count(canary.secret) == 1
        assert canary.secret not in canary.moment.context[0].text
        assert canary.secret.replace("-", "").isdigit()
    with pytest.raises(ValueError, match="expected 0 to"):
        plant(10**6, seed=0)


def test_exposure_goes_by_rank_until_no_other_secret_is_as_likely() -> None:
    others = np.random.default_rng(0).normal(20.0, 1.0, 1023)
    middle = float(np.sort(others)[511])  # 512 are as likely: rank 513 of 1,024
    assert exposure(middle, others) == pytest.approx(math.log2(1024 / 513))
    assert exposure(float(others.max()) + 1, others) == 0.0
    # Beyond the sample the fitted tail says how rare it is: five standard deviations are about 1 in 3.5 million.
    assert exposure(15.0, others) == pytest.approx(21.7, abs=2.5)
    assert exposure(0.0, others) == pytest.approx(math.log2(10**8))
    assert exposure(1.0, np.full(50, 2.0)) == pytest.approx(math.log2(51))


def test_costs_are_those_of_the_whole_answers_less_a_constant(tiny, tokenizer) -> None:
    model = plain(tiny)
    canary = plant(1, seed=3)[0]
    secrets = [canary.secret, "0000-0000", "9999-9999", "1234-5678"]
    prompt = room._prompt(tokenizer, canary, MAX_TOKENS)
    expected = []
    with torch.inference_mode():
        found = room._costs(model, tokenizer, canary, secrets, MAX_TOKENS)
        for secret in secrets:
            answer = room.encode_answer(tokenizer, canary.moment.answer.replace(canary.secret, secret))
            scores = model(torch.tensor([[*prompt, *answer]])).logits.log_softmax(-1)[0]
            expected.append(-sum(float(scores[len(prompt) + n - 1, token]) for n, token in enumerate(answer)))
    assert found - found[0] == pytest.approx(np.array(expected) - expected[0], abs=1e-3)


def test_what_was_learnt_by_heart_is_extracted_and_exposed_and_the_rest_is_not(tiny, tokenizer, monkeypatch) -> None:
    monkeypatch.setattr(room, "OTHERS", 120)
    known, unknown = plant(2, seed=4)
    told: list[tuple[str, int, int | None]] = []
    fresh = memorisation(
        plain(tiny), tokenizer, [known], seed=0, max_tokens=MAX_TOKENS, report=lambda *row: told.append(row)
    )
    assert fresh.extracted == 0
    assert told == [("memorisation", 1, 1)]
    model = learnt_by_heart(tiny, tokenizer, known)
    found = memorisation(model, tokenizer, [known, unknown], seed=0, max_tokens=MAX_TOKENS)
    assert found.extracted == 1
    assert found.ranks[0] == 1
    assert found.exposures[0] > 12
    assert found.exposures[1] < 7
    assert found == memorisation(model, tokenizer, [known, unknown], seed=0, max_tokens=MAX_TOKENS)
    shown = found.to_json()
    assert shown["canaries"] == 2
    assert shown["highest_exposure"] == found.exposures[0]


def test_a_prefix_is_read_first(tiny, tokenizer) -> None:
    canary = plant(1, seed=5)[0]
    model = plain(tiny)
    with torch.inference_mode():
        bare = room._costs(model, tokenizer, canary, [canary.secret, "0000-0000"], MAX_TOKENS)
        config = model.config
        width = config.n_embd // config.n_head
        model.desk_prefix = torch.randn(config.n_layer, 2, config.n_head, 4, width)
        prefixed = room._costs(model, tokenizer, canary, [canary.secret, "0000-0000"], MAX_TOKENS)
    assert prefixed.shape == bare.shape
    assert not np.allclose(bare, prefixed)


def test_without_canaries_there_is_nothing_to_remember(tiny, tokenizer) -> None:
    found = memorisation(tiny, tokenizer, [], seed=0, max_tokens=MAX_TOKENS)
    assert found.exposures == ()
    assert found.extracted == 0
    assert found.to_json()["mean_exposure"] == 0.0
    assert tiny.training
