"""What computes a model: the fast runtime where it agrees, numpy where it is missing, cannot or disagrees."""

from __future__ import annotations

import sys

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from chatbot.engine.runners import openvino_runner
from chatbot.engine.runners.choose import choose_runner
from finetune.compress.int8 import Rounded, quantised
from finetune.model.weights import Weights
from retrieval.encoder import openvino
from retrieval.encoder.openvino import computes_bf16

FLOATS = "bfloat16" if computes_bf16() else "float32"


def test_eight_bits_where_they_agree(model):
    chosen = choose_runner(Weights.of(model), name="tiny", rounded=quantised(Weights.of(model)))
    assert chosen.slower is None
    assert chosen.sentence() == f"Computed by openvino, {FLOATS}, 8-bit weights."


def test_without_them_fp32(model):
    chosen = choose_runner(Weights.of(model), name="tiny")
    assert chosen.runner.runtime == f"openvino, {FLOATS}"
    assert chosen.divergence < (1e-2 if computes_bf16() else 1e-5)


def test_bfloat16_that_says_something_else_is_left_for_fp32(model, monkeypatch):
    """On any processor: the runner is made to say something else where it is asked for bfloat16."""
    made = openvino_runner.OpenVinoRunner

    class Wrong(made):
        def __init__(self, model, *, bf16=False, **rest):
            super().__init__(model, bf16=False, **rest)
            self.wrong = bf16

        def _infer(self, inputs):
            return np.roll(super()._infer(inputs), 1, axis=1) if self.wrong else super()._infer(inputs)

    monkeypatch.setattr(openvino_runner, "OpenVinoRunner", Wrong)
    monkeypatch.setattr(openvino, "computes_bf16", lambda: True)
    chosen = choose_runner(Weights.of(model), name="tiny", rounded=quantised(Weights.of(model)))
    assert chosen.runner.runtime == "openvino, float32, 8-bit weights"
    assert chosen.slower is not None
    assert "says something else than numpy" in chosen.slower


def test_rounded_weights_of_another_model_are_not_served(model):
    wrong = {
        name: Rounded(matrix.numbers[::-1].copy(), matrix.scales)
        for name, matrix in quantised(Weights.of(model)).items()
    }
    chosen = choose_runner(Weights.of(model), name="tiny", rounded=wrong)
    assert chosen.runner.runtime == f"openvino, {FLOATS}"
    assert chosen.slower is not None
    assert "says something else than numpy" in chosen.slower


def test_numpy_where_openvino_is_not_installed(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    chosen = choose_runner(Weights.of(model), name="tiny")
    assert chosen.runner.runtime == "numpy, float32"
    assert chosen.sentence().startswith("Computed by numpy, float32. Slower than it could be: OpenVINO cannot be used")


def test_numpy_where_the_runtime_is_wrong(model, monkeypatch):
    infer = openvino_runner.OpenVinoRunner._infer
    monkeypatch.setattr(
        openvino_runner.OpenVinoRunner, "_infer", lambda self, inputs: np.roll(infer(self, inputs), 1, axis=1)
    )
    chosen = choose_runner(Weights.of(model), name="tiny", rounded=quantised(Weights.of(model)))
    assert chosen.runner.runtime == "numpy, float32"


def test_a_model_shorter_than_the_probe():
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=97, n_positions=40, n_embd=32, n_layer=1, n_head=2)
    assert choose_runner(Weights.of(GPT2LMHeadModel(config).eval())).runner.runtime == f"openvino, {FLOATS}"
