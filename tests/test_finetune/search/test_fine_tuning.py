"""Settings of fine-tuning searched on a tiny GPT-2: the first trial is as it is, what is given stays, it goes on."""

from __future__ import annotations

import pytest
import torch

from finetune.search.fine_tuning import search_settings
from finetune.search.study import DONE, FAILED
from finetune.training_settings import TrainSettings

NAMES = ("method", "lora_rank", "learning_rate", "batch_size", "weight_decay", "dropout")
pytestmark = pytest.mark.integration
torch.set_num_threads(1)


@pytest.fixture
def settings(tiny_folder) -> TrainSettings:
    return TrainSettings(base=str(tiny_folder), max_steps=4, evaluations=2, bf16=False, tracker="none", search=4)


def searched(settings, examples, folder, **changes):
    wanted = {"minutes": 0.5, "enough": lambda: False, **changes}
    return search_settings(examples[:40], examples[40:], settings, folder, **wanted)


def test_it_tries_methods_and_rates_beginning_with_what_there_is(settings, examples, tmp_path):
    found = searched(settings, examples, tmp_path)
    assert len(found.trials) == 4
    assert found.first.settings["method"] == "full"
    assert found.first.settings["learning_rate"] == 5e-4
    assert found.first.settings["batch_size"] == 8
    assert found.best.loss == min(each.loss for each in found.trials if each.outcome == DONE)
    assert found.best.settings.keys() <= set(NAMES)
    assert len({each.settings["learning_rate"] for each in found.trials}) > 2


def test_what_is_given_stays(settings, examples, tmp_path):
    fixed = TrainSettings(**{**_dict(settings), "given": ("method", "batch_size"), "search": 2, "method": "lora"})
    found = searched(fixed, examples, tmp_path)
    for each in found.trials:
        assert "method" not in each.settings
        assert "batch_size" not in each.settings
        assert each.settings["lora_rank"]
    assert found.first.settings["learning_rate"] == 2e-3  # as LoRA takes it


def test_it_goes_on_after_an_interruption_with_the_same_trial(settings, examples, tmp_path):
    def stop(step, done, total):
        if done >= 150:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        searched(settings, examples, tmp_path, report=stop)
    found = searched(settings, examples, tmp_path, minutes=2.0)
    assert len(found.trials) == 4
    assert found.minutes == 0.5


def test_a_trial_that_explodes_does_not_end_it(settings, examples, tmp_path, monkeypatch):
    monkeypatch.setattr("finetune.search.fine_tuning._RATE", (1.0, 1e35))
    found = searched(settings, examples, tmp_path)
    failed = [each for each in found.trials if each.outcome == FAILED]
    assert found.best.outcome == DONE
    assert failed
    assert all("not a number" in each.problem and each.loss is None for each in failed)


def _dict(settings):
    return {name: getattr(settings, name) for name in TrainSettings.__slots__}
