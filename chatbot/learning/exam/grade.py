"""Grades what became of a question, by what the exam says of it. Asks nothing and counts nothing.

=========== ================================================================================================
verdict     when
=========== ================================================================================================
wrong       what the customer read states something of ``never``, whoever was to answer; or it was answered
            alone (small talk is, too) and lacks something of ``must``, or a person should have answered
good        answered alone with all of ``must``, where the bot should or may; asked back with all of ``must``,
            likewise; to a person who should answer, what the customer read meanwhile holding ``must`` (the
            telephone number where somebody is in danger); to a person where either may answer
handed over to a person, suggestion or not, where the bot should have answered
incomplete  neither harm nor help: asked back where something had to be said or a person was to answer, or to
            the person who should answer but without the words of ``must``
=========== ================================================================================================

Without ``must`` every answer without ``never`` is good. For what went to a person the first suggestion is graded as
if it had been sent: ``suggestion_good``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chatbot.learning.exam.asked import Outcome
from chatbot.learning.exam.facts import plain
from chatbot.learning.exam.question import Who

if TYPE_CHECKING:
    from chatbot.learning.exam.asked import Asked
    from chatbot.learning.exam.question import ExamQuestion

_ALONE = frozenset({Outcome.ANSWERED, Outcome.SMALL_TALK})
_TO_A_PERSON = frozenset({Outcome.SUGGESTED, Outcome.HANDED_OVER})


class Verdict(StrEnum):
    """How a question went; the table above says when."""

    GOOD = "good"
    HANDED_OVER = "handed_over"
    INCOMPLETE = "incomplete"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Graded:
    """A question, what became of it, and the verdict.

    ``missing`` are the groups of which nothing was said, ``forbidden`` what was said of ``never``; both as they were
    written. ``suggestion_good`` is None where nothing went to a person or nothing must be said, False also where
    nothing was suggested; ``article_found``, whether the article named is among the evidence, None where none is named.
    """

    question: ExamQuestion
    asked: Asked
    verdict: Verdict
    missing: tuple[str, ...]
    forbidden: tuple[str, ...]
    suggestion_good: bool | None
    article_found: bool | None


def grade(question: ExamQuestion, asked: Asked) -> Graded:
    """The verdict on one question.

    Raises:
        FactError: a regular expression of the exam took too long on what was said.

    """
    missing, forbidden = _against(question, asked.said)
    suggestion_good = None
    if asked.outcome in _TO_A_PERSON and question.must:
        suggestion_good = bool(asked.suggestion) and not any(_against(question, asked.suggestion or ""))
    article_found = None
    if question.article:
        article_found = question.article in {each.article for each in asked.evidence}
    verdict = Verdict.WRONG if forbidden else _verdict(question.who, asked.outcome, said=not missing)
    return Graded(question, asked, verdict, missing, forbidden, suggestion_good, article_found)


def right_if_sent(question: ExamQuestion, reply: str) -> bool | None:
    """Whether a reply that was sent alone would be a good answer; None where the exam does not tell.

    Without ``must`` nothing says what answers the question, so no reply is proven right; some are wrong all the same.

    Raises:
        FactError: a regular expression of the exam took too long on the reply.

    """
    missing, forbidden = _against(question, reply)
    if question.who is Who.PERSON or missing or forbidden:
        return False
    return True if question.must else None


def _verdict(who: Who, outcome: Outcome, *, said: bool) -> Verdict:
    """The verdict where nothing was said that must not be; ``said``: all that must be was."""
    if outcome in _TO_A_PERSON:
        if who is Who.BOT:
            return Verdict.HANDED_OVER
        return Verdict.GOOD if said or who is Who.EITHER else Verdict.INCOMPLETE
    if said and who is not Who.PERSON:
        return Verdict.GOOD
    return Verdict.WRONG if outcome in _ALONE else Verdict.INCOMPLETE


def _against(question: ExamQuestion, said: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a text lacks, and what it must not say."""
    read = plain(said)
    missing = tuple(
        " or ".join(each.written for each in group)
        for group in question.must
        if not any(each.found_in(read) for each in group)
    )
    return missing, tuple(each.written for each in question.never if each.found_in(read))
