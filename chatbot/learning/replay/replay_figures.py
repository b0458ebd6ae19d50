"""The figures of a replay: what would have become of past questions, and how often that was what the team said.

A pure function of cases (``backtest/case.py``): asks and fits nothing, reads and writes no file. Only cases that
nothing was fitted on say anything about the future; choosing those is the caller's business.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.decide.error_budget import Promise, thresholds, upper_bound
from chatbot.dialogue.rank.probability import reliability
from chatbot.learning.backtest.risk_coverage import curve, interval
from chatbot.learning.replay.time_saved import ASSUMED, AnswerTime, saved
from data.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chatbot.dialogue.rank.probability import Reliability
    from chatbot.learning.backtest.case import Case
    from chatbot.learning.backtest.risk_coverage import Curve
    from chatbot.learning.replay.time_saved import Saved

SHOWN = 20
"""Worst disagreements that are shown; half as many of the best."""
RISKS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3)
"""Shares of wrong answers for which coverage is told."""
SIMILARITY = "similarity"
"""The feature that other tools decide by: likeness of the question to a past one."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What was promised, and with what: shares of 1; ``versions`` of index, adapter, model and contract.

    ``promised`` is whether a contract serves. ``left_out`` questions were not counted: the contract was made of them.
    """

    risk: float
    sure: float
    promised: bool
    threshold: float | None
    versions: Mapping[str, str | None]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """What became of cases of one kind. ``judged`` of the answered ones have a verdict, ``right`` of these agree."""

    name: str
    cases: int
    answered: int
    asked_back: int
    suggested: int
    handed_over: int
    judged: int
    right: int

    def to_json(self) -> dict[str, Any]:
        """With the share that agrees and its exact 95 % interval, where anything was judged."""
        low, high = interval(self.right, self.judged)
        share = self.right / self.judged if self.judged else None
        return {**asdict(self), "agreement": share, "low": low, "high": high}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What allowing a ``risk`` would bring, as shares of the judged cases that are answered alone.

    ``probability`` and ``similarity`` are read off the curves: what was so, afterwards. ``claimed`` is what could be
    promised beforehand, with the promise's certainty (``dialogue/decide/error_budget.py``).
    """

    risk: float
    probability: float
    similarity: float
    claimed: float


@dataclass(frozen=True, slots=True)
class Replay:
    """All figures of one replay. Without a single verdict there is no reliability, and both curves are empty."""

    terms: Terms
    since: str | None
    until: str | None
    total: Group
    judged_by: Mapping[str, int]
    probability: Curve
    similarity: Curve
    allowed: tuple[Allowed, ...]
    reliability: Reliability | None
    topics: tuple[Group, ...]
    languages: tuple[Group, ...]
    months: tuple[Group, ...]
    reasons: tuple[tuple[str, str, int], ...]
    saved: Saved
    worst: tuple[Case, ...]
    best: tuple[Case, ...]

    @property
    def wrong_at_most(self) -> float:
        """Share of the answers sent alone that is wrong, at most, as sure as was promised."""
        return upper_bound(self.total.judged - self.total.right, self.total.judged, self.terms.sure)

    def to_json(self) -> dict[str, Any]:
        """For the page, for programs, for a comparison with a later replay."""
        return {
            "terms": {**asdict(self.terms), "versions": dict(self.terms.versions)},
            "since": self.since,
            "until": self.until,
            "total": {**self.total.to_json(), "wrong_at_most": self.wrong_at_most},
            "judged_by": dict(self.judged_by),
            "curves": {"probability": asdict(self.probability), "similarity": asdict(self.similarity)},
            "allowed": [asdict(one) for one in self.allowed],
            "reliability": asdict(self.reliability) if self.reliability else None,
            "topics": [group.to_json() for group in self.topics],
            "languages": [group.to_json() for group in self.languages],
            "months": [group.to_json() for group in self.months],
            "reasons": [
                {"decision": decision, "reason": reason, "count": count} for decision, reason, count in self.reasons
            ],
            "saved": self.saved.to_json(),
            "worst": [case.to_json() for case in self.worst],
            "best": [case.to_json() for case in self.best],
        }


