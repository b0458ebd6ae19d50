"""What `understudy train` takes, refuses and prints; the work itself is tested in its room."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chatbot.cli import printing
from chatbot.cli.main import app
from chatbot.home import Home
from chatbot.learning.training import pretraining
from chatbot.learning.training import training_run as training
from finetune.training_settings import TrainSettings
from tests.test_learning.training.test_training_page import told


def run(home: Path, *arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, ["--home", str(home), "train", *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == exit_code, result.output
    return result.output


@pytest.fixture
def with_wandb(monkeypatch):
    """As if Weights & Biases, which is optional, were installed."""
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: object() if name == "wandb" else found(name, *rest)
    )


@pytest.fixture
def asked(monkeypatch):
    """The settings that reach the work, which is left out."""
    reached: list[TrainSettings] = []

    async def train(database, home, settings, *, plan, report):
        reached.append(settings)
        return {**told(), "page": "reports/train-v1.html", "tracker": settings.tracker, "tracked": "reports/it's here"}

    monkeypatch.setattr(training, "train", train)
    return reached


@pytest.mark.usefixtures("with_wandb")
def test_every_option_reaches_the_work(tmp_path, asked):
    options = (
        "--method lora --minutes 5 --seed 3 --epochs 2 --learning-rate 0.001 --batch-size 4 --max-tokens 256 "
        "--patience 5 --gradient-checkpointing --canaries 0 --no-encoder --wandb"
    )
    run(tmp_path, *options.split())
    assert asked == [
        TrainSettings(
            method="lora",
            minutes=5.0,
            seed=3,
            epochs=2,
            learning_rate=0.001,
            batch_size=4,
            max_tokens=256,
            patience=5,
            gradient_checkpointing=True,
            tracker="wandb",
            canaries=0,
        )
    ]


def test_the_minutes_are_shared_out_beforehand_and_what_serves_is_told_once(tmp_path, asked):
    said = run(tmp_path, "--minutes", "10")
    assert asked[0] == TrainSettings(minutes=10.0)
    assert said.startswith("10 minutes: tune the encoder 60 s, what can be promised 240 s")
    assert "of 600 s" in said
    assert said.count("Now serves: ") == 1
    assert "no contract: nothing is promised" in said


def test_questions_without_a_contract_are_refused(tmp_path, asked):
    assert "--no-contract" in run(tmp_path, "--questions", "mine.jsonl", "--no-contract", exit_code=2)
    assert "no such file" in run(tmp_path, "--questions", "mine.jsonl", exit_code=1)
    assert asked == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--method magic", "prefix"),
        ("--minutes 0", "--minutes"),
        ("--epochs 0", "--epochs"),
        ("--learning-rate 0", "0.0005"),
        ("--batch-size 0", "--batch-size"),
        ("--max-tokens 8", "--max-tokens"),
        ("--canaries -1", "--canaries"),
        ("--processes 0", "--processes"),
        ("--from-scratch absent", "--from-scratch"),
        ("--from-scratch . --base .", "afterwards"),
        ("--from-scratch . --method lora", "afterwards"),
        ("--pairs absent.csv --search 2", "learns from its pairs"),
        ("--pairs-from macros --back-translate x", "learns from its pairs"),
        ("--pairs absent.csv --preferences", "learns from its pairs"),
        ("--pairs absent.csv --judged 0.1", "learns from its pairs"),
        ("--pairs absent.csv --abstain", "learns from its pairs"),
        ("--pairs absent.csv --canaries 2", "learns from its pairs"),
        ("--pairs absent.csv --augment noise", "learns from its pairs"),
        ("--pairs absent.csv --augment-share 0.1", "learns from its pairs"),
    ],
)
def test_wrong_values_are_refused_by_name(tmp_path, asked, options, words):
    assert words in run(tmp_path, *options.split(), exit_code=2)
    assert asked == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--base ./absent", "There is no folder ./absent"),
        ("--method prefix --gradient-checkpointing", "lora"),
        ("--fsdp", "processes"),
        ("--freeze 99", "The base has 6 layers"),
    ],
)
def test_what_does_not_go_together_is_told_before_the_work(tmp_path, asked, options, words):
    assert words in run(tmp_path, *options.split(), exit_code=1)
    assert asked == []


def test_an_interrupted_run_does_not_tune_again(tmp_path, asked, monkeypatch):
    async def tune(*_, **__):
        raise AssertionError

    monkeypatch.setattr("chatbot.learning.encoder_tuning.tune_if_enough", tune)
    home = Home(tmp_path).create()
    home.promote(index="one")
    training._begin(training._work(home), TrainSettings(minutes=24.0))
    run(tmp_path)
    assert len(asked) == 1


@pytest.mark.usefixtures("with_wandb", "asked")
def test_the_end_says_where_to_read_on(tmp_path):
    printed = run(tmp_path)
    for words in (
        "Bits per byte, with evidence",
        "v1 is kept but does not serve.",
        "Report: reports/train-v1.html",
        "tensorboard --logdir 'reports/it'\"'\"'s here'",
    ):
        assert words in printed
    assert "tensorboard" not in run(tmp_path, "--wandb")


def test_from_scratch_makes_a_base_and_says_what_to_do_with_it(tmp_path, monkeypatch):
    def made(home, datasets, *, minutes, seed, search, report):
        assert (datasets, minutes, seed, search) == (tmp_path, 60.0, 2, 0)
        return {"base": str(home.bases / "one"), "heldout_loss": 3.0}

    monkeypatch.setattr(pretraining, "pretrain", made)
    printed = run(tmp_path / "desk", "--from-scratch", str(tmp_path), "--minutes", "60", "--seed", "2", "--json")
    assert "3.000 nats" in printed
    assert f"understudy train --base {tmp_path / 'desk' / 'bases' / 'one'}" in printed
    assert '"heldout_loss": 3.0' in printed.splitlines()[-1]


def test_what_a_desk_says_is_no_markup(capsys):
    printing.print_training(
        {**told(verdict="[bold]x[/]", warnings=["[red]y[/]"]), "page": "p", "tracker": "none", "tracked": None}
    )
    assert {"[bold]x[/]", "[red]y[/]"} <= set(capsys.readouterr().out.splitlines())


@pytest.mark.parametrize("command", [("train",), ("tune",), ("train", "--from-scratch", ".")])
def test_without_the_packages_of_training_it_says_what_to_install(tmp_path, monkeypatch, command):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "peft", None)
    result = CliRunner().invoke(app, ["--home", str(tmp_path / "desk"), *command])
    assert result.exit_code == 1
    assert "Training needs torch, peft" in result.output
    assert "pip install 'understudy[train]'" in result.output
    assert not (tmp_path / "desk").exists()
