"""How well an answer did, where the source knows: one number in log-odds, 0 where nothing is known.

Reads what help desks and forums record: an accepted answer, a solved or re-opened case, helpful votes, a rating. The
numbers are priors, set by hand and small against likeness to the question: they order answers that fit equally well.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.transcripts import Conversation

ACCEPTED = 1.0
"""The customer or a moderator marked this very answer as the solution."""
SOLVED = 0.5
"""The case was solved, and this was the last answer before that."""
REOPENED = -1.0
VOTE = 0.3
"""For each doubling of (1 + helpful votes)."""
STAR = 0.25
"""For each star of a five-star rating above or below three; only the last answer is credited."""

_MIDDLE_STAR = 3
_RATINGS = {"good": 4.0, "bad": 2.0, "positive": 4.0, "negative": 2.0}


def outcome_of(conversation: Conversation, run: Sequence[int], *, last: bool) -> float:
    """The outcome of one answer.

    Args:
        conversation: with ``labels`` such as solution_turn, solved, rating, reopened and turns with helpful_votes.
        run: the places of the answer's turns in the conversation.
        last: whether no later answer follows; what is known of the case as a whole is credited to that one.

    """
    labels = conversation.labels
    score = ACCEPTED if labels.get("solution_turn") in run and labels.get("solution_turn") is not None else 0.0
    votes = sum(max(0.0, number(conversation.turns[place].extras.get("helpful_votes"))) for place in run)
    score += VOTE * math.log2(1 + votes)
    if last:
        score += SOLVED * (labels.get("solved") is True) + REOPENED * bool(labels.get("reopened"))
        score += STAR * (_stars(labels) - _MIDDLE_STAR)
    return score


def number(value: object) -> float:
    """A finite number, or 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    return float(value)


def _stars(labels: Mapping[str, Any]) -> float:
    """A rating of 1 to 5, also from words such as "good"; the middle where there is none."""
    rating = labels.get("rating")
    if isinstance(rating, str):
        return _RATINGS.get(rating.casefold(), float(_MIDDLE_STAR))
    return min(5.0, max(1.0, number(rating))) if number(rating) else float(_MIDDLE_STAR)
