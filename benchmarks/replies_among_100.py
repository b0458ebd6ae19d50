"""The true reply among 100: the questions, the draw and the figure that several benchmarks share."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ranking import rank_of_first

from data.moments import moments_of
from retrieval.adapter.pairs import rank_figures
from retrieval.passages import question_text

if TYPE_CHECKING:
    from data.transcripts import Conversation, Turn

OTHERS = 99
SEED = 0


@dataclass(frozen=True, slots=True)
class ReplyQuestion:
    """A dialogue up to its first answer, the question it asks, and the answer it got."""

    id: str
    turns: tuple[Turn, ...]
    question: str
    reply: str


Scorer = Callable[[ReplyQuestion, Sequence[str]], Sequence[float]]
"""Gives each candidate reply a number; higher is likelier."""


def reply_questions(conversations: Sequence[Conversation]) -> list[ReplyQuestion]:
    """The first answered question of each conversation that has one."""
    firsts = (next(moments_of(conversation), None) for conversation in conversations)
    found = [ReplyQuestion(m.conversation_id, m.context, question_text(m.context), m.answer) for m in firsts if m]
    return [question for question in found if question.question]


def reply_ranking(questions: Sequence[ReplyQuestion], scorer: Scorer) -> dict[str, float]:
    """Rank each true reply among 100: itself and 99 other questions' replies, drawn with one seed.

    The draw depends on the questions alone, so that scorers that are given the same ones meet the same pools.
    Returns ``hit@1``, ``hit@10``, ``mrr``.
    """
    replies = sorted({question.reply for question in questions})
    draw = random.Random(SEED)
    ranks = []
    for question in questions:
        others = [reply for reply in draw.sample(replies, min(OTHERS + 1, len(replies))) if reply != question.reply]
        ranks.append(rank_of_first(scorer(question, [question.reply, *others[:OTHERS]])))
    return rank_figures(ranks)
