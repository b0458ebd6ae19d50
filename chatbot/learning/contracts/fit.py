"""The contract of a desk: what was fitted on its own history, and what it promises. Made of cases; plays nothing.

Cases are divided by time, conversations whole: the oldest half fits the probability, the next part chooses the
thresholds, the newest is measured on and used for nothing else. The ranking was fitted before the cases were played,
on the oldest half as well. Where there are too few cases nothing is claimed and there is no contract.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from chatbot.dialogue.answer import Candidate
from chatbot.dialogue.decide import error_budget
from chatbot.dialogue.decide.error_budget import Promise, Thresholds
from chatbot.dialogue.decide.policy import Policy
from chatbot.dialogue.rank import probability
from chatbot.dialogue.rank.probability import Calibrated
from chatbot.dialogue.rank.scope import Scope
from chatbot.dialogue.write.clarifying import Question
from chatbot.errors import InputError
from chatbot.learning.contracts.metrics import answers, figures, promised
from chatbot.service.corpus.history import place_in_time
from retrieval.search.reply_scores import ReplyWeights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.learning.backtest.case import Case
    from data.moments import Moment

InTime = TypeVar("InTime", "Case", "Moment")

FITTED, CHOSEN = 0.5, 0.3
"""Shares of the cases, from the oldest: the probability is fitted on the first, thresholds are chosen on the second."""
ALLOWED = (0.05, 0.1, 0.15, 0.2, 0.3)
"""Risks that are tried where the one that was asked for lets nothing be answered."""
FEWEST = 60
"""Judged cases below which nothing is fitted."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a case that thresholds were chosen on: enough to choose them anew for another promise."""

    probability: float
    right: bool
    topic: str | None


