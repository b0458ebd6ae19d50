"""Pruning: what is least important goes, what is left says nearly the same, and a smaller GPT-2 is an ordinary one."""

from __future__ import annotations

import copy

import pytest
import torch

from finetune.compress.importance import importance
from finetune.compress.prune import pruned, silence_heads, without_layers, without_neurons, writers_of_codes
from finetune.errors import TrainingError
from finetune.examples import collator
from finetune.model.checkpoint import load, save_weights, write_manifest
from finetune.model.loading import load_base
from finetune.model.weights import Weights

torch.set_num_threads(1)


@pytest.fixture
def batches(tokenizer, examples):
    rows = [{"input_ids": row.input_ids, "labels": row.labels} for row in examples[:8]]
    collate = collator(tokenizer)
    return [collate(rows[:5]), collate(rows[5:])]


@pytest.fixture
def model(tiny_folder):
    return load_base(tiny_folder)[0]


def logits(model, batches):
    with torch.no_grad():
        return model.eval()(input_ids=batches[0]["input_ids"]).logits


def idle(model):
    """Nothing reads neurons 3 to 66 of the first layer and 1 to 64 of the second, nor head 1 of the second."""
    with torch.no_grad():
        model.transformer.h[0].mlp.c_proj.weight[3:67] = 0
        model.transformer.h[1].mlp.c_proj.weight[1:65] = 0
        model.transformer.h[1].attn.c_proj.weight[16:] = 0


def test_importance_is_what_the_loss_loses(model, batches) -> None:
    idle(model)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    found = importance(model, batches)
    assert [row.nonzero().numel() for row in found.neurons] == [64, 64]
    assert not found.neurons[0, 3:67].any()
    assert found.heads[1].tolist() == [1, 0]
    assert found.heads.norm(dim=1) == pytest.approx(1)
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, before[name])
    assert all(weight.grad is None for weight in model.parameters())
    with pytest.raises(ValueError, match="at least one batch"):
        importance(model, [])


def test_padding_tells_nothing_of_layers(model, tokenizer, examples) -> None:
    collate = collator(tokenizer)
    short, long = (examples[number] for number in (0, 1))
    rows = [
        {"input_ids": short.input_ids[:-3], "labels": short.labels[:-3]},
        {"input_ids": long.input_ids, "labels": long.labels},
    ]
    together = importance(model, [collate(rows)])
    apart = importance(model, [collate(rows[:1]), collate(rows[1:])])
    torch.testing.assert_close(together.layers, apart.layers)
    torch.testing.assert_close(together.neurons, apart.neurons, rtol=1e-3, atol=1e-6)


def test_idle_neurons_are_the_first_to_go(model, batches) -> None:
    idle(model)
    smaller = pruned(model, batches, neurons=0.5)
    assert smaller.config.n_inner == 64
    assert smaller.transformer.h[0].mlp.c_fc.weight.shape == (32, 64)
    torch.testing.assert_close(logits(smaller, batches), logits(model, batches))


def test_a_layer_that_turns_nothing_goes(model, batches) -> None:
    with torch.no_grad():
        for part in (model.transformer.h[0].attn.c_proj, model.transformer.h[0].mlp.c_proj):
            part.weight.zero_()
            part.bias.zero_()
    smaller = pruned(model, batches, layers=1)
    assert smaller.config.n_layer == 1
    torch.testing.assert_close(logits(smaller, batches), logits(model, batches))


def test_queries_keep_their_scale_where_layers_divide_by_their_place(model, batches) -> None:
    model.config.scale_attn_by_inverse_layer_idx = True
    model = without_neurons(model, 0.0, torch.ones(2, 128))  # the setting is read when a model is made
    with torch.no_grad():
        for part in (model.transformer.h[0].attn.c_proj, model.transformer.h[0].mlp.c_proj):
            part.weight.zero_()
            part.bias.zero_()
    smaller = without_layers(model, 1, torch.tensor([0.0, 1.0]))
    torch.testing.assert_close(logits(smaller, batches), logits(model, batches))


def test_a_silent_head_stays_silent_in_training(model, batches) -> None:
    idle(model)
    before = logits(model, batches)
    assert silence_heads(model, 1, importance(model, batches).heads) == [(1, 1)]
    torch.testing.assert_close(logits(model, batches), before)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(3):
        model.train()(**batches[0]).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    attention = model.transformer.h[1].attn
    assert not attention.c_proj.weight[16:].any()
    assert not any(attention.c_attn.weight[:, start : start + 16].any() for start in (16, 48, 80))
    assert attention.c_proj.weight[:16].all()


def test_the_copying_circuit_of_the_base_stays() -> None:
    base = load_base()[0]
    assert writers_of_codes(base) == {0}
    kept = without_layers(base, 5, torch.tensor([0.0, 1, 1, 1, 1, 1]))
    assert torch.equal(kept.transformer.h[0].attn.c_attn.weight, base.transformer.h[0].attn.c_attn.weight)
    smaller = copy.deepcopy(base)
    scores = torch.ones(6, 6)
    scores[0, 4] = 0  # the head that notes the previous token
    scores[1, 2] = 0
    assert silence_heads(smaller, 1, scores) == [(1, 2)]


def test_a_pruned_model_is_an_ordinary_version(model, batches, tokenizer, tmp_path) -> None:
    smaller = pruned(model, batches, neurons=0.4, layers=1)
    save_weights(smaller, tokenizer, tmp_path)
    write_manifest(tmp_path, created="2026", base="ours", method="full", settings={}, figures={})
    read, _, _ = load(tmp_path)
    torch.testing.assert_close(logits(read, batches), logits(smaller, batches), rtol=1e-2, atol=1e-2)
    assert Weights.of(read).shape.n_inner == smaller.config.n_inner < 128


@pytest.mark.parametrize(("asked", "words"), [({"layers": 2}, "at most 1"), ({"neurons": 1.0}, "below 1")])
def test_too_much_is_told(model, batches, asked, words) -> None:
    with pytest.raises(TrainingError, match=words):
        pruned(model, batches, **asked)
    with pytest.raises(TrainingError, match="at most 2 of 4"):
        silence_heads(model, 3, torch.rand(2, 2))
