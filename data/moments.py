"""Moments: one answered question of a past conversation, with the turns before it and what a human agent said.

A moment is the unit both upper floors learn from: retrieval indexes it, finetune trains on it. It lives on
the data floor because those two never import each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data.bare_answers import bare_answer, names_in
from data.outcome import outcome_of
from data.times import parse_time
from data.transcripts import Conversation, Role, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_ANSWER_CHARACTERS = 2000
_DAY = len("2025-03-01")
MARKS = ("action", "intent", "macro")
"""Keys of a turn under which help desks note what an answer does, whatever its words: template, intent or macro."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One answered question.

    ``context`` holds the turns before the answer, oldest first, ending in a customer turn; ``answer`` the agent's words
    but for those that say who writes to whom (``data.bare_answers``); ``turn_index`` the place of the answer's first
    turn in its conversation; ``outcome`` how well the answer did, where that is known (``data.outcome``; 0 is unknown).
    ``marks`` says what the answer does where the
    source says that of every turn of it: by key of ``MARKS``, the turns' values in order. ``author`` is who began it,
    ``agents`` are all who wrote some of it, each once, as they are counted (``Turn.speaker``).
    """

    id: str
    conversation_id: str
    turn_index: int
    context: tuple[Turn, ...]
    answer: str
    author: str | None = None
    language: str | None = None
    created: str | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    outcome: float = 0.0
    marks: Mapping[str, str] = field(default_factory=dict)
    agents: tuple[str | None, ...] = ()


def is_learnable(turn: Turn) -> bool:
    """Whether a turn is the public word of a human agent (bots, notes and passers-by are not learnt from)."""
    return turn.role is Role.AGENT and turn.author != "other" and bool(turn.text.strip())


def moments_of(conversation: Conversation) -> Iterator[Moment]:
    """The answered questions of one conversation, in order.

    A run of agent turns without a customer turn between answers one question: the run, joined by blank lines
    up to ``MAX_ANSWER_CHARACTERS`` (the first turn is always whole), is the answer. One that was written before its
    question is none, nor is one that only greets or signs.
    """
    names = names_in(conversation.turns)
    learnable = [
        (number, turn)
        for number, turn in enumerate(conversation.turns)
        if turn.role is Role.CUSTOMER or is_learnable(turn)
    ]
    numbers, turns = [number for number, _ in learnable], [turn for _, turn in learnable]
    position = 0
    while position < len(turns):
        if turns[position].role is Role.CUSTOMER or position == 0:
            position += 1
            continue
        end = position
        while end < len(turns) and turns[end].role is Role.AGENT:
            end += 1
        if turns[position - 1].role is Role.CUSTOMER and not _before(turns[position], turns[position - 1]):
            run = turns[position:end]
            answer = _joined([bare_answer(turn.text, names) for turn in run])
            if not answer:
                position = end
                continue
            yield Moment(
                id=f"{conversation.id}:{position}",
                conversation_id=conversation.id,
                turn_index=position,
                context=tuple(turns[:position]),
                answer=answer,
                author=turns[position].author,
                language=conversation.language,
                created=conversation.created,
                labels=conversation.labels,
                outcome=outcome_of(conversation, numbers[position:end], last=end == len(turns)),
                marks=_marks(run),
                agents=tuple(dict.fromkeys(turn.speaker for turn in run)),
            )
        position = end


def _before(answer: Turn, question: Turn) -> bool:
    """Whether an answer was written before the question it follows: then it answers another, and nobody knows which."""
    if answer.at is None or question.at is None:
        return False
    said, asked = parse_time(answer.at), parse_time(question.at)
    if said is None or asked is None:
        return False
    days_only = min(len(answer.at), len(question.at)) <= _DAY
    return said.date() < asked.date() if days_only else said < asked


def _joined(texts: list[str]) -> str:
    answer, *others = [text for text in texts if text] or [""]
    for text in others:
        longer = f"{answer}\n\n{text}"
        if len(longer) > MAX_ANSWER_CHARACTERS:
            break
        answer = longer
    return answer


def _marks(run: list[Turn]) -> dict[str, str]:
    """What the turns of one answer are marked as; an answer that is marked in part is not marked."""
    marks = {}
    for key in MARKS:
        values = [turn.extras.get(key) for turn in run]
        if all(isinstance(value, str) and value for value in values):
            marks[key] = " + ".join(map(str, values))
    return marks
