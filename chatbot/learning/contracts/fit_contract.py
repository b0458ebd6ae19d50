"""Fits a contract on the cases of a backtest: the probability, the thresholds, the figures. Replays nothing.

Past questions are divided by time, conversations whole: the oldest half fits the probability, the next part chooses
the thresholds, the newest is measured on and used for nothing else. Written questions have no time and are divided by
lot, in the same shares; a case counts as one, whichever it is (ADR 35). The ranking was fitted before the cases were
replayed, on the oldest half as well. Where there are too few cases nothing is claimed and there is no contract.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.decide import error_budget
from chatbot.dialogue.decide.error_budget import CHOOSING, FEWEST, FITTING, what_is_needed
from chatbot.dialogue.rank.fit_probability import fit_probability
from chatbot.dialogue.rank.probability import reliability
from chatbot.errors import InputError
from chatbot.learning.backtest.decide import decided_by, likelier
from chatbot.learning.backtest.risk_coverage import curve
from chatbot.learning.contracts.written_questions import EXAM, digest_of
from chatbot.service.corpus.history import place_in_time
from chatbot.service.serving.contract import Contract, Kept
from data.split import held_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.dialogue.decide.error_budget import Promise
    from chatbot.dialogue.rank.scope import Scope
    from chatbot.learning.backtest.case import Case
    from data.moments import Moment

InTime = TypeVar("InTime", "Case", "Moment")

RISKS = (0.05, 0.1, 0.2)
"""Shares of wrong answers at which coverage is told."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Making:
    """What a contract is made with beside the cases of the past: ``written`` ones, and questions of others.

    ``replies`` are what the model ``replies_by`` wrote on the same questions, by the case's id.
    """

    version: str
    created: str
    fitted_with: Mapping[str, str | None]
    promise: Promise
    same_above: float
    ranking: Mapping[str, float] | None = None
    seed: int = 0
    scope: Scope | None = None
    out_of_scope: Sequence[Case] = ()
    written: Sequence[Case] = ()
    replies_by: str | None = None
    replies: Mapping[str, Case] = field(default_factory=dict)


def make(cases: Sequence[Case], making: Making) -> Contract:
    """A contract from past cases, oldest first, and written ones; only those with a verdict count.

    Raises:
        InputError: there are too few to claim anything; the message says how many are needed.

    """
    parts, lots = divided(cases), by_lot(making.written)
    fitting = _spread(*(_judged(_with_replies(part, making.replies)) for part in (parts[0], lots[0])))
    later = [[*part, *lot] for part, lot in zip(parts[1:], lots[1:], strict=True)]
    _enough(fitting, _judged(later[0]), _judged(later[1]), making.promise)
    try:
        probability_model = fit_probability(
            [case.features for case in fitting],
            [bool(case.right) for case in fitting],
            out_of_scope=[case.features for case in making.out_of_scope if case.ours is not None],
            seed=making.seed,
        )
    except ValueError as problem:
        raise InputError(f"No probability can be fitted on {len(fitting)} past questions: {problem}.") from problem
    choosing, measured = (_judged(likelier(part, making.replies, probability_model)) for part in later)
    kept = tuple(
        Kept(round(probability_model.probability(case.features), _DIGITS), bool(case.right), case.topic)
        for case in choosing
        if not case.out_of_scope  # those are never answered alone
    )
    thresholds = error_budget.thresholds(
        [row.probability for row in kept], [row.right for row in kept], [row.topic for row in kept], making.promise
    )
    contract = Contract(
        version=making.version,
        created=making.created,
        fitted_with=making.fitted_with,
        probability_model=probability_model,
        thresholds=thresholds,
        ranking=making.ranking,
        same_above=making.same_above,
        until=max(place_in_time(case.created, case.conversation_id) for case in [*parts[0], *parts[1]] or lots[1]),
        kept=kept,
        figures={},
        scope=making.scope,
        written=tuple(sorted(digest_of(case) for case in (*lots[0], *lots[1]))),
        replies_by=making.replies_by,
    )
    counts = {"fitted": len(fitting), "chosen": len(choosing), "measured": len(measured)}
    written = len(_judged(making.written))
    return replace(contract, figures={"cases": counts, "written": written, **figures(decided_by(contract, measured))})