def figures(cases: Sequence[Case], terms: Terms, *, time: AnswerTime | None = None, seed: int = 0) -> Replay:
    """Everything that is told of a replay.

    The curves are over the cases with a verdict on our best reply, whatever was decided; both over the same.
    ``time`` is what an answer takes an agent; ``seed`` that of the bootstrap of minutes saved.
    """
    judged = [case for case in cases if case.right is not None]
    right = [bool(case.right) for case in judged]
    probabilities = [case.probability for case in judged]
    curves = (curve(probabilities, right), curve([case.features.get(SIMILARITY, 0.0) for case in judged], right))
    dates = sorted(day for day in (_day(case) for case in cases) if day)
    answered = [case for case in judged if case.decision is Decision.ANSWER]
    surest = sorted(answered, key=lambda case: (-case.probability, case.id))
    reasons = Counter((str(case.decision), case.reason) for case in cases)
    return Replay(
        terms=terms,
        since=dates[0] if dates else None,
        until=dates[-1] if dates else None,
        total=_group("all", cases),
        judged_by=Counter(case.judged_by or "unknown" for case in judged),
        probability=curves[0],
        similarity=curves[1],
        allowed=tuple(
            Allowed(
                risk,
                curves[0].coverage_at(risk),
                curves[1].coverage_at(risk),
                _claimed(probabilities, right, risk, terms.sure),
            )
            for risk in RISKS
        ),
        reliability=reliability(probabilities, right) if probabilities else None,
        topics=_groups(cases, lambda case: case.topic or "(no topic)"),
        languages=_groups(cases, lambda case: case.language or "(unknown)"),
        months=tuple(sorted(_groups(cases, lambda case: _day(case)[:7] or "(no date)"), key=lambda one: one.name)),
        reasons=tuple((*what, count) for what, count in reasons.most_common()),
        saved=saved(cases, time or AnswerTime(ASSUMED), seed=seed),
        worst=tuple(case for case in surest if not case.right)[:SHOWN],
        best=_different(case for case in surest if case.right),
    )


def _day(case: Case) -> str:
    at = parse_time(case.created)
    return at.date().isoformat() if at else ""


def _groups(cases: Sequence[Case], name_of: Callable[[Case], str]) -> tuple[Group, ...]:
    """One group a name, the largest first."""
    parts: dict[str, list[Case]] = {}
    for case in cases:
        parts.setdefault(name_of(case), []).append(case)
    return tuple(
        _group(name, members) for name, members in sorted(parts.items(), key=lambda part: (-len(part[1]), part[0]))
    )


def _group(name: str, cases: Sequence[Case]) -> Group:
    decided = Counter(case.decision for case in cases)
    judged = [case for case in cases if case.decision is Decision.ANSWER and case.right is not None]
    return Group(
        name=name,
        cases=len(cases),
        answered=decided[Decision.ANSWER],
        asked_back=decided[Decision.ASK_BACK],
        suggested=decided[Decision.SUGGEST],
        handed_over=decided[Decision.HAND_OVER],
        judged=len(judged),
        right=sum(bool(case.right) for case in judged),
    )


def _different(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The first with different replies: ten times the same sentence shows nothing."""
    shown: dict[str, Case] = {}
    for case in cases:
        shown.setdefault(case.ours or "", case)
        if len(shown) == SHOWN // 2:
            break
    return tuple(shown.values())


def _claimed(probabilities: Sequence[float], right: Sequence[bool], risk: float, sure: float) -> float:
    """Share of the cases above the threshold that these cases allow to promise; 0 where they allow none."""
    if not probabilities:
        return 0.0
    chosen = thresholds(probabilities, right, [None] * len(right), Promise(risk, sure)).for_topic(None).answer
    if chosen is None:
        return 0.0
    return sum(each >= chosen for each in probabilities) / len(probabilities)
