"""Whether a new version loses against the one that serves, on the same past questions: a paired bootstrap.

It draws conversations (the cases of one go together) and asks two things: are more of its answers wrong, and does its
probability order replies worse (area under the risk-coverage curve)? It loses where either is worse beyond chance.
Fits and promotes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.answer import Decision
from chatbot.learning.backtest.risk_coverage import area_of, weighted_area

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from chatbot.learning.backtest.case import Case

BEYOND_CHANCE = 0.95
"""Share of the bootstrap's draws that must be worse before it counts as a loss."""
DRAWS = 2000
FEWEST = 30
"""Questions that both versions have a verdict on; with fewer nothing is said."""
_ROUNDING = 1e-9


def loses(new: Sequence[Case], old: Sequence[Case], *, seed: int = 0, draws: int = DRAWS) -> tuple[bool, str]:
    """Whether the new version loses on the questions that both were asked, and a sentence that says why or why not.

    ``new`` and ``old`` are cases of two versions; they are paired by their ids.
    """
    pairs = _pairs(new, old)
    if len(pairs) < FEWEST:
        return False, f"{len(pairs)} questions are too few to compare two versions ({FEWEST} are needed)."
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    weights = _weights([case.conversation_id for case in ours], seed=seed, draws=draws)
    risk = _risk(ours, weights) - _risk(theirs, weights)
    area = _area(ours, weights) - _area(theirs, weights)
    all_once = np.ones((1, len(pairs)))
    risks = (float(_risk(theirs, all_once)[0]), float(_risk(ours, all_once)[0]))
    areas = (float(_area(theirs, all_once)[0]), float(_area(ours, all_once)[0]))
    worse = []
    if _mostly_above(risk):
        worse.append(f"{risks[1]:.1%} of its answers are wrong, {risks[0]:.1%} before")
    if _mostly_above(area):
        worse.append(
            f"the area under its risk-coverage curve is {areas[1]:.3f}, {areas[0]:.3f} before (lower is better)"
        )
    if worse:
        return True, f"On {len(pairs)} past questions it loses: {'; '.join(worse)}, beyond chance."
    return False, (
        f"On {len(pairs)} past questions it does not lose: {risks[1]:.1%} of its answers are wrong ({risks[0]:.1%} "
        f"before), area under the risk-coverage curve {areas[1]:.3f} ({areas[0]:.3f} before)."
    )


def answers_less(new: Sequence[Case], old: Sequence[Case], *, seed: int = 0, draws: int = DRAWS) -> str | None:
    """That the new version answers fewer of the questions both were asked, as a sentence, where it does beyond chance.

    Whatever was answered counts, with a verdict or without.
    """
    known = {case.id: case for case in old}
    pairs = [(case, known[case.id]) for case in new if case.id in known]
    if len(pairs) < FEWEST:
        return None
    weights = _weights([ours.conversation_id for ours, _ in pairs], seed=seed, draws=draws)
    sent = np.array([[case.decision is Decision.ANSWER for case in pair] for pair in pairs], dtype=float)
    if not _mostly_above(weights @ (sent[:, 1] - sent[:, 0])):
        return None
    now, was = (int(count) for count in sent.sum(axis=0))
    return f"Of {len(pairs):,} questions it answers {now:,} alone, {was:,} were before: fewer, beyond chance."


def _pairs(new: Sequence[Case], old: Sequence[Case]) -> list[tuple[Case, Case]]:
    """The questions on which both have a reply with a verdict, in the order of the new version's cases."""
    known = {case.id: case for case in old if case.right is not None}
    return [(case, known[case.id]) for case in new if case.right is not None and case.id in known]


def _weights(conversations: Sequence[str], *, seed: int, draws: int) -> NDArray[np.float64]:
    """How often each case is drawn, draws x cases: whole conversations are drawn with replacement."""
    names, places = np.unique(np.asarray(conversations), return_inverse=True)
    counts = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    weights: NDArray[np.float64] = counts[:, places].astype(np.float64)
    return weights


def _risk(cases: Sequence[Case], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the answers sent alone that is wrong, a draw each; 0 where none was sent."""
    sent = np.asarray([case.decision is Decision.ANSWER for case in cases], dtype=float)
    wrong = sent * np.asarray([case.right is False for case in cases], dtype=float)
    risks: NDArray[np.float64] = (weights @ wrong) / np.maximum(weights @ sent, 1.0)
    return risks


def _area(cases: Sequence[Case], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    order, wrong = weighted_area([case.probability for case in cases], [bool(case.right) for case in cases])
    return np.asarray([area_of(order, wrong, each) for each in weights])


def _mostly_above(differences: NDArray[np.float64]) -> bool:
    return bool((differences > _ROUNDING).mean() >= BEYOND_CHANCE)
