"""How the short commands start: none loads a library that takes seconds and that it does not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.home import Home
from chatbot.service.serving.model_versions import adopt_base
from tests.test_cli.test_main import (
    SHOP,
    last,
    run,
    transcripts,  # noqa: F401 - a fixture
)

ROOT = Path(__file__).resolve().parents[2]
SLOW = (
    "torch",
    "transformers",
    "sentence_transformers",
    "sklearn",
    "scipy",
    "lingua",
    "phonenumbers",
    "babel",
    "fastapi",
)
LEARNING = ("torch", "transformers", "sentence_transformers", "accelerate", "peft")
COMMAND = """
import atexit, json, sys
from chatbot.cli.main import main
path = sys.argv.pop()
atexit.register(lambda: open(path, "w").write(json.dumps(sorted(sys.modules))))
main()
"""


def started(home: Path, *arguments: str) -> tuple[str, set[str]]:
    """What a command printed as a process of its own, and the slow libraries and others it had imported by its end."""
    note = home.parent / "modules.json"
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "--home", str(home), *arguments, str(note)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout, set(json.loads(note.read_text()))


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["search", "--help"],
        ["keys", "list"],
        ["models", "list"],
        ["contracts", "list"],
        ["retired"],
        ["topics"],
        ["inboxes", "list"],
    ],
    ids=" ".join,
)
def test_lists_and_help_import_no_slow_library(tmp_path: Path, transcripts: Path, command: list[str]) -> None:  # noqa: F811
    run(tmp_path / "home", "import", str(transcripts))
    said, modules = started(tmp_path / "home", *command)
    assert not modules.intersection((*SLOW, "faiss", "openvino")), said


@pytest.mark.integration
def test_a_search_imports_no_torch(tmp_path: Path, transcripts: Path) -> None:  # noqa: F811
    home = tmp_path / "home"
    run(home, "import", str(transcripts), "--index")
    said, modules = started(home, "search", SHOP[0][0], "--json")
    assert last(said)["hits"]
    assert not modules.intersection(SLOW)


@pytest.mark.integration
def test_model_and_encoder_are_examined_and_answer_without_torch(tmp_path: Path, transcripts: Path) -> None:  # noqa: F811
    home = tmp_path / "home"
    run(home, "import", str(transcripts), "--index")
    name = adopt_base(Home(home))
    said, modules = started(home, "doctor")
    assert f"{name}: checksums right, computed by openvino" in said
    assert "computed by openvino" in said
    assert not modules.intersection(LEARNING)
    questions, answers = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    questions.write_text(json.dumps({"id": "1", "turns": [{"role": "customer", "text": SHOP[0][0]}]}) + "\n")
    said, modules = started(home, "answer", str(questions), str(answers))
    assert answers.read_text().count("\n") == 1, said
    assert not modules.intersection(LEARNING)
