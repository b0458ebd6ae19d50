"""Finds a clarifying question that this desk's agents really asked in such cases; never makes one up.

Reads the nearest past moments only; whether to ask is the policy's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.check.candidate import checked
from chatbot.dialogue.match import vote_shares
from chatbot.dialogue.text.normalise import REMEMBERED
from chatbot.dialogue.text.sentences import sentences
from chatbot.dialogue.timing import step
from chatbot.dialogue.write.candidates import past_answers
from data.transcripts import Role

if TYPE_CHECKING:
    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.check.backing import Backing
    from chatbot.dialogue.retrieve import Retrieved
    from chatbot.dialogue.window import Window

USUAL = 0.4
"""Share of the near neighbours' agents, weighed by nearness, who asked: from here on asking is usual."""
FEWEST = 3
"""Agents who asked; one or two are not usual."""
_LONGEST = 60
_QUESTION_MARKS = ("?", "\uff1f", "\u061f")


@dataclass(frozen=True, slots=True)
class Question:
    """A question to ask back, as a checked candidate, and the share of agents who asked in such cases (0 to 1)."""

    candidate: Candidate
    share: float


@step("decide")
def usual_question(window: Window, retrieved: Retrieved, backing: Backing) -> Question | None:
    """What agents usually asked when this was asked: the most central of their questions that passes its checks.

    None where they mostly answered, where too few asked, or where our last word was a question already: a customer who
    did not answer it needs a person, not another one. "Most central" is the medoid by the encoder, each of the others
    weighed by how near its moment is.
    """
    if not retrieved.near or _asked_last(window):
        return None
    weights = vote_shares(retrieved.near)
    asking = np.array([is_question(hit.passage.answer) for hit in retrieved.near])
    share = float(weights[asking].sum())
    if share < USUAL or np.count_nonzero(asking) < FEWEST:
        return None
    rows = np.flatnonzero(asking)
    vectors = retrieved.near_answers[rows]
    central = (vectors @ vectors.T) @ weights[rows]
    for row in rows[np.argsort(-central, kind="stable")].tolist():
        hits = [retrieved.near[row]]
        for candidate in checked(past_answers(window, hits), window, hits, backing):
            if candidate.passed and is_question(candidate.text):
                return Question(candidate, share)
    return None


@lru_cache(maxsize=REMEMBERED)
def is_question(answer: str) -> bool:
    """Whether a reply is in essence a question: short, and at least half of its words ask."""
    parts = sentences(answer)
    lengths = [len(part.split()) for part in parts]
    asking = sum(length for part, length in zip(parts, lengths, strict=True) if part.rstrip().endswith(_QUESTION_MARKS))
    return 0 < sum(lengths) <= _LONGEST and asking >= sum(lengths) / 2


def _asked_last(window: Window) -> bool:
    """Whether the bot's last word was a question."""
    said = [turn.text for turn in window.turns if turn.role is Role.BOT]
    return bool(said) and said[-1].rstrip().endswith(_QUESTION_MARKS)
