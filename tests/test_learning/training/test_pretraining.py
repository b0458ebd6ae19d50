"""A base of one's own: where it goes, and what is told when it cannot be made."""

from __future__ import annotations

import pytest

from chatbot.errors import InputError
from chatbot.home import Home
from chatbot.learning.training import pretraining
from chatbot.learning.training.pretraining import pretrain
from finetune.errors import TrainingError


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "desk").create()


def test_the_base_lies_in_the_home_and_can_be_named(home, tmp_path, monkeypatch):
    asked = []

    def made(datasets, work, out, *, minutes, seed, report):
        asked.append((datasets, minutes, seed))
        work.mkdir(parents=True)
        out.mkdir()
        report("train", 1, 1)
        return {"heldout_loss": 3.0}

    monkeypatch.setattr(pretraining, "pretrain_base", made)
    outcome = pretrain(home, tmp_path, minutes=2.0, seed=7)
    assert asked == [(tmp_path, 2.0, 7)]
    assert outcome["heldout_loss"] == 3.0
    assert [str(folder) for folder in home.bases.iterdir()] == [outcome["base"]]


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (TrainingError("the loss is not a number"), "The loss is not a number."),
        (OSError(28, "No space left on device"), "is full"),
    ],
)
def test_what_went_wrong_is_a_sentence(home, tmp_path, monkeypatch, problem, words):
    def failing(*_, **__):
        raise problem

    monkeypatch.setattr(pretraining, "pretrain_base", failing)
    with pytest.raises(InputError, match=words):
        pretrain(home, tmp_path, minutes=1.0)


def test_a_folder_without_the_sets_is_told(home, tmp_path):
    with pytest.raises(InputError, match=r"lacks .*jsonl\.gz.*give the folder"):
        pretrain(home, tmp_path / "absent", minutes=1.0)
    assert not list(home.bases.glob("*"))
