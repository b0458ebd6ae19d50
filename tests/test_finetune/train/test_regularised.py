"""Each option of training does what it says to a run, and what is saved is an ordinary GPT-2."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from finetune.errors import TrainingError
from finetune.evaluate.perplexity import perplexity
from finetune.model.loading import load_base
from finetune.train.fine_tune import fine_tune
from finetune.training_settings import TrainSettings

pytestmark = pytest.mark.integration
torch.set_num_threads(1)


@pytest.fixture
def settings(tiny_folder) -> TrainSettings:
    chosen = {"max_steps": 6, "epochs": 20, "learning_rate": 1e-2, "evaluations": 2, "save_minutes": 9.0}
    return TrainSettings(base=str(tiny_folder), minutes=0, batch_size=8, bf16=False, tracker="none", **chosen)


VARIANTS = {
    "dropout": {"dropout": 0.2},
    "smoothing": {"label_smoothing": 0.1},
    "r-drop": {"r_drop": 1.0, "dropout": 0.1},
    "adversarial": {"adversarial": 0.05},
    "adversarial lora": {"adversarial": 0.05, "method": "lora"},
    "average": {"ema": 0.5},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_it_learns_by_another_way(settings, examples, tmp_path, name) -> None:
    model, tokenizer = load_base(settings.base)
    before = perplexity(model, tokenizer, examples[40:]).nll
    chosen = {**VARIANTS[name]}
    plain = fine_tune(examples[:40], [], replace(settings, method=chosen.get("method", "full")), tmp_path / "plain")
    result = fine_tune(examples[:40], examples[40:], replace(settings, **chosen), tmp_path / "other")
    after = perplexity(result.model, tokenizer, examples[40:])
    assert after.nll < 0.97 * before
    assert result.fit.heldout_loss == pytest.approx(after.nll / after.tokens, rel=1e-3)
    first, second = plain.model.state_dict(), result.model.state_dict()
    assert first.keys() == second.keys()
    assert any(not torch.allclose(first[weight], second[weight], atol=1e-5) for weight in first)
    assert result.model.config.resid_pdrop == model.config.resid_pdrop == 0.0
    assert all(module.p == 0.0 for module in result.model.modules() if isinstance(module, torch.nn.Dropout))


def test_an_interrupted_average_goes_on(settings, examples, tmp_path) -> None:
    chosen = replace(settings, ema=0.8, save_minutes=0.0)

    def stop_at_four(step: str, done: int, total: int | None) -> None:
        if done == 4:
            raise KeyboardInterrupt

    whole = fine_tune(examples, [], chosen, tmp_path / "whole").model.state_dict()
    with pytest.raises(KeyboardInterrupt):
        fine_tune(examples, [], chosen, tmp_path / "cut", report=stop_at_four)
    for _ in range(2):  # the second time it is finished already
        again = fine_tune(examples, [], chosen, tmp_path / "cut")
        assert again.fit.resumed_from >= 3
        assert all(torch.allclose(whole[name], weight, atol=1e-5) for name, weight in again.model.state_dict().items())


def test_ia3_trains_little_and_is_merged(settings, examples, tmp_path) -> None:
    model, tokenizer = load_base(settings.base)
    before = perplexity(model, tokenizer, examples[40:]).nll
    result = fine_tune(examples[:40], [], replace(settings, method="ia3", learning_rate=0.1), tmp_path)
    assert type(result.model).__name__ == "GPT2LMHeadModel"
    assert result.trained_parameters == 2 * (3 * 32 + 4 * 32)
    assert perplexity(result.model, tokenizer, examples[40:]).nll < before
    changed = {
        name for name, weight in result.model.state_dict().items() if not torch.equal(weight, model.state_dict()[name])
    }
    assert changed
    assert all("c_attn" in name or "mlp.c_proj" in name for name in changed)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_frozen_layers_stay_as_they_are(settings, examples, tmp_path, method) -> None:
    before = load_base(settings.base)[0].state_dict()
    result = fine_tune(examples, [], replace(settings, freeze=1, method=method, max_steps=2), tmp_path)
    after = result.model.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all(name.startswith(("transformer.h.1.", "transformer.ln_f")) for name in changed)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"freeze": 2}, "freeze fewer"),
        ({"method": "prefix", "freeze": 1}, "no layers to freeze"),
        ({"method": "prefix", "soup": 2}, "no layers to freeze or to average"),
        ({"r_drop": 1.0}, "set dropout"),
        ({"distil": True}, "set soup"),
        ({"fsdp": True, "processes": 2, "ema": 0.9}, "whole model"),
    ],
)
def test_what_does_not_go_together_is_told(settings, examples, tmp_path, wrong, said) -> None:
    with pytest.raises(TrainingError, match=said):
        fine_tune(examples, [], replace(settings, **wrong), tmp_path)
