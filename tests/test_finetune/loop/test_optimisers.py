"""Optimisers: which weights each takes, that codes do not wear away, and that an interrupted Muon goes on as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import GPT2Config

from finetune.errors import TrainingError
from finetune.loop.fit_settings import FitSettings
from finetune.loop.optimisers import Together, optimiser_for
from finetune.model.answer_model import AnswerGPT2, code_writers
from finetune.train.fine_tune import fine_tune
from finetune.train.methods import adapted
from finetune.training_settings import TrainSettings

MUON = FitSettings(learning_rate=1e-2, batch_size=4, optimizer="muon", weight_decay=0.1)
CODES = 16


def model(*, codes: int = 0) -> AnswerGPT2:
    torch.manual_seed(0)
    sizes = {"vocab_size": 40, "n_positions": 32, "n_embd": 64, "n_layer": 2, "n_head": 2}
    return AnswerGPT2(GPT2Config(**sizes, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, code_dimensions=codes))


def learn(trained: AnswerGPT2, optimiser: torch.optim.Optimizer, *, steps: int, seed: int = 0) -> None:
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        ids = torch.randint(0, 40, (4, 16), generator=generator)
        trained(input_ids=ids, labels=ids).loss.backward()
        optimiser.step()
        optimiser.zero_grad()


def test_muon_takes_the_matrices_of_the_layers_and_adamw_all_the_rest() -> None:
    trained = model()
    optimiser = optimiser_for(trained, MUON)
    assert isinstance(optimiser, Together)
    muon, adam = optimiser.parts
    names = {id(weight): name for name, weight in trained.named_parameters()}
    taken = [{names[id(weight)] for group in part.param_groups for weight in group["params"]} for part in (muon, adam)]
    assert {name.rsplit(".", 3)[-2] for name in taken[0]} == {"c_attn", "c_proj", "c_fc"}
    assert all(name.endswith("weight") for name in taken[0])
    assert "transformer.wte.weight" in taken[1]
    assert taken[0] | taken[1] == set(names.values())
    assert not taken[0] & taken[1]


def test_matrices_are_decayed_and_nothing_else_is() -> None:
    trained = model()
    for settings in (MUON, replace(MUON, optimizer="adamw")):
        for group in optimiser_for(trained, settings).param_groups:
            assert {weight.ndim > 1 for weight in group["params"]} == {group["weight_decay"] > 0}


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_lower_layers_learn_at_a_share_of_the_rate_above(optimizer) -> None:
    trained = model()
    optimiser = optimiser_for(trained, replace(MUON, optimizer=optimizer, layer_decay=0.5))
    rates = {id(weight): group["lr"] for group in optimiser.param_groups for weight in group["params"]}
    by_name = {name: rates[id(weight)] for name, weight in trained.named_parameters()}
    assert by_name["transformer.h.1.attn.c_attn.weight"] == by_name["transformer.ln_f.bias"] == pytest.approx(1e-2)
    assert by_name["transformer.h.0.attn.c_attn.weight"] == by_name["transformer.h.0.ln_1.bias"] == pytest.approx(5e-3)
    assert by_name["transformer.wte.weight"] == pytest.approx(2.5e-3)


def test_factors_are_no_matrices() -> None:
    trained = adapted(model(), TrainSettings(method="ia3"), new_tokens=[], opening=[])
    (group,) = optimiser_for(trained, MUON).param_groups
    assert group["weight_decay"] == 0.0


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_codes_stay_as_they_are_written_while_all_else_learns(optimizer) -> None:
    trained = model(codes=CODES)
    before = [weight.detach().clone() for weight in code_writers(trained)]
    learn(trained, optimiser_for(trained, replace(MUON, optimizer=optimizer)), steps=5)
    for old, new in zip(before, code_writers(trained), strict=True):
        assert torch.equal(new[..., -CODES:], old[..., -CODES:])
        assert not torch.equal(new[..., :-CODES], old[..., :-CODES])


def test_it_goes_on_from_what_was_kept_as_if_nothing_had_happened() -> None:
    whole, first = model(), model()
    kept = optimiser_for(first, MUON)
    learn(first, kept, steps=3)
    again = model()
    again.load_state_dict(first.state_dict())
    taken_up = optimiser_for(again, MUON)
    taken_up.load_state_dict(kept.state_dict())
    learn(again, taken_up, steps=3, seed=1)
    straight = optimiser_for(whole, MUON)
    learn(whole, straight, steps=3)
    learn(whole, straight, steps=3, seed=1)
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


@pytest.mark.integration
def test_an_interrupted_run_with_muon_goes_on(tiny_folder, examples, tmp_path) -> None:
    settings = TrainSettings(
        base=str(tiny_folder), minutes=0, max_steps=10, learning_rate=1e-2, batch_size=8, epochs=20,
        accumulation=1, evaluations=2, save_minutes=0.0, bf16=False, tracker="none", optimizer="muon",
    )  # fmt: skip

    class StoppedError(Exception):
        pass

    def stop_at_six(step: str, done: int, total: int | None) -> None:
        if done == 6:
            raise StoppedError

    with pytest.raises(StoppedError):
        fine_tune(examples, [], settings, tmp_path / "stopped", report=stop_at_six)
    went_on = fine_tune(examples, [], settings, tmp_path / "stopped")
    straight = fine_tune(examples, [], settings, tmp_path / "straight")
    assert went_on.fit.resumed_from == 5
    for one, other in zip(went_on.model.parameters(), straight.model.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-4)


def test_an_unknown_optimiser_is_told(examples, tmp_path) -> None:
    with pytest.raises(TrainingError, match="adamw or muon"):
        fine_tune(examples, [], TrainSettings(optimizer="sgd"), tmp_path)  # type: ignore[arg-type]
