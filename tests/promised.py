"""A pipeline under a promise, for tests of what is sent once a contract serves; how sure it is, likeness decides."""

from __future__ import annotations

from typing import Any

from chatbot.dialogue.decide.error_budget import Promise, Threshold, Thresholds
from chatbot.dialogue.decide.policy import Policy
from chatbot.dialogue.rank.probability import ProbabilityModel, Spline

_WEIGHTS = {"similarity": 6.0, "retrieval": 3.5, "margin": 2.5, "support": 1.0}
BY_LIKENESS = ProbabilityModel(-6.4, {name: Spline(0.0, 1.0, (weight,)) for name, weight in _WEIGHTS.items()})


def promised(answer: float = 0.5) -> dict[str, Any]:
    """Arguments of a pipeline that sends what passes its checks and is at least so likely."""
    policy = Policy(thresholds=Thresholds(Promise(), Threshold(answer, answer, 100, 1, 0.04)))
    return {"policy": policy, "probability_model": BY_LIKENESS}
