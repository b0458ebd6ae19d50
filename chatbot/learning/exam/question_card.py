"""One question of an exam as HTML: a line that opens to what was said, what it rests on, and what is wrong with it.

Every text is escaped: questions and answers are anybody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.answer import shortened
from chatbot.learning.exam.asked import Outcome
from chatbot.learning.exam.grade import Verdict
from chatbot.learning.exam.question import Who
from chatbot.learning.reports.page import customer, reply, text
from data.transcripts import Role

if TYPE_CHECKING:
    from chatbot.learning.exam.grade import Graded
    from data.transcripts import Turn

VERDICTS = {
    Verdict.GOOD: "good",
    Verdict.WRONG: "wrong",
    Verdict.HANDED_OVER: "handed over",
    Verdict.INCOMPLETE: "incomplete",
}
OUTCOMES = {
    Outcome.ANSWERED: "answered alone",
    Outcome.SMALL_TALK: "small talk",
    Outcome.ASKED_BACK: "asked back",
    Outcome.SUGGESTED: "suggested to an agent",
    Outcome.HANDED_OVER: "handed over",
}
_SHOULD = {Who.BOT: "for the bot", Who.PERSON: "for a person", Who.EITHER: "for either"}
_SPEAKERS = {Role.CUSTOMER: "Customer", Role.AGENT: "Agent", Role.BOT: "Understudy", Role.NOTE: "Note"}
_LONGEST = 2000
_LONGEST_TURN = 600
_OPENING = 200
_TURNS = 8


def card(graded: Graded, *, learnt: bool = False) -> str:
    """The question as a line of the list; ``learnt``: the contract that serves was made with it."""
    question, asked = graded.question, graded.asked
    words = question.turns[-1].text
    earlier = "".join(map(_turn, question.turns[:-1][-_TURNS:]))
    said = text(shortened(asked.said, _LONGEST)) or '<span class="quiet">(nothing)</span>'
    answers = reply("Understudy", said)
    if asked.outcome in {Outcome.SUGGESTED, Outcome.HANDED_OVER}:
        shown = text(shortened(asked.suggestion or "", _LONGEST)) or '<span class="quiet">(nothing was near)</span>'
        answers += reply("What an agent is shown first", shown, _suggestion_note(graded))
    return (
        f'<details data-verdict="{graded.verdict}" data-outcome="{asked.outcome}" data-kind="{text(question.kind)}">'
        f'<summary>{verdict_chip(graded.verdict)}<span class="p">{asked.confidence:.0%}</span>'
        f'<span class="q" dir="auto">{text(shortened(" ".join(words.split()), _OPENING))}</span></summary>'
        f'<div class="inside"><p class="facts">{_facts(graded, learnt=learnt)}</p>{_failures(graded)}{earlier}'
        f'{customer(shortened(words, _LONGEST))}<div class="answers">{answers}</div>'
        f"{_told('Why', asked.detail)}{_told('What the exam says', question.why)}{_evidence(graded)}</div></details>"
    )


def verdict_chip(verdict: Verdict) -> str:
    """A verdict in its colour."""
    return f'<span class="chip went-{verdict}">{VERDICTS[verdict]}</span>'


def _facts(graded: Graded, *, learnt: bool) -> str:
    question = graded.question
    named = [question.id, OUTCOMES[graded.asked.outcome], _SHOULD[question.who], question.kind, question.language]
    if learnt:
        named.append("the contract was made with it")
    if graded.article_found is not None:
        named.append(f"{question.article} {'is' if graded.article_found else 'is not'} among the evidence")
    return "".join(f'<span class="chip plain">{text(each)}</span>' for each in named if each)


def _failures(graded: Graded) -> str:
    lacking = [f"missing: {each}" for each in graded.missing]
    spans = "".join(f"<span>{text(each)}</span>" for each in [*lacking, *(f"said: {one}" for one in graded.forbidden)])
    return f'<p class="checks">{spans}</p>' if spans else ""


def _suggestion_note(graded: Graded) -> str:
    if graded.suggestion_good is None or not graded.asked.suggestion:
        return ""
    words, style = ("would have been good", "good") if graded.suggestion_good else ("would not have been good", "")
    return f'<p class="checks"><span class="{style}">{words}</span></p>'


def _turn(turn: Turn) -> str:
    said = text(shortened(turn.text, _LONGEST_TURN))
    return f'<div class="turn"><p class="who">{_SPEAKERS[turn.role]}</p><p class="said" dir="auto">{said}</p></div>'


def _told(what: str, words: str) -> str:
    return f'<p class="told"><b>{what}:</b> <span dir="auto">{text(words)}</span></p>' if words else ""


def _evidence(graded: Graded) -> str:
    if not graded.asked.evidence:
        return ""
    items = "".join(
        f'<li dir="auto"><b>{text(each.title)}</b> <span class="quiet">{each.score:.2f}</span>\n{text(each.text)}</li>'
        for each in graded.asked.evidence
    )
    return f'<p class="told"><b>Evidence</b></p><ol class="evidence">{items}</ol>'
