"""The reply model over a tiny random GPT-2: gains against their definition, and every size of dialogue."""

from __future__ import annotations

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from chatbot.dialogue.write.language_model import ReplyModel
from chatbot.engine.client import inline
from chatbot.engine.runners.numpy_runner import NumpyRunner
from finetune.model.weights import Weights
from finetune.prompt import encode_answer, encode_prompt


@pytest.fixture(scope="module")
def reply_model(tokenizer):
    torch.manual_seed(1)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=256, n_embd=32, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
    )
    return ReplyModel(
        inline(NumpyRunner(Weights.of(GPT2LMHeadModel(config)), name="tiny")), tokenizer, answer_tokens=40
    )


def test_gains_are_log_likelihood_ratios_a_token(reply_model, tokenizer, ask):
    turns = ask("c: how long do refunds take")
    text = "About five days."
    ids = encode_answer(tokenizer, text)
    generator = reply_model._generator
    here = generator.score(encode_prompt(tokenizer, turns, (), max_tokens=216), [ids])[0]
    anywhere = generator.score(encode_prompt(tokenizer, (), (), max_tokens=216), [ids])[0]
    gains = reply_model.pmi(
        turns, [text, "", "Other words entirely, and many more of them than fit into forty tokens."]
    )
    assert gains[0] == pytest.approx((here - anywhere) / len(ids), abs=1e-4)
    assert gains[1] == 0.0
    assert len(gains) == 3


def test_an_empty_dialogue_gains_nothing(reply_model):
    assert reply_model.pmi((), ["About five days."]) == pytest.approx([0.0], abs=1e-5)


def test_long_dialogues_and_evidence_fit(reply_model, ask):
    turns = ask(*[f"{'ca'[n % 2]}: {'words ' * 300}{n}" for n in range(20)], "c: and now?")
    assert len(reply_model.pmi(turns, ["x" * 5000])) == 1
    texts = [each.text for each in reply_model.samples(turns, ["evidence " * 500] * 3, facts=None, count=3)]
    assert 0 < len(texts) == len(set(texts)) <= 3


def test_name(reply_model):
    assert reply_model.name == "tiny"


def test_of_no_texts_the_model_is_not_asked(script, ask, monkeypatch):
    reply_model = script("")
    monkeypatch.setattr(reply_model.script, "score", None)
    assert reply_model.likelihoods(ask("c: hello"), []) == []
