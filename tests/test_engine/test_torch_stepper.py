"""One token ahead, whatever was asked before: always what transformers says without any cache."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.engine import PromptTooLongError
from chatbot.engine import torch_stepper as module
from chatbot.engine.torch_stepper import TorchStepper
from tests.test_engine.conftest import CONTEXT, VOCABULARY


@pytest.fixture
def read(model, monkeypatch):
    """How many ids the model has read, by call."""
    counts = []
    forward = model.forward
    monkeypatch.setattr(
        model, "forward", lambda **inputs: counts.append(inputs["input_ids"].shape[1]) or forward(**inputs)
    )
    return counts


def naive(model, ids):
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0, -1].log_softmax(-1).numpy()


ROWS = st.lists(st.lists(st.integers(2, 5), min_size=1, max_size=CONTEXT - 1), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, sequences=st.integers(1, 3), remembered=st.integers(1, 3), tail=st.integers(0, 9))
def test_equals_transformers_in_any_order(model, rows, sequences, remembered, tail):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_TAIL", tail)
        stepper = TorchStepper(model, sequences=sequences, cells=remembered * VOCABULARY)
        for row in [*rows, *(row[: len(row) // 2 + 1] for row in rows), *rows]:
            np.testing.assert_allclose(stepper.log_probabilities(row), naive(model, row), atol=1e-4)


def test_only_what_is_new_is_read(model, read):
    stepper = TorchStepper(model)
    for ids in ([2, 3, 4], [2, 3, 4, 5], [2, 3, 4, 5], [2, 3, 9], [2, 3, 4]):
        stepper.log_probabilities(ids)
    assert read == [3, 1, 1]


def test_a_foretold_text_is_read_once(model, read):
    stepper = TorchStepper(model)
    for length in range(5, 20):
        stepper.log_probabilities(range(2, length))
    del read[:]
    for length in range(19, 4, -1):
        stepper.log_probabilities(range(2, length))
    assert read == []


def test_another_conversation_does_not_push_the_first_out(model, read, monkeypatch):
    monkeypatch.setattr(module, "_TAIL", 2)
    stepper = TorchStepper(model, cells=1)
    one, other = [2, *range(10, 30)], [2, *range(40, 60)]
    for ids in (one, other, [*one, 5], [*other, 5]):
        stepper.log_probabilities(ids)
    assert read == [21, 20, 1, 1]


def test_what_comes_back_cannot_be_changed(model):
    with pytest.raises(ValueError, match="read-only"):
        TorchStepper(model).log_probabilities([2, 3])[0] = 0.0


def test_no_room_and_no_ids(model):
    stepper = TorchStepper(model, name="tiny")
    assert (stepper.name, stepper.context_tokens) == ("tiny", CONTEXT)
    assert len(stepper.log_probabilities([2] * (CONTEXT - 1))) == VOCABULARY
    with pytest.raises(PromptTooLongError, match="48 positions"):
        stepper.log_probabilities([2] * CONTEXT)
    with pytest.raises(ValueError, match="no ids"):
        stepper.log_probabilities([])


def test_a_prefix_comes_before_everything(model):
    torch.manual_seed(5)
    stepper = TorchStepper(model)
    without = stepper.log_probabilities([2, 3, 4])
    model.desk_prefix = torch.randn(2, 2, 2, 4, 16)
    try:
        prefixed = TorchStepper(model)
        assert prefixed.context_tokens == CONTEXT - 4
        grown = [prefixed.log_probabilities(ids) for ids in ([2], [2, 3], [2, 3, 4])][-1]
        whole = TorchStepper(model).log_probabilities([2, 3, 4])
    finally:
        model.desk_prefix = None
    np.testing.assert_allclose(grown, whole, atol=1e-4)
    assert np.abs(whole - without).max() > 0.01
