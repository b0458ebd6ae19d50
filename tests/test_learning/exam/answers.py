"""Questions and what became of them, for the tests of exams; nothing is asked."""

from __future__ import annotations

from typing import Any

from chatbot.learning.exam.asked import Asked, Outcome
from chatbot.learning.exam.question import ExamQuestion, question_of


def a_question(name: str = "x1", **row: Any) -> ExamQuestion:
    """A question as a line of a file has it."""
    return question_of({"id": name, "question": "How long can I return a lamp?", **row}, 1)


def what_came(said: str = "Within 30 days.", outcome: Outcome = Outcome.ANSWERED, **changes: Any) -> Asked:
    """An answer; its suggestion only where it went to a person."""
    return Asked(
        **{
            "id": "x1",
            "outcome": outcome,
            "said": said,
            "suggestion": None,
            "confidence": 0.8,
            "reason": "confident",
            "detail": "Sure enough.",
            "seconds": 0.01,
            **changes,
        }
    )
