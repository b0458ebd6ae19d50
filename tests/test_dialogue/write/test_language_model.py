"""The voice over a tiny random GPT-2: gains against their definition, and every size of dialogue."""

from __future__ import annotations

import itertools

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from chatbot.dialogue.write.language_model import Voice
from chatbot.engine.client import inline
from chatbot.engine.runners.torch_runner import TorchRunner
from finetune.prompt import encode_answer, encode_prompt


@pytest.fixture(scope="module")
def voice(tokenizer):
    torch.manual_seed(1)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=256, n_embd=32, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
    )
    return Voice(inline(TorchRunner(GPT2LMHeadModel(config), name="tiny")), tokenizer, answer_tokens=40)


def test_gains_are_log_likelihood_ratios_a_token(voice, tokenizer, ask):
    turns = ask("c: how long do refunds take")
    text = "About five days."
    ids = encode_answer(tokenizer, text)
    generator = voice._generator
    here = generator.score(encode_prompt(tokenizer, turns, (), max_tokens=216), [ids])[0]
    anywhere = generator.score(encode_prompt(tokenizer, (), (), max_tokens=216), [ids])[0]
    gains = voice.gains(turns, [text, "", "Other words entirely, and many more of them than fit into forty tokens."])
    assert gains[0] == pytest.approx((here - anywhere) / len(ids), abs=1e-4)
    assert gains[1] == 0.0
    assert len(gains) == 3


def test_an_empty_dialogue_gains_nothing(voice):
    assert voice.gains((), ["About five days."]) == pytest.approx([0.0], abs=1e-5)


def test_long_dialogues_and_evidence_fit(voice, ask):
    turns = ask(*[f"{'ca'[n % 2]}: {'words ' * 300}{n}" for n in range(20)], "c: and now?")
    assert len(voice.gains(turns, ["x" * 5000])) == 1
    texts = list(voice.write(turns, ["evidence " * 500] * 3))
    assert all(len(later) >= len(earlier) for earlier, later in itertools.pairwise(texts))


def test_name(voice):
    assert voice.name == "tiny"
