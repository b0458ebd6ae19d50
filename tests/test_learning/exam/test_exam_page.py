"""The page of an exam: whole, closed, escaped, and saying what the figures say."""

from __future__ import annotations

import json
import re

import pytest

from chatbot.learning.exam import exam_page
from chatbot.learning.exam.asked import Outcome, Shown
from chatbot.learning.exam.exam_figures import Change, figures
from chatbot.learning.exam.exam_page import Exam, headline, page, read_and_graded, write
from chatbot.learning.exam.grade import Verdict, grade
from tests.test_learning.exam.answers import a_question, what_came
from tests.test_learning.exam.test_exam_figures import graded
from tests.test_learning.training.test_training_page import Tags

NASTY = '</script><script>alert("x")</script> & $version \ud800 <img src=x onerror=y>'


def an_exam(found, **changes):
    told = {
        "file": "mine.jsonl",
        "figures": figures(found),
        "graded": found,
        "broken": (),
        "notes": (),
        "missed": (),
        "versions": {"index": "i1", "contract": None},
        "changes": (),
        "against": None,
    }
    return Exam(**{**told, **changes})


def nasty():
    """An exam of which every text is hostile."""
    turns = [{"role": "bot", "text": NASTY}, {"role": "customer", "text": NASTY}]
    row = {"id": NASTY, "question": None, "turns": turns, "kind": NASTY, "why": NASTY, "language": NASTY}
    question = a_question(**row, must=[NASTY], never=["img"], article=NASTY)
    shown = Shown(NASTY, NASTY, 0.5, NASTY)
    came = what_came(NASTY, Outcome.SUGGESTED, suggestion=NASTY, detail=NASTY, evidence=(shown,))
    change = Change(NASTY, NASTY, Verdict.GOOD, Verdict.WRONG)
    texts = (NASTY,)
    return an_exam(
        [grade(question, came)], broken=texts, notes=texts, missed=texts, changes=(change,), against=NASTY, file=NASTY
    )


@pytest.mark.parametrize("exam", [an_exam([]), an_exam(graded()), nasty()], ids=["none", "some", "hostile"])
def test_every_tag_is_closed_and_nothing_is_fetched(exam):
    html = page(exam)
    tags = Tags()
    tags.VOID = tags.VOID | {"input"}
    tags.feed(html)
    assert tags.open == []
    assert not any({"src", "href"} & attributes.keys() for _, attributes in tags.seen)
    assert not re.search(r"url\(|@import|https?://", html)


def test_texts_never_become_markup():
    html = page(nasty())
    assert "<script>alert" not in html
    assert "<img" not in html
    assert html.count("</script>") == 1
    html.encode("utf-8")


def test_it_begins_with_the_answer_and_shows_what_is_wrong_first():
    exam = an_exam(graded(), missed=("60.0% are good; at least 80.0% were asked for.",), broken=("mine.jsonl:3: no.",))
    html = page(exam)
    assert headline(exam.figures) == "6 of 10 questions get what they should (60%); 2 (20%) get a wrong answer."
    assert headline(exam.figures) in html
    assert "at least 80.0%" in html
    assert "mine.jsonl:3: no." in html
    shown = re.findall(r'<details data-verdict="(\w+)"', html)
    assert shown == ["wrong"] * 2 + ["incomplete", "handed_over"] + ["good"] * 6
    assert "missing: 31 days" in html
    assert "would have been good" in html


def test_a_long_exam_is_cut_and_says_so(monkeypatch):
    monkeypatch.setattr(exam_page, "LISTED", 3)
    html = page(an_exam(graded()))
    assert html.count("<details") == 3
    assert "3 of 10; the JSON has all." in html


def test_the_files_say_the_same(tmp_path):
    path = write(tmp_path, "v1", an_exam(graded(), against="old.json"))
    stored = json.loads((tmp_path / "exam-v1.json").read_text("utf-8"))
    assert path == tmp_path / "exam-v1.html"
    assert stored["total"]["good"] == 6
    assert [each["verdict"] for each in stored["questions"]].count("wrong") == 2
    assert stored["questions"][0]["said"] == "Within 30 days."
    assert "Nothing: each question" in path.read_text("utf-8")
    assert write(tmp_path, "v2", nasty()).is_file()


def test_how_many_were_read_graded_and_left_out_is_said():
    assert read_and_graded(an_exam(graded())) == "All 10 questions of mine.jsonl were graded."
    one, two = (read_and_graded(an_exam(graded(), broken=("mine.jsonl:3: no.",) * count)) for count in (1, 2))
    assert one.startswith(
        "Of 11 questions in mine.jsonl 10 were graded; 1 is left out of all figures, for it could not"
    )
    assert two.startswith(
        "Of 12 questions in mine.jsonl 10 were graded; 2 are left out of all figures, for they could not"
    )
