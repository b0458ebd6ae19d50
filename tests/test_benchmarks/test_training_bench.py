"""The bench of training: variants are settings that go together, a row is kept, differences are taken seed by seed."""

from __future__ import annotations

import argparse
from dataclasses import fields

import pytest
import training_bench
from training_bench import kept_row, print_table, summed
from training_variants import AS_IT_IS, VARIANTS

from finetune.train.resolve import check
from finetune.training_settings import TrainSettings


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_go_together(name) -> None:
    assert {*VARIANTS[name]} <= {each.name for each in fields(TrainSettings)}
    check(TrainSettings(minutes=0, tracker="none", **VARIANTS[name]))


def test_differences_are_of_the_same_seed(capsys) -> None:
    rows = {
        AS_IT_IS: [{"bits": 2.0, "seconds": 10.0}, {"bits": 3.0, "seconds": 12.0}],
        "other": [{"bits": 1.5, "seconds": 20.0}, {"bits": 2.5, "seconds": 20.0}],
    }
    found = summed(rows)
    assert found[AS_IT_IS] == {
        "bits": [2.5, pytest.approx(0.7071, abs=1e-4)],
        "seconds": [11.0, pytest.approx(1.414, abs=1e-3)],
    }
    assert found["other"]["bits, less as it is"] == [-0.5, 0.0]
    print_table(found)
    assert "-0.5000 ± 0.0000" in capsys.readouterr().out


def test_a_row_is_computed_once(tmp_path, monkeypatch) -> None:
    asked = []

    def row(task):
        asked.append(task.settings)
        return {"bits": 1.25, "seconds": 3.0}

    monkeypatch.setattr(training_bench, "in_process", row)
    monkeypatch.setattr(training_bench, "kept_examples", lambda desk: desk.folder / "examples.npz")
    desk = argparse.Namespace(folder=tmp_path, options=argparse.Namespace(base=None, max_tokens=128, threads=1))
    for _ in range(2):
        kept = kept_row("dropout 0.1", 2, 7, desk)
    assert kept["bits"] == 1.25
    (settings,) = asked
    assert (settings["seed"], settings["max_steps"], settings["dropout"]) == (2, 7, 0.1)
    kept_row("dropout 0.1", 2, 8, desk)
    assert len(asked) == 2
