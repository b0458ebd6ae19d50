"""What only the pages of the OpenVINO runner can get wrong, and the real base against torch, token for token."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from chatbot.engine.runners.numpy_runner import NumpyRunner
from chatbot.engine.runners.openvino_runner import OpenVinoRunner, bfloat16_bits
from chatbot.engine.runners.runner import Piece
from finetune.compress.int8 import quantised
from finetune.model.loading import load_tokenizer
from finetune.model.weights import BASE_FOLDER, Weights
from finetune.prompt import encode_answer
from retrieval.encoder.openvino import computes_bf16

HAS_BF16 = pytest.mark.skipif(not computes_bf16(), reason="this processor has no bfloat16")
TOLERANCE = 2e-3
BF16_TOLERANCE = 0.25
"""Two steps of bfloat16 where logits are largest (16 to 32). A product of many rows is added up in another order."""
TEXT = (
    "Open the settings, choose your account and press Reset password. A link is sent to your address; it is valid for "
    "one hour. If nothing arrives, look into the folder for unwanted mail, and see whether the address in your profile "
    "is still the one that you read. You can return what you bought within 30 days. Once the parcel has arrived, the "
    "refund takes about five working days, and we write to you when it is on its way."
)
INT8_DIVERGENCE = 0.002
"""Nats of Kullback-Leibler divergence, mean over a text's positions, that 8 bits and bfloat16 may cost our base."""


@pytest.fixture(scope="module")
def long_model():
    """Several pages of 32 tokens long."""
    torch.manual_seed(4)
    config = GPT2Config(vocab_size=97, n_positions=200, n_embd=32, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=1)
    model = GPT2LMHeadModel(config).eval()
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.4)
    return model


@pytest.fixture(scope="module")
def base():
    return GPT2LMHeadModel.from_pretrained(BASE_FOLDER, dtype=torch.float32, local_files_only=True).eval()


def naive(model, ids):
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0].numpy()


def divergence(expected, found):
    """Nats, mean over the rows of logits."""
    one, other = (torch.log_softmax(torch.tensor(logits), dim=-1) for logits in (expected, found))
    return float((one.exp() * (one - other)).sum(dim=-1).mean())


def greedy(runner, prompts, count):
    """Continue all prompts together, each step one piece a sequence."""
    slots = [runner.start() for _ in prompts]
    following, written = [list(prompt) for prompt in prompts], [[] for _ in prompts]
    for _ in range(count):
        pieces = [Piece(slot, ids) for slot, ids in zip(slots, following, strict=True)]
        following = [[int(logits[-1].argmax())] for logits in runner.forward(pieces)]
        for row, ids in zip(written, following, strict=True):
            row.extend(ids)
    for slot in slots:
        runner.release(slot)
    return written


def test_random_forks_cuts_and_releases_never_mix_pages(long_model):
    """Random work on many sequences; each must always say what transformers says of its own ids."""
    rng = np.random.default_rng(7)
    runner = OpenVinoRunner(Weights.of(long_model))
    held: dict[int, list[int]] = {}
    for _ in range(120):
        action = rng.choice(["start", "grow", "grow", "grow", "fork", "cut", "release"])
        slot = int(rng.choice(list(held))) if held else None
        if slot is None or action == "start":
            held[runner.start()] = []
        elif action == "fork":
            length = int(rng.integers(0, len(held[slot]) + 1))
            held[runner.fork(slot, length)] = held[slot][:length]
        elif action == "cut":
            length = int(rng.integers(0, len(held[slot]) + 1))
            runner.truncate(slot, length)
            held[slot] = held[slot][:length]
        elif action == "release":
            runner.release(slot)
            del held[slot]
        else:
            chosen = [n for n in held if len(held[n]) < 140 and rng.random() < 0.7]
            new = {n: rng.integers(2, 97, int(rng.integers(1, 50))).tolist() for n in chosen}
            if not new:
                continue
            for n, logits in zip(new, runner.forward([Piece(n, ids) for n, ids in new.items()]), strict=True):
                held[n] = held[n] + new[n]
                np.testing.assert_allclose(logits[0], naive(long_model, held[n])[-1], atol=TOLERANCE)
    for slot in held:
        runner.release(slot)
    assert runner._pages.in_use == 0


