"""Moments: an answer belongs to the question before it, never to one that was written later."""

from __future__ import annotations

import pytest

from data.moments import moments_of
from data.transcripts import Conversation, Role, Turn


def pairs(*turns):
    roles = {"c": Role.CUSTOMER, "a": Role.AGENT}
    conversation = Conversation("1", tuple(Turn(roles[role], text, at=at) for role, text, at in turns))
    return [(moment.context[-1].text, moment.answer) for moment in moments_of(conversation)]


@pytest.mark.parametrize(
    ("asked", "answered", "paired"),
    [
        ("2025-03-01T09:00:00Z", "2025-03-01T09:10:00Z", True),
        ("2025-03-01T09:00:00Z", "2025-03-01T09:00:00Z", True),
        ("2025-03-01T09:10:00Z", "2025-03-01T09:00:00Z", False),
        ("2025-03-01T10:10:00+01:00", "2025-03-01T09:20:00Z", True),
        ("2025-03-01T09:10:00Z", "2025-03-01", True),
        ("2025-03-02", "2025-03-01T09:10:00Z", False),
        (None, "2025-03-01T09:00:00Z", True),
        ("2025-03-01T09:00:00Z", None, True),
        ("soon", "later", True),
    ],
)
def test_an_answer_is_never_paired_with_a_later_question(asked, answered, paired):
    assert pairs(("c", "Why?", asked), ("a", "So.", answered)) == ([("Why?", "So.")] if paired else [])


def test_the_other_answers_of_the_conversation_stay():
    turns = [
        ("c", "One?", "2025-03-01T09:00:00Z"),
        ("a", "First.", "2025-03-01T09:05:00Z"),
        ("c", "Two?", "2025-03-01T10:00:00Z"),
        ("a", "Late.", "2025-03-01T09:30:00Z"),
        ("c", "Three?", "2025-03-01T11:00:00Z"),
        ("a", "Third.", "2025-03-01T11:05:00Z"),
    ]
    assert pairs(*turns) == [("One?", "First."), ("Three?", "Third.")]


def test_all_who_wrote_an_answer_stand_behind_it_as_they_are_counted():
    def said(author, **extras):
        return Turn(Role.AGENT, "Yes.", author, extras=extras)

    turns = (
        Turn(Role.CUSTOMER, "Is it blue?"),
        said("Mira"),
        said("Bo", counts_as="key k"),
        said("Mira"),
        Turn(Role.CUSTOMER, "Is it red?"),
        said("Bo", counts_as=7),
        Turn(Role.CUSTOMER, "Is it green?"),
        said(None),
    )
    found = [(moment.author, moment.agents) for moment in moments_of(Conversation("c", turns))]
    assert found == [("Mira", ("Mira", "key k")), ("Bo", ("Bo",)), (None, (None,))]
