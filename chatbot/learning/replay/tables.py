"""The tables and cards of a replay's page, as HTML: groups with bars, reasons, two replies side by side, the list.

Every text that comes from a desk is escaped. Works on what is in the report's JSON and on cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Decision, shortened
from chatbot.learning.replay.word_diff import marked
from chatbot.learning.reports import pieces
from chatbot.learning.reports.page import customer, reply, text
from chatbot.learning.reports.pieces import NONE, Part, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.learning.backtest.case import Case

DECISIONS = {
    Decision.ANSWER: ("answered", "answered alone"),
    Decision.ASK_BACK: ("asked_back", "asked back"),
    Decision.SUGGEST: ("suggested", "suggested to an agent"),
    Decision.HAND_OVER: ("handed_over", "handed over"),
}
"""For each decision its name in a group and in words."""
_REASONS = {
    "confident": "sure enough",
    "greeting": "a greeting without a question",
    "thanks": "thanks or a good-bye",
    "acknowledgement": "the customer had understood",
    "who": "the customer asked whether a bot answers",
    "praise": "praise",
    "unclear": "nothing to be understood",
    "wants_person": "the customer asked for a person",
    "anger": "the customer was angry",
    "crisis": "the customer may be in danger",
    "hazard": "a thing may be dangerous",
    "others_data": "the customer asks for what is somebody else's",
    "third_failed_turn": "two replies had not settled it",
    "nothing_found": "nothing in the past is near this",
    "checks_failed": "no reply passed the checks",
    "agents_ask": "agents asked back in such cases",
    "suggestion": "good enough to show an agent, not to send",
    "foreign_subject": "sure enough, but customers do not ask about this here",
    "low_confidence": "not sure enough",
    "partly_answered": "one of several questions was for a person",
    "answered_in_parts": "several questions, each answered",
    "nothing_promised": "sure enough, but what agents answered goes out alone only under a contract",
    "stopped": "answering alone is switched off",
    "no_customer_words": "the customer wrote no words",
}
JUDGED_BY = {
    "label": "both replies have the same label (action, intent or macro)",
    "links": "our reply links an article that the agent linked",
    "encoder": "the encoder finds the two replies more alike than nearly all answers to unrelated questions",
    "person": "a person of the team judged it on the labelling page",
}
"""When a reply of ours counts as right, by what it was judged by (``dialogue/rank/agreement.py``)."""
_LONGEST_IN_LIST = 600


def parts(group: Mapping[str, Any]) -> list[Part]:
    """What became of a group's cases."""
    return [Part(decision, words, group[name]) for decision, (name, words) in DECISIONS.items()]


def groups(rows: Sequence[Mapping[str, Any]], *, caption: str, heading: str) -> str:
    """A table with a row a group: cases, what became of them, and how the answered ones agree."""
    return pieces.groups(
        [(row["name"], row["cases"], parts(row), _outcome(row)) for row in rows],
        caption=caption,
        columns=(heading, "questions", "what became of them", "alone", "say the same"),
    )


def _outcome(row: Mapping[str, Any]) -> str:
    return f"<td>{percent(row['answered'], row['cases'])}</td><td>{_agreement(row)}</td>"


def allowed(rows: Sequence[Mapping[str, Any]], sure: float) -> str:
    """The table behind the slider."""
    body = "".join(
        f'<tr><th scope="row">{row["risk"]:.1%}</th><td>{row["similarity"]:.0%}</td><td>{row["claimed"]:.0%}</td>'
        f"<td>{row['probability']:.0%}</td></tr>"
        for row in rows
    )
    return (
        "<table><caption>Share of the judged questions that would be answered alone</caption><thead><tr>"
        '<th scope="col">wrong, at most</th><th scope="col">by likeness alone</th>'
        f'<th scope="col">promised, {sure:.0%} sure</th><th scope="col">by our probability</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def reasons(rows: Sequence[Mapping[str, Any]]) -> str:
    """How often each decision was taken for which reason."""
    body = "".join(
        f'<tr><th scope="row">{_decision_chip(row["decision"])} {text(reason_in_words(row["reason"]))}</th>'
        f"<td>{row['count']:,}</td></tr>"
        for row in rows
    )
    return (
        "<table><caption>Questions by decision and reason</caption><thead><tr>"
        '<th scope="col">decision and reason</th><th scope="col">questions</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def side_by_side(case: Case) -> str:
    """A question with both replies, what differs marked."""
    ours, theirs, alike = marked(case.ours or "", case.theirs)
    note = "" if alike else '<span class="chip plain">few words in common</span>'
    facts = f'<p class="facts">{_verdict_chip(case)}<span class="chip plain">{case.probability:.0%} sure</span>'
    if case.topic:
        facts += f'<span class="chip plain">{text(case.topic)}</span>'
    if case.created:
        facts += f'<span class="chip plain">{text(case.created[:10])}</span>'
    return (
        f'<article class="card">{facts}{note}</p>{customer(case.question)}'
        f'<div class="answers">{reply("Understudy", ours)}{reply("Your agent", theirs)}</div></article>'
    )


def listed(case: Case) -> str:
    """One line of the list, which opens."""
    verdict = {True: "right", False: "wrong", None: "unjudged"}[case.right]
    ours = case.said if case.decision is Decision.ASK_BACK and case.said else (case.ours or "")
    name = {Decision.HAND_OVER: "Understudy, not sent", Decision.SUGGEST: "Understudy, to the agent"}.get(
        case.decision, "Understudy"
    )
    opening = text(shortened(" ".join(case.question.split()), 200))
    shown = text(shortened(ours, _LONGEST_IN_LIST)) or '<span class="quiet">(no reply passed the checks)</span>'
    return (
        f'<details data-decision="{case.decision}" data-topic="{text(case.topic or "")}" data-verdict="{verdict}">'
        f"<summary>{_decision_chip(case.decision)}"
        f'<span class="p">{case.probability:.0%}</span><span class="q" dir="auto">{opening}</span></summary>'
        f'<div class="inside"><p class="facts">{_verdict_chip(case)}<span class="chip plain">'
        f"{text(reason_in_words(case.reason))}</span></p>{customer(shortened(case.question, _LONGEST_IN_LIST))}"
        f'<div class="answers">{reply(name, shown)}'
        f"{reply('Your agent', text(shortened(case.theirs, _LONGEST_IN_LIST)))}</div></div></details>"
    )


def reason_in_words(reason: str) -> str:
    """A reason code as people say it; an unknown one with its underscores gone."""
    return _REASONS.get(reason, reason.replace("_", " "))


def _agreement(row: Mapping[str, Any]) -> str:
    if not row["judged"]:
        return f'<span class="quiet">{NONE}</span>'
    return (
        f"{percent(row['right'], row['judged'])} "
        f'<span class="range">{100 * row["low"]:.0f}{NONE}{100 * row["high"]:.0f}</span>'
    )


def _decision_chip(decision: str) -> str:
    return f'<span class="chip {text(decision)}">{text(DECISIONS[Decision(decision)][1].split(" to ")[0])}</span>'


def _verdict_chip(case: Case) -> str:
    if case.right is None:
        return '<span class="chip plain">not judged</span>'
    how = {"label": "by label", "links": "by linked article", "encoder": "by encoder", "person": "by a person"}
    by = how.get(case.judged_by or "", "")
    return (
        f'<span class="chip right">says the same, {by}</span>'
        if case.right
        else f'<span class="chip wrong">says something else, {by}</span>'
    )
