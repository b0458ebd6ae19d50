"""`understudy complete` as an agent's tool meets it: the real encoder, the base that ships."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from chatbot.home import Home
from tests.test_cli.test_main import last, run, transcripts

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["transcripts"]  # the fixture


def test_one_conversation_at_a_time(tmp_path: Path) -> None:
    run(tmp_path, "complete", "Hel", "--customer", "Hi", "--turns", "turns.jsonl", exit_code=2)
    run(tmp_path, "complete", "in.jsonl", "out.jsonl", "--customer", "Hi", exit_code=2)


def test_turns_that_are_none(tmp_path: Path) -> None:
    turns = tmp_path / "turns.jsonl"
    for content in ("not json", '{"role": "robot", "text": "x"}', "7"):
        turns.write_text(content, encoding="utf-8")
        output = run(tmp_path / "home", "complete", "Hel", "--turns", str(turns), exit_code=1)
        assert "expected a turn a line" in output
        assert "Traceback" not in output
    assert "absent" in run(tmp_path, "complete", "Hel", "--turns", str(tmp_path / "absent.jsonl"), exit_code=1)


def test_an_empty_desk_says_what_to_do(tmp_path: Path) -> None:
    assert "understudy import" in run(tmp_path / "home", "complete", "Hel", exit_code=1)


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_completing_drafts(tmp_path: Path, transcripts: Path) -> None:
    from finetune.model.checkpoint import new_version_folder, save_weights, write_manifest
    from finetune.model.loading import load_base

    home = tmp_path / "home"
    run(home, "import", str(transcripts), "--index")
    question = "The lid of my kettle leaks."
    without_model = run(home, "complete", "Take the seal out, ri", "--customer", question).strip()
    assert without_model.startswith("Take the seal out, rinse it")  # the desk's past answers alone know that
    lone = run(home, "complete", "You have ", "--customer", "How long do I have to return a lamp?")
    assert "30" not in lone  # what one agent told one customer
    assert run(home, "complete", "Xylophones ar", "--customer", question).strip() == ""

    created = "2026-03-01T00:00:00Z"
    version = new_version_folder(Home(home).models, created)
    save_weights(*load_base(), version)
    write_manifest(version, created=created, base="ours", method="base", settings={}, figures={})
    Home(home).promote(model=version.name)

    turns = tmp_path / "turns.jsonl"
    turns.write_text('{"role": "customer", "text": "How long can I return a lamp?"}\n', encoding="utf-8")
    draft = "You have 30 days from del"
    shown = last(run(home, "complete", draft, "--turns", str(turns), "--json"))
    assert shown.keys() == {"completion", "confidence"}
    assert bool(shown["completion"]) == bool(shown["confidence"])
    said = run(home, "complete", draft, "--customer", "How long can I return a lamp?").strip()
    assert said == (f"{draft}{shown['completion']}" if shown["completion"] else "")

    asked, answered = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    conversation = [{"role": "customer", "text": "How long can I return a lamp?"}]
    lines = [{"id": "a", "turns": conversation, "draft": draft}, {"id": "b", "turns": conversation, "draft": 7}]
    asked.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert "in.jsonl:2" in run(home, "complete", str(asked), str(answered), exit_code=3)
    (row,) = [json.loads(line) for line in answered.read_text(encoding="utf-8").splitlines()]
    assert row == {"id": "a", **shown}
