"""A full disk or memory, told with the folder and what is needed; at the start and in the middle of a run."""

from __future__ import annotations

import errno
import shutil
from types import SimpleNamespace

import pytest
import torch
from safetensors import SafetensorError

from finetune.errors import TrainingError, explained
from finetune.train.fine_tune import fine_tune
from finetune.training_settings import TrainSettings

torch.set_num_threads(1)


@pytest.fixture
def settings(tiny_folder) -> TrainSettings:
    return TrainSettings(
        base=str(tiny_folder), minutes=0, max_steps=12, bf16=False, evaluations=2, epochs=20, tracker="none"
    )


def test_no_room_at_the_start(settings, examples, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=4 << 10))
    with pytest.raises(TrainingError, match=rf"{tmp_path}/work has .* free; the checkpoints of training need \d+ MiB"):
        fine_tune(examples, [], settings, tmp_path / "work")


def test_no_room_on_the_way(settings, examples, tmp_path) -> None:
    """The loss log lies on a device that is always full."""
    (tmp_path / "loss.jsonl").symlink_to("/dev/full")
    (tmp_path / "run.json").write_text("{}")

    def filled(step: str, done: int, total: int | None) -> None:
        if done == 9:
            (tmp_path / "loss.jsonl").unlink(missing_ok=True)
            (tmp_path / "loss.jsonl").symlink_to("/dev/full")

    with pytest.raises(TrainingError, match=rf"the disk is full: checkpoints in {tmp_path} need \d+ MiB"):
        fine_tune(examples, [], settings, tmp_path, report=filled)
    (tmp_path / "loss.jsonl").unlink()
    assert fine_tune(examples, [], settings, tmp_path).fit.steps == 12


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (SafetensorError("I/O error: No space left on device (os error 28)"), "need 1 MiB"),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534"), "need 1 MiB"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory"),
            "lora",
        ),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."), "smaller batch"),
        (MemoryError(), "the memory is full"),
    ],
)
def test_each_cause_has_a_sentence(problem, said, tmp_path) -> None:
    found = explained(problem, tmp_path, 1 << 20)
    assert found is not None
    assert said in str(found)


@pytest.mark.parametrize("problem", [RuntimeError("shapes differ"), BrokenPipeError(errno.EPIPE, "Broken pipe")])
def test_other_problems_stay_what_they_are(problem, tmp_path) -> None:
    assert explained(problem, tmp_path, 1) is None
