"""Counts and intervals of an exam, its bars, and what changed."""

from __future__ import annotations

import pytest

from chatbot.learning.exam.asked import Outcome
from chatbot.learning.exam.exam_figures import changes, figures, missed
from chatbot.learning.exam.grade import Verdict, grade
from tests.test_learning.exam.answers import a_question, what_came


def graded():
    """Ten: six good, two wrong, one handed over with a good suggestion, one to a person without its words."""
    lamp = {"must": ["30 days"], "kind": "lamp", "language": "en"}
    return [
        *(grade(a_question(f"g{number}", **lamp), what_came()) for number in range(6)),
        *(grade(a_question(f"w{number}", must=["31 days"]), what_came()) for number in range(2)),
        grade(a_question("h", **lamp), what_came("Wait.", Outcome.SUGGESTED, suggestion="30 days", seconds=0.2)),
        grade(a_question("i", who="person", must=["999"]), what_came("Wait.", Outcome.HANDED_OVER)),
    ]


def test_counts_by_kind_language_and_who():
    told = figures(graded())
    total = told.total
    assert (total.questions, total.good, total.wrong, total.handed_over, total.incomplete) == (10, 6, 2, 1, 1)
    assert (total.suggested, total.suggested_well) == (1, 1)
    assert [(each.name, each.questions, each.good) for each in told.kinds] == [("lamp", 7, 6), ("(no kind)", 3, 0)]
    assert [(each.name, each.questions) for each in told.languages] == [("en", 7), ("(not told)", 3)]
    assert [each.questions for each in told.whose] == [9, 1]
    assert (told.alone, told.alone_good) == (8, 6)
    assert told.outcomes["answered"] == 8
    assert told.seconds["median"] == 0.01
    assert 0.01 < told.seconds["p95"] <= 0.2
    share = total.to_json()["shares"]["wrong"]
    assert (share["share"], round(share["low"], 3), round(share["high"], 3)) == (0.2, 0.025, 0.556)  # their own table


@pytest.mark.parametrize(
    ("bars", "sentences"),
    [
        ((None, None, None), 0),
        ((0.6, 0.2, 0.1), 0),
        ((0.61, 0.2, 0.1), 1),
        ((0.6, 0.19, 0.1), 1),
        ((1, 0, 0), 3),
    ],
)
def test_bars_hold_at_their_very_value(bars, sentences):
    good, wrong, handed = bars
    told = missed(figures(graded()).total, min_good=good, max_wrong=wrong, max_handed=handed)
    assert len(told) == sentences


def test_changes_are_of_the_same_question_only_and_the_lost_come_first():
    words = a_question().turns[-1].text
    before = {
        "g0": (words, Verdict.WRONG),
        "g1": (words, Verdict.GOOD),
        "g2": ("Another question?", Verdict.WRONG),
        "w0": (words, Verdict.GOOD),
        "h": (words, Verdict.INCOMPLETE),
    }
    found = changes(graded(), before)
    assert [(each.id, each.before, each.now, each.gained) for each in found] == [
        ("w0", Verdict.GOOD, Verdict.WRONG, False),
        ("h", Verdict.INCOMPLETE, Verdict.HANDED_OVER, False),
        ("g0", Verdict.WRONG, Verdict.GOOD, True),
    ]
