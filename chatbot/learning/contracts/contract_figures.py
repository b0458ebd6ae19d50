"""Figures of a contract on cases that nothing was fitted on. Fits nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.rank.probability import reliability
from chatbot.learning.backtest.risk_coverage import curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.learning.backtest.case import Case

RISKS = (0.05, 0.1, 0.2)
"""Shares of wrong answers at which coverage is told."""
SIMILARITY = "similarity"


def figures(cases: Sequence[Case]) -> dict[str, Any]:
    """What decided cases with a verdict came to: calibration, risk and coverage, and the same by similarity alone."""
    right = [bool(case.right) for case in cases]
    sure = [case.probability for case in cases]
    near = [case.features.get(SIMILARITY, 0.0) for case in cases]
    answered = [case for case in cases if case.decision is Decision.ANSWER]
    wrong = sum(not case.right for case in answered)
    ours, theirs = curve(sure, right), curve(near, right)
    fit = reliability(sure, right)
    return {
        "judged_by": dict(Counter(str(case.judged_by) for case in cases)),
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
