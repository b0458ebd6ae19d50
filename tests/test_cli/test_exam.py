"""What `understudy exam` takes, prints and exits with; the work is tested in its room."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.learning.exam import exam_run
from chatbot.learning.exam.exam_figures import figures
from chatbot.learning.exam.exam_page import headline
from tests.test_cli.test_replay import run
from tests.test_learning.exam.test_exam_figures import graded
from tests.test_learning.exam.test_exam_page import an_exam


@pytest.fixture
def wishes(monkeypatch):
    """What reaches the work, which is left out; what it tells can be changed."""
    reached = {"told": {}}

    def exam(settings, source, bars, *, against, report):
        report("exam", 1, 1)
        reached.update(source=source, bars=bars, against=against)
        told = an_exam(graded(), notes=("Look [here].",)).to_json()
        pages = {"page": "reports/exam-v1.html", "json": "reports/exam-v1.json"}
        return {**told, "headline": headline(figures(graded())), "graded": "All 10.", **pages, **reached["told"]}

    monkeypatch.setattr(exam_run, "exam", exam)
    return reached


def test_every_option_reaches_the_work_and_the_answer_is_printed(tmp_path, wishes):
    bars = ("--min-good", "0.5", "--max-wrong", "0.3", "--max-handed-over", "0.2")
    output = run(tmp_path, "exam", "mine.jsonl", *bars, "--against", "old.json", "--json")
    assert (wishes["source"], wishes["against"]) == (Path("mine.jsonl"), Path("old.json"))
    assert wishes["bars"] == exam_run.Bars(0.5, 0.3, 0.2)
    assert "6 of 10 questions get what they should (60%)" in output
    assert "All 10." in output
    assert "6  86% (42\u2013100)" in output
    assert "Look [here]." in output
    assert "Page: reports/exam-v1.html" in output
    assert json.loads(output.splitlines()[-1])["total"]["good"] == 6


def test_a_missed_bar_and_a_broken_line_are_an_exit_status(tmp_path, wishes):
    wishes["told"] = {"broken": ["mine.jsonl:3: no."]}
    assert "mine.jsonl:3: no." in run(tmp_path, "exam", "mine.jsonl", exit_code=3)
    wishes["told"] = {"broken": ["mine.jsonl:3: no."], "missed": ["60.0% are good."]}
    assert "Missed: 60.0% are good." in run(tmp_path, "exam", "mine.jsonl", exit_code=4)


def test_changes_are_told_by_id(tmp_path, wishes):
    changes = [{"id": "a", "gained": True}, {"id": "b", "gained": False}]
    wishes["told"] = {"against": "old.json", "changes": changes}
    assert "Against old.json: better a; not better b." in run(tmp_path, "exam", "mine.jsonl")


def test_bad_input_is_told(tmp_path):
    run(tmp_path, "exam", "mine.jsonl", "--min-good", "80", exit_code=2)
    assert "no such file" in run(tmp_path, "exam", str(tmp_path / "absent.jsonl"), exit_code=1)
    mine = tmp_path / "mine.jsonl"
    mine.write_text('{"question": "How long?"}\n', encoding="utf-8")
    assert "understudy index" in run(tmp_path, "exam", str(mine), exit_code=1)