@dataclass(frozen=True, slots=True)
class Contract:
    """One version. ``fitted_with`` names index, adapter, encoder and, where one was asked, model.

    ``ranking`` are the fitted weights of the ranking as JSON, None for those that ship. ``until`` is the place in time
    (``place_in_time``) of the last conversation that anything was made of: what comes later was only measured on.
    ``kept`` are the cases behind the thresholds, ``figures`` what the newest cases came to, ``scope`` what is this
    desk's business, where that could be told.
    """

    version: str
    created: str
    fitted_with: Mapping[str, str | None]
    calibrated: Calibrated
    thresholds: Thresholds
    ranking: Mapping[str, float] | None
    same_above: float
    until: tuple[str, str]
    kept: tuple[Kept, ...]
    figures: Mapping[str, Any]
    scope: Scope | None = None

    def thresholds_for(self, promise: Promise) -> Thresholds:
        """Its own thresholds, or those for another promise, chosen on the same cases (which takes scipy)."""
        if promise == self.thresholds.promise:
            return self.thresholds
        rows = self.kept
        return error_budget.thresholds(
            [row.probability for row in rows], [row.right for row in rows], [row.topic for row in rows], promise
        )

    def weights(self) -> ReplyWeights | None:
        """The ranking as the pipeline wants it.

        Raises:
            TypeError: it names a part that this version does not know.

        """
        return None if self.ranking is None else ReplyWeights(**self.ranking)

    def unseen(self, one: Case | Moment) -> bool:
        """Whether nothing of the contract was made of this case's or question's conversation or of later ones."""
        return place_in_time(one.created, one.conversation_id) > self.until

    def decided(self, cases: Sequence[Case], thresholds: Thresholds | None = None) -> list[Case]:
        """The cases as this contract would have decided them, with other thresholds where some are given."""
        return decided(cases, self.calibrated, Policy(thresholds=thresholds or self.thresholds))

    def sentence(self, promise: Promise | None = None) -> str:
        """What it promises (or would, held to another promise), for people; where nothing, what would let it answer."""
        thresholds = self.thresholds_for(promise or self.thresholds.promise)
        told = promised(thresholds)
        if answers(thresholds):
            return told
        sure = thresholds.promise.sure
        more = (Promise(risk, sure) for risk in ALLOWED if risk > thresholds.promise.risk)
        enough = next((one for one in more if answers(self.thresholds_for(one))), None)
        if enough is None:
            return f"{told} More history, or answers that are more alike, would change that."
        return f"{told} UNDERSTUDY_RISK={enough.risk} would let it answer some."

    def to_json(self) -> dict[str, Any]:
        """For ``contract.json``."""
        return {
            "version": self.version,
            "created": self.created,
            "fitted_with": dict(self.fitted_with),
            "calibrated": self.calibrated.to_json(),
            "thresholds": self.thresholds.to_json(),
            "ranking": None if self.ranking is None else dict(self.ranking),
            "same_above": self.same_above,
            "until": list(self.until),
            "kept": [[row.probability, row.right, row.topic] for row in self.kept],
            "figures": dict(self.figures),
            "scope": None if self.scope is None else self.scope.to_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Contract:
        """The inverse of ``to_json``.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: it is not one.

        """
        time, lot = stored["until"]
        ranking, scope = stored["ranking"], stored.get("scope")  # a contract of before has none
        contract = cls(
            version=str(stored["version"]),
            created=str(stored["created"]),
            fitted_with=dict(stored["fitted_with"]),
            calibrated=Calibrated.from_json(stored["calibrated"]),
            thresholds=Thresholds.from_json(stored["thresholds"]),
            ranking=None if ranking is None else {str(name): float(weight) for name, weight in ranking.items()},
            same_above=float(stored["same_above"]),
            until=(str(time), str(lot)),
            kept=tuple(Kept(float(sure), bool(right), topic) for sure, right, topic in stored["kept"]),
            figures=dict(stored["figures"]),
            scope=None if scope is None else Scope.from_json(scope),
        )
        contract.weights()
        return contract


@dataclass(frozen=True, slots=True)
class Making:
    """What a contract is made with, beside the cases; ``foreign`` are cases of questions that are not this desk's."""

    version: str
    created: str
    fitted_with: Mapping[str, str | None]
    promise: Promise
    same_above: float
    ranking: Mapping[str, float] | None = None
    seed: int = 0
    scope: Scope | None = None
    foreign: Sequence[Case] = ()


def make(cases: Sequence[Case], making: Making) -> Contract:
    """A contract from cases, oldest first, of which only those with a verdict count.

    Raises:
        InputError: there are too few to claim anything; the message says how many are needed.

    """
    parts = divided(cases)
    fitting, choosing, measured = (_judged(part) for part in parts)
    _enough(fitting, choosing, measured, making.promise)
    try:
        calibrated = probability.fit(
            [case.features for case in fitting],
            [bool(case.right) for case in fitting],
            foreign=[case.features for case in making.foreign if case.ours is not None],
            seed=making.seed,
        )
    except ValueError as problem:
        raise InputError(f"No probability can be fitted on {len(fitting)} past questions: {problem}.") from problem
    kept = tuple(
        Kept(round(calibrated.probability(case.features), _DIGITS), bool(case.right), case.topic)
        for case in choosing
        if not case.foreign  # those are never answered alone
    )
    thresholds = error_budget.thresholds(
        [row.probability for row in kept], [row.right for row in kept], [row.topic for row in kept], making.promise
    )
    last = parts[1][-1]
    contract = Contract(
        version=making.version,
        created=making.created,
        fitted_with=making.fitted_with,
        calibrated=calibrated,
        thresholds=thresholds,
        ranking=making.ranking,
        same_above=making.same_above,
        until=place_in_time(last.created, last.conversation_id),
        kept=kept,
        figures={},
        scope=making.scope,
    )
    counts = {"fitted": len(fitting), "chosen": len(choosing), "measured": len(measured)}
    return replace(contract, figures={"cases": counts, **figures(contract.decided(measured))})


def decided(cases: Sequence[Case], calibrated: Calibrated, policy: Policy) -> list[Case]:
    """Cases as a probability and a policy would have decided them; without a contract as well (``rehearsal.py``)."""
    return [_decided(case, calibrated, policy) for case in cases]


def _decided(case: Case, calibrated: Calibrated, policy: Policy) -> Case:
    """What was clear from the customer's words alone stays as it is."""
    if case.ours is None:
        return case
    sure = calibrated.probability(case.features)
    best = Candidate(case.ours, "verbatim", case.evidence_ids)
    asked = Question(Candidate(case.said, "verbatim", ()), share=0.0) if case.said else None
    verdict = policy.on((best,), best, sure, topic=case.topic, foreign=case.foreign, question=asked)
    return replace(case, probability=sure, decision=verdict.decision, reason=verdict.reason)


def divided(past: Sequence[InTime]) -> tuple[list[InTime], list[InTime], list[InTime]]:
    """What is oldest first, cases or questions, in three: to fit on, to choose thresholds on, to measure on.

    No conversation is in two of them.
    """
    parts: tuple[list[InTime], list[InTime], list[InTime]] = ([], [], [])
    number = 0
    for place, one in enumerate(past):
        if not place or one.conversation_id != past[place - 1].conversation_id:
            share = place / len(past)
            number = 0 if share < FITTED else 1 if share < FITTED + CHOSEN else 2
        parts[number].append(one)
    return parts


def _judged(cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if case.right is not None]


def _enough(fitting: Sequence[Case], choosing: Sequence[Case], measured: Sequence[Case], promise: Promise) -> None:
    total = len(fitting) + len(choosing) + len(measured)
    needed = max(FEWEST, round(promise.needed / CHOSEN))
    if total < FEWEST or len(choosing) < promise.needed or not fitting or not measured:
        raise InputError(
            f"{total} past questions with a verdict are too few to promise anything (about {needed} are needed for at "
            f"most {promise.risk:.0%} wrong, {promise.sure:.0%} sure): import more."
        )