def figures(cases: Sequence[Case]) -> dict[str, Any]:
    """What decided cases with a verdict came to: calibration, risk and coverage, and the same by similarity alone."""
    right = [bool(case.right) for case in cases]
    sure = [case.probability for case in cases]
    near = [case.features.get("similarity", 0.0) for case in cases]
    answered = [case for case in cases if case.decision is Decision.ANSWER]
    wrong = sum(not case.right for case in answered)
    ours, theirs = curve(sure, right), curve(near, right)
    fit = reliability(sure, right)
    return {
        "judged_by": dict(Counter(str(case.judged_by) for case in cases)),
        "parts": {
            "past": _part([case for case in cases if case.judged_by != EXAM]),
            "written": _part([case for case in cases if case.judged_by == EXAM]),
        },
        "right": sum(right),
        "answered": len(answered),
        "wrong": wrong,
        "coverage": len(answered) / max(1, len(cases)),
        "risk": wrong / max(1, len(answered)),
        "ece": fit.ece,
        "brier": fit.brier,
        "bins": [list(row) for row in fit.bins],
        "area": ours.area,
        "area_by_similarity": theirs.area,
        "coverage_at": {str(risk): ours.coverage_at(risk) for risk in RISKS},
        "coverage_at_by_similarity": {str(risk): theirs.coverage_at(risk) for risk in RISKS},
    }


def _part(cases: Sequence[Case]) -> dict[str, int]:
    sent = [case for case in cases if case.decision is Decision.ANSWER]
    return {"cases": len(cases), "answered": len(sent), "wrong": sum(not case.right for case in sent)}


def divided(past: Sequence[InTime]) -> tuple[list[InTime], list[InTime], list[InTime]]:
    """What is oldest first, cases or questions, in three: to fit on, to choose thresholds on, to measure on.

    No conversation is in two of them.
    """
    parts: tuple[list[InTime], list[InTime], list[InTime]] = ([], [], [])
    number = 0
    for place, one in enumerate(past):
        if not place or one.conversation_id != past[place - 1].conversation_id:
            share = place / len(past)
            number = 0 if share < FITTING else 1 if share < FITTING + CHOOSING else 2
        parts[number].append(one)
    return parts


def by_lot(written: Sequence[InTime]) -> tuple[list[InTime], list[InTime], list[InTime]]:
    """Written questions in the same three shares, by a hash of the dialogue they belong to.

    So a question stays where it was when others are added, and what was measured on once was never fitted on.
    """
    parts: tuple[list[InTime], list[InTime], list[InTime]] = ([], [], [])
    for one in written:
        if held_out(one.conversation_id, 1 - FITTING - CHOOSING, salt="written"):
            parts[2].append(one)
        else:
            parts[1 if held_out(one.conversation_id, 1 - FITTING, salt="written") else 0].append(one)
    return parts


def _spread(past: Sequence[Case], written: Sequence[Case]) -> list[Case]:
    """Both in their order, the written ones evenly among the others: each block of a cross-validation has its share."""
    places = [*((place + 0.5) / len(past) for place in range(len(past)))]
    lots = [*((place + 0.5) / len(written) for place in range(len(written)))]
    both = sorted([*zip(places, past, strict=True), *zip(lots, written, strict=True)], key=lambda pair: pair[0])
    return [case for _, case in both]


def _with_replies(cases: Sequence[Case], replies: Mapping[str, Case]) -> list[Case]:
    """Each case, and behind it what the model wrote on its question."""
    return [each for case in cases for each in (case, replies.get(case.id)) if each is not None]


def _judged(cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if case.right is not None]


def _enough(fitting: Sequence[Case], choosing: Sequence[Case], measured: Sequence[Case], promise: Promise) -> None:
    total = len(fitting) + len(choosing) + len(measured)
    if total < FEWEST or len(choosing) < promise.needed or not fitting or not measured:
        raise InputError(f"{total:,} judged cases are too few to promise anything. {what_is_needed(promise, total)}")
