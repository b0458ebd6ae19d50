"""Loss curves where people look at them, and a clear word where the tracker is missing."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import pytest
import torch

from finetune.errors import TrainingError
from finetune.train.fine_tune import fine_tune
from finetune.training_settings import TrainSettings

torch.set_num_threads(1)


@pytest.fixture
def settings(tiny_folder) -> TrainSettings:
    return TrainSettings(base=str(tiny_folder), minutes=0, max_steps=11, bf16=False, evaluations=2, epochs=20)


def scalars(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(folder))
    read.Reload()
    return {tag: [(event.step, event.value) for event in read.Scalars(tag)] for tag in read.Tags()["scalars"]}


def test_without_tensorboard_a_run_keeps_no_curves(monkeypatch) -> None:
    assert TrainSettings().tracker == "tensorboard"
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tensorboard" else find(name))
    assert TrainSettings().tracker == "none"


def test_tensorboard_by_default(settings, examples, tmp_path) -> None:
    curves = tmp_path / "curves"
    settings = TrainSettings(**{**vars_of(settings), "tracker_folder": curves})
    result = fine_tune(examples[:40], examples[40:], settings, tmp_path / "work")
    shown = scalars(curves)
    for name, tag in (("loss", "train/loss"), ("eval_loss", "eval/loss")):
        expected = [(row["step"], pytest.approx(row[name], rel=1e-5)) for row in result.curve if name in row]
        assert len(expected) >= 2
        assert shown[tag] == expected
    assert {"step", "seconds", "tokens"} <= result.curve[0].keys()
    assert result.curve[-1]["tokens"] == pytest.approx(result.fit.tokens)


def test_the_work_folder_holds_them_where_no_other_is_named(settings, examples, tmp_path) -> None:
    fine_tune(examples, [], settings, tmp_path)
    assert scalars(tmp_path / "curves")["train/loss"]


def test_runs_of_one_desk_stand_side_by_side(settings, examples, tmp_path) -> None:
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

    for name in ("monday", "tuesday"):
        chosen = replace(settings, max_steps=2, tracker_folder=tmp_path / "tensorboard" / name)
        fine_tune(examples, [], chosen, tmp_path / f"work-{name}")
    shown = EventMultiplexer().AddRunsFromDirectory(str(tmp_path / "tensorboard")).Reload()
    assert shown.Runs().keys() == {"monday", "tuesday"}
    assert all("train/loss" in tags["scalars"] for tags in shown.Runs().values())


def test_wandb_offline(settings, examples, tmp_path, monkeypatch) -> None:
    pytest.importorskip("wandb", reason="wandb is optional")
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_ERROR_REPORTING"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)  # so that what the run sets is taken back
    settings = TrainSettings(
        **{**vars_of(settings), "tracker": "wandb", "tracker_folder": tmp_path / "20260101-120000"}
    )
    fine_tune(examples[:40], examples[40:], settings, tmp_path / "work")
    (run,) = (tmp_path / "20260101-120000/wandb").glob("offline-run-*")
    (record,) = run.glob("*.wandb")
    content = record.read_bytes()
    assert b"20260101-120000" in content
    assert b"eval/loss" in content
    assert b"train/loss" in content


def test_a_missing_or_unknown_tracker_is_told(settings, examples, tmp_path, monkeypatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "wandb" else find(name))
    for tracker, said in (("wandb", "pip install wandb"), ("mlflow", "choose tensorboard, wandb or none")):
        with pytest.raises(TrainingError, match=said):
            fine_tune(examples, [], TrainSettings(**{**vars_of(settings), "tracker": tracker}), tmp_path)
    assert not list(tmp_path.glob("checkpoint-*"))


def vars_of(settings):
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__}
