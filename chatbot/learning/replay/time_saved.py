"""Minutes of agents' time that answers sent alone would have saved, with an interval.

What an answer takes an agent is measured where transcripts have times, and is an assumption, told as one, elsewhere.
Knows cases and turns; decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.dialogue.answer import Decision
from data.moments import is_learnable
from data.times import parse_time
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from chatbot.learning.backtest.case import Case
    from data.transcripts import Conversation

ASSUMED = 4.0
"""Minutes an answer takes an agent where nothing is known: to read, to look up, to write."""
LONGEST_GAP = 15.0
"""Minutes between a question and its answer beyond which the customer waited rather than the agent worked."""
FEWEST_GAPS = 30
"""Conversations with such gaps from which the median is taken as measured."""
SURE = 0.9
DRAWS = 1000
_DAYS_A_MONTH = 30.4


@dataclass(frozen=True, slots=True)
class AnswerTime:
    """Minutes an answer takes an agent. ``gaps`` holds the median of each measured conversation; empty = assumed."""

    minutes: float
    gaps: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """Minutes saved over all cases, ``low`` to ``high`` with probability ``SURE``; ``a_month`` where dates tell."""

    minutes: float
    low: float
    high: float
    a_month: float | None
    an_answer: float
    measured: bool

    def to_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "minutes": round(self.minutes, 1),
            "low": round(self.low, 1),
            "high": round(self.high, 1),
            "a_month": None if self.a_month is None else round(self.a_month, 1),
            "sure": SURE,
            "an_answer": round(self.an_answer, 2),
            "measured": self.measured,
        }


def answer_time(medians: Sequence[float]) -> AnswerTime:
    """What an answer takes, from the ``median_gap`` of each conversation that has one: so no long chat speaks for all.

    An assumption where fewer than ``FEWEST_GAPS`` conversations have such times.
    """
    if len(medians) < FEWEST_GAPS:
        return AnswerTime(ASSUMED)
    return AnswerTime(float(np.median(medians)), tuple(medians))


def saved(cases: Sequence[Case], time: AnswerTime, *, seed: int = 0, draws: int = DRAWS) -> Saved:
    """What the answers sent alone would have saved, by a bootstrap over conversations and over the measured times.

    Only answers that say what the agent said count; of those without a verdict the same share as of the others does.
    Wrong answers save nothing. What an agent spends on reading suggestions is left out, as is what a good one saves.
    """
    counts = _good_answers(cases)
    rng = np.random.default_rng(seed)
    sums = np.asarray(list(counts.values()), dtype=float)
    if not len(sums):
        return Saved(0.0, 0.0, 0.0, None, time.minutes, bool(time.gaps))
    weights = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=draws)
    totals = (weights @ sums) * _times(time, rng, draws)
    edge = (1 - SURE) / 2
    low, high = np.quantile(totals, [edge, 1 - edge])
    minutes = float(sums.sum() * time.minutes)
    days = _days(cases)
    a_month = minutes / days * _DAYS_A_MONTH if days else None
    return Saved(minutes, float(low), float(high), a_month, time.minutes, bool(time.gaps))


def median_gap(conversation: Conversation) -> float | None:
    """The median time between a question and an agent's answer in minutes, of those short enough to have been work.

    From the customer's last turn to the agent's first after it, where both have a time; None where no pair has.
    """
    gaps, asked = [], None
    for turn in conversation.turns:
        at = parse_time(turn.at) if turn.at else None
        if turn.role is Role.CUSTOMER:
            asked = at
        elif is_learnable(turn):
            if asked is not None and at is not None:
                minutes = (at - asked).total_seconds() / 60
                if 0 < minutes <= LONGEST_GAP:
                    gaps.append(minutes)
            asked = None
    return float(np.median(gaps)) if gaps else None


def _good_answers(cases: Sequence[Case]) -> dict[str, float]:
    """How many good answers each conversation would have got."""
    sent = [case for case in cases if case.decision is Decision.ANSWER]
    judged = [case for case in sent if case.right is not None]
    share = sum(bool(case.right) for case in judged) / len(judged) if judged else 0.0
    counts: dict[str, float] = defaultdict(float)
    for case in cases:
        good = 0.0
        if case.decision is Decision.ANSWER:
            good = share if case.right is None else float(case.right)
        counts[case.conversation_id] += good
    return counts


def _times(time: AnswerTime, rng: np.random.Generator, draws: int) -> NDArray[np.float64] | float:
    if not time.gaps:
        return time.minutes
    gaps = np.asarray(time.gaps)
    return np.asarray([np.median(rng.choice(gaps, size=len(gaps))) for _ in range(draws)])


def _days(cases: Sequence[Case]) -> float:
    """Days from the first case to the last; 0 where fewer than a week is known of."""
    times = [at for at in (parse_time(case.created) for case in cases if case.created) if at is not None]
    days = (max(times) - min(times)).total_seconds() / 86_400 if times else 0.0
    return days if days >= 7 else 0.0  # noqa: PLR2004 - a week
