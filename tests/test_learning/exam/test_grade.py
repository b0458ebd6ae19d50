"""Verdicts: who was to answer, what became of it, what was said."""

from __future__ import annotations

import pytest

from chatbot.learning.exam.asked import Outcome, Shown
from chatbot.learning.exam.grade import Verdict, grade
from tests.test_learning.exam.answers import a_question, what_came

ANSWERED, TALK, BACK, SUGGESTED, OVER = (
    Outcome.ANSWERED,
    Outcome.SMALL_TALK,
    Outcome.ASKED_BACK,
    Outcome.SUGGESTED,
    Outcome.HANDED_OVER,
)


@pytest.mark.parametrize(
    ("who", "outcome", "said", "verdict"),
    [
        ("bot", ANSWERED, "30 days", "good"),
        ("bot", ANSWERED, "some days", "wrong"),
        ("bot", ANSWERED, "30 days, or 60 days", "wrong"),
        ("bot", TALK, "You are welcome!", "wrong"),
        ("bot", BACK, "Is it within 30 days?", "good"),
        ("bot", BACK, "Which lamp?", "incomplete"),
        ("bot", BACK, "Within 60 days?", "wrong"),
        ("bot", SUGGESTED, "A person will answer.", "handed_over"),
        ("bot", OVER, "A person will answer.", "handed_over"),
        ("person", OVER, "A person will answer.", "incomplete"),
        ("person", OVER, "You have 30 days; a person will answer.", "good"),
        ("person", OVER, "You have 60 days.", "wrong"),
        ("person", ANSWERED, "30 days", "wrong"),
        ("person", TALK, "30 days", "wrong"),
        ("person", BACK, "30 days", "incomplete"),
        ("either", ANSWERED, "30 days", "good"),
        ("either", ANSWERED, "some days", "wrong"),
        ("either", SUGGESTED, "A person will answer.", "good"),
        ("either", BACK, "Which lamp?", "incomplete"),
    ],
)
def test_verdicts(who, outcome, said, verdict):
    question = a_question(who=who, must=[["30 days", "thirty days"]], never=["60 days"])
    assert grade(question, what_came(said, outcome)).verdict == verdict


@pytest.mark.parametrize(("who", "outcome"), [("bot", ANSWERED), ("bot", TALK), ("bot", BACK), ("person", OVER)])
def test_where_nothing_must_be_said_anything_is_good(who, outcome):
    assert grade(a_question(who=who), what_came("Whatever.", outcome)).verdict is Verdict.GOOD


def test_what_is_missing_and_what_was_said_are_named_as_they_were_written():
    question = a_question(must=["refund", ["30 Days", "thirty days"], "unused"], never=["60 days", "Re-sale", "no"])
    graded = grade(question, what_came("UNUSED things, within 60  days: no resale."))
    assert graded.missing == ("refund", "30 Days or thirty days")
    assert graded.forbidden == ("60 days", "no")


def test_a_suggestion_is_graded_as_if_it_had_been_sent():
    question = a_question(must=["30 days"], never=["60 days"])
    good, bad, harmful, none = (
        grade(question, what_came("One moment.", OVER, suggestion=suggestion)).suggestion_good
        for suggestion in ("30 days", "Some days.", "30 days or 60 days", None)
    )
    assert (good, bad, harmful, none) == (True, False, False, False)
    assert grade(question, what_came("30 days")).suggestion_good is None
    assert grade(a_question(), what_came("One moment.", OVER, suggestion="x")).suggestion_good is None


def test_the_article_named_is_looked_for_among_the_evidence():
    found = what_came(evidence=(Shown("A lamp", "x", 0.5), Shown("Returns", "y", 0.4, "returns")))
    assert grade(a_question(article="returns.md#days"), found).article_found is True
    assert grade(a_question(article="lamps"), found).article_found is False
    assert grade(a_question(), found).article_found is None
