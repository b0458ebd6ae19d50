"""The running average: what it comes to, that it can be shown, and that a checkpoint keeps it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from finetune.loop.weight_average import AVERAGE, WeightAverage


@pytest.fixture
def layer():
    layer = torch.nn.Linear(2, 1, bias=False)
    layer.weight.data.fill_(8.0)
    return layer


def step(average, layer, value) -> None:
    layer.weight.data.fill_(value)
    average.on_step_end(None, None, None)


def test_it_is_exponential_and_shown_only_inside(layer) -> None:
    average = WeightAverage(0.75)
    average.begin(layer, None)
    step(average, layer, 1.0)
    step(average, layer, 5.0)
    with average.shown():
        assert layer.weight.tolist() == [[2.0, 2.0]]  # 0.75 x 1 + 0.25 x 5
    assert layer.weight.tolist() == [[5.0, 5.0]]


def test_a_checkpoint_keeps_it_and_frozen_weights_are_left_out(layer, tmp_path) -> None:
    model = torch.nn.Sequential(layer, torch.nn.Linear(3, 3).requires_grad_(requires_grad=False))
    first, second = WeightAverage(0.5), WeightAverage(0.5)
    first.begin(model, None)
    step(first, layer, 2.0)
    folder = tmp_path / "checkpoint-7"
    folder.mkdir()
    first.on_save(SimpleNamespace(output_dir=str(tmp_path)), SimpleNamespace(global_step=7), None)
    assert (folder / AVERAGE).stat().st_size < 300
    layer.weight.data.fill_(99.0)
    second.begin(model, folder)
    step(second, layer, 4.0)
    second.exchange()
    assert layer.weight.tolist() == [[3.0, 3.0]]
