"""One run on two processes: they end together, with one set of files, and go on after a kill."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from finetune.errors import TrainingError
from finetune.evaluate.perplexity import perplexity
from finetune.loop.arguments import trainer_arguments
from finetune.loop.fit import new_budget
from finetune.loop.fit_settings import FitSettings
from finetune.model.checksums import last_whole_checkpoint
from finetune.model.loading import load_base
from finetune.train.fine_tune import fine_tune
from finetune.training_settings import TrainSettings
from tests.test_finetune.conftest import killed_after_a_checkpoint

pytestmark = pytest.mark.integration
torch.set_num_threads(1)


@pytest.fixture
def settings(tiny_folder, monkeypatch) -> TrainSettings:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return TrainSettings(
        base=str(tiny_folder),
        minutes=0,
        max_steps=8,
        epochs=50,
        learning_rate=1e-2,
        batch_size=4,
        accumulation=2,
        evaluations=2,
        save_minutes=0.0,
        bf16=False,
        processes=2,
    )


def alive(command: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if command.encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def test_two_processes_learn_and_go_on_after_an_interruption(settings, examples, tmp_path) -> None:
    class InterruptedRunError(Exception):
        pass

    def stop_at_five(step: str, done: int, total: int | None) -> None:
        if done == 5:
            raise InterruptedRunError

    work = tmp_path / "work"
    with pytest.raises(InterruptedRunError):
        fine_tune(examples[:40], examples[40:], settings, work, report=stop_at_five)
    assert not alive(str(work))
    result = fine_tune(examples[:40], examples[40:], settings, work)
    assert result.fit.resumed_from >= 3
    assert result.fit.steps == 8
    after = perplexity(result.model, result.tokenizer, examples[40:])
    assert result.fit.heldout_loss == pytest.approx(after.nll / after.tokens, rel=1e-3)
    model, tokenizer = load_base(settings.base)
    assert after.nll < 0.95 * perplexity(model, tokenizer, examples[40:]).nll
    steps = [row["step"] for row in result.curve if "loss" in row]
    assert steps == sorted(set(steps))
    assert (work / "curves").is_dir()
    one = fine_tune(examples[:40], examples[40:], replace(settings, processes=1), tmp_path / "one")
    assert one.fit.heldout_loss == pytest.approx(result.fit.heldout_loss, rel=0.05)  # the same step, shared out


def test_time_ends_all_of_them(settings, examples, tmp_path) -> None:
    """The ranks' clocks differ; they stop at the same step or wait for each other for ever."""
    result = fine_tune(examples, examples[:8], replace(settings, minutes=0.02, max_steps=None), tmp_path)
    assert 1 <= result.fit.steps < 600
    assert result.fit.seconds >= 1.2


def test_what_went_wrong_in_a_process_is_told(settings, examples, tmp_path) -> None:
    with pytest.raises(TrainingError, match="not a number"):
        fine_tune(examples, [], replace(settings, learning_rate=1e30, max_steps=40), tmp_path)


def test_a_killed_caller_takes_its_processes_along(settings, examples, tmp_path) -> None:
    work = tmp_path / "work"
    endless = replace(settings, max_steps=100_000, epochs=100_000, minutes=5.0)
    killed_after_a_checkpoint(examples, endless, work, tmp_path)
    until = time.monotonic() + 120
    while alive(str(work)):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert last_whole_checkpoint(work) is not None


def test_a_step_is_shared_out() -> None:
    settings = FitSettings(minutes=1, learning_rate=1e-3, batch_size=4, accumulation=2, processes=4, epochs=1)
    assert new_budget(settings, 320).steps == 10


def test_the_trainer_takes_sharding(tmp_path) -> None:
    settings = FitSettings(
        minutes=1, learning_rate=1e-3, batch_size=8, processes=2, fsdp=True, gradient_checkpointing=True, bf16=False
    )
    arguments = trainer_arguments(settings, new_budget(settings, 10), tmp_path, autocast=False)
    assert arguments.fsdp_plugin_args["transformer_cls_names_to_wrap"] == "GPT2Block"
    assert arguments.fsdp_plugin_args["activation_checkpointing"]
    assert not arguments.activation_checkpointing
