"""Whether the model that serves may write replies: tried on past questions, and let where it adds (ADR 48).

The same questions are asked again with GPT-2 writing of what is found; what it wrote is judged as any reply is, teaches
the same probability, and stands for its question where it is likelier right than the best that agents said. A contract
with it takes the place of the one without where it answers more of the newest questions rightly and loses nowhere
(``backtest/paired_bootstrap.py``). Fits and promotes nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Decision
from chatbot.errors import InputError
from chatbot.home import new_version_name
from chatbot.learning.backtest.decide import decided_by, likelier
from chatbot.learning.backtest.paired_bootstrap import answers_less, loses
from chatbot.learning.backtest.risk_coverage import exceeds
from chatbot.learning.contracts.fit_contract import make

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatbot.dialogue.decide.error_budget import Promise
    from chatbot.learning.backtest.case import Case
    from chatbot.learning.contracts.fit_contract import Making
    from chatbot.service.serving.contract import Contract

SIDE_BY_SIDE = 10
"""Questions of which the report shows both replies."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The contract to go on with, what it made of the newest questions, and what is told of a trial."""

    contract: Contract
    measured: list[Case]
    told: dict[str, Any] | None = None


def tried(
    contract: Contract, measured: Sequence[Case], cases: Sequence[Case], making: Making, replies: Sequence[Case]
) -> Tried:
    """Set a contract beside one that lets ``making.replies_by`` write.

    Args:
        contract: the one without.
        measured: what that one made of the questions that nothing was fitted on, decided.
        cases: all past cases, oldest first.
        making: what the other is made with; its ``replies`` are not looked at.
        replies: cases of what the model wrote, on as many of all questions as it wrote an acceptable reply to.

    """
    by_id = {case.id: case for case in replies if case.ours is not None}
    found: dict[str, Any] = {
        "replies_by": making.replies_by,
        "asked": len(replies),
        "wrote": len(by_id),
        "judged": sum(case.right is not None for case in by_id.values()),
        "right": sum(case.right is True for case in by_id.values()),
        "side_by_side": [],
    }
    try:
        other = make(cases, replace(making, version=new_version_name(), replies=by_id))
    except InputError as problem:
        return Tried(contract, list(measured), {**found, "kept": False, "verdict": f"It does not write: {problem}"})
    mixed = decided_by(other, likelier(measured, by_id, other.probability_model))
    kept, verdict = _verdict(mixed, measured, making.promise)
    counts = {"with": _counts(mixed), "without": _counts(measured)}
    shown = _side_by_side(measured, by_id, other.probability_model.probability)
    told = {**found, **counts, "kept": kept, "verdict": verdict, "side_by_side": shown}
    return Tried(other, mixed, told) if kept else Tried(contract, list(measured), told)


def _verdict(mixed: Sequence[Case], measured: Sequence[Case], promise: Promise) -> tuple[bool, str]:
    more, was = _counts(mixed), _counts(measured)
    if was["answered"]:
        (lost, why), less = loses(mixed, measured), answers_less(mixed, measured)
    else:  # where nothing was answered none was wrong: like a first contract it is held to its promise
        lost, less = exceeds(more["wrong"], more["answered"], promise.risk, sure=promise.sure), None
        why = f"That is more than {promise.risk:.0%}." if lost else f"Promised is {promise.terms}."
    told = (
        f"Of {more['cases']:,} newest questions {more['answered']:,} would be answered alone with GPT-2 writing, "
        f"{more['wrong']:,} of these wrong; without it {was['answered']:,}, {was['wrong']:,} wrong."
    )
    if lost or less is not None:
        return False, f"It does not write. {told} {less or why}"
    if more["right"] <= was["right"]:
        return False, f"It does not write: that adds nothing. {told}"
    return True, f"It writes. {told} {why}"


def _counts(cases: Sequence[Case]) -> dict[str, int]:
    sent = [case for case in cases if case.decision is Decision.ANSWER and case.right is not None]
    right = sum(case.right is True for case in sent)
    own = sum(bool(case.features.get("written")) for case in sent)
    return {"cases": len(cases), "answered": len(sent), "right": right, "wrong": len(sent) - right, "written": own}


def _side_by_side(
    cases: Sequence[Case], replies: dict[str, Case], probability: Callable[[Any], float]
) -> list[dict[str, Any]]:
    """The newest questions with what agents said once, what the model wrote, and what the agent then said."""
    both = [
        (case, replies[case.id])
        for case in reversed(cases)
        if case.id in replies and case.ours is not None and case.theirs.strip(" -")  # an agent answered it
    ]
    return [
        {
            "question": case.question,
            "theirs": case.theirs,
            "past": {"text": case.ours, "right": case.right, "probability": round(probability(case.features), 4)},
            "written": {"text": own.ours, "right": own.right, "probability": round(probability(own.features), 4)},
        }
        for case, own in both[:SIDE_BY_SIDE]
    ]