def test_a_prefix_over_a_page_and_a_half(long_model):
    torch.manual_seed(5)
    long_model.desk_prefix = torch.randn(2, 2, 2, 48, 16)
    try:
        runners = NumpyRunner(Weights.of(long_model)), OpenVinoRunner(Weights.of(long_model))
        prompts = [list(range(2, 40)), list(range(50, 53))]
        assert greedy(runners[0], prompts, 20) == greedy(runners[1], prompts, 20)
    finally:
        long_model.desk_prefix = None


@pytest.mark.integration
def test_greedy_text_of_the_base_is_that_of_torch(base):
    rng = np.random.default_rng(1)
    prompts = [rng.integers(10, 8000, length).tolist() for length in (3, 100, 37)]
    assert greedy(OpenVinoRunner(Weights.of(base)), prompts, 32) == greedy(NumpyRunner(Weights.of(base)), prompts, 32)


@pytest.mark.integration
@pytest.mark.parametrize("bf16", [False, pytest.param(True, marks=HAS_BF16)])
def test_eight_bits_stay_near_and_depend_on_nobody(base, bf16):
    ids = encode_answer(load_tokenizer(), TEXT)
    rows = [ids[length % 7 :][:length] for length in (60, 9, 17, 33, 64, 65, 2, 40)]
    assert list(map(len, rows)) == [60, 9, 17, 33, 64, 65, 2, 40]
    runner = OpenVinoRunner(Weights.of(base), rounded=quantised(Weights.of(base)), bf16=bf16)
    assert ("bfloat16" in runner.runtime) == bf16
    alone = [runner.forward([Piece(runner.start(), row, len(row))])[0] for row in rows]
    beside = runner.forward([Piece(runner.start(), row, len(row)) for row in rows])
    for one, other, row in zip(alone, beside, rows, strict=True):
        np.testing.assert_allclose(one, other, atol=BF16_TOLERANCE if bf16 else TOLERANCE)
        assert divergence(one, other) < INT8_DIVERGENCE
        assert divergence(naive(base, row), other) < INT8_DIVERGENCE
        if not bf16:
            assert one[-1].argmax() == other[-1].argmax()


@HAS_BF16
def test_bfloat16_pages_hold_a_prefix_and_are_forked_and_cut(long_model):
    torch.manual_seed(5)
    long_model.desk_prefix = torch.randn(2, 2, 2, 48, 16)
    try:
        runner, reference = OpenVinoRunner(Weights.of(long_model), bf16=True), NumpyRunner(Weights.of(long_model))
        assert runner.token_bytes * 2 == OpenVinoRunner(Weights.of(long_model)).token_bytes
        expected = _after_a_fork_and_a_cut(reference)
        found = _after_a_fork_and_a_cut(runner)
        assert (expected.argmax(axis=1) == found.argmax(axis=1)).mean() > 0.9
    finally:
        long_model.desk_prefix = None


def _after_a_fork_and_a_cut(runner):
    slot = runner.start()
    runner.forward([Piece(slot, list(range(2, 72)))])
    twig = runner.fork(slot, 40)
    runner.truncate(slot, 33)
    return np.concatenate(runner.forward([Piece(twig, list(range(5, 35)), 30), Piece(slot, list(range(9, 39)), 30)]))


def test_bfloat16_is_rounded_as_torch_rounds():
    values = np.random.default_rng(3).standard_normal(1000).astype(np.float32)
    expected = torch.from_numpy(values).bfloat16().view(torch.int16).numpy().view(np.uint16)
    assert (bfloat16_bits(values) == expected).all()
