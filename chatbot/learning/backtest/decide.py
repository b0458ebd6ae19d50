"""Cases of a backtest as a contract, or a probability and a policy, would have decided them. Asks nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Candidate
from chatbot.dialogue.ask import Question
from chatbot.dialogue.decide.policy import Policy
from chatbot.dialogue.rank.scope import FEATURE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.dialogue.decide.error_budget import Thresholds
    from chatbot.dialogue.rank.probability import ProbabilityModel
    from chatbot.learning.backtest.case import Case
    from chatbot.service.serving.contract import Contract


def decided_by(contract: Contract, cases: Sequence[Case], thresholds: Thresholds | None = None) -> list[Case]:
    """The cases as a contract would have decided them, with other thresholds where some are given."""
    return decided(cases, contract.probability_model, Policy(thresholds=thresholds or contract.thresholds))


def decided(cases: Sequence[Case], probability_model: ProbabilityModel, policy: Policy) -> list[Case]:
    """Cases as a probability and a policy would have decided them; without a contract as well (``backtest.py``)."""
    return [_decided(case, probability_model, policy) for case in cases]


def likelier(cases: Sequence[Case], written: Mapping[str, Case], probability_model: ProbabilityModel) -> list[Case]:
    """Each case, or what a model wrote on its question where that is likelier right; ``written`` by the case's id."""

    def sure(case: Case) -> float:
        return -1.0 if case.ours is None else probability_model.probability(case.features)

    return [max(case, written.get(case.id, case), key=sure) for case in cases]


def _decided(case: Case, probability_model: ProbabilityModel, policy: Policy) -> Case:
    """What was clear from the customer's words alone stays as it is."""
    if case.ours is None:
        return case
    sure = probability_model.probability(case.features)
    best = Candidate(case.ours, _origin(case), case.evidence_ids, case.features)
    asked = Question(Candidate(case.said, "verbatim", ()), share=0.0) if case.said else None
    verdict = policy.decide((best,), best, sure, topic=case.topic, out_of_scope=case.out_of_scope, question=asked)
    return replace(case, probability=sure, decision=verdict.decision, reason=verdict.reason)


def _origin(case: Case) -> str:
    """How the reply came about: without a contract only what an article says is answered alone."""
    for origin in ("refined", "written"):
        if case.features.get(origin):
            return origin
    return "excerpt" if case.features.get("article") else "verbatim"


def with_log_odds(case: Case, value: float) -> Case:
    """A case whose features tell how much its question is this desk's business."""
    return replace(case, features={**case.features, FEATURE: value}) if case.features else case
