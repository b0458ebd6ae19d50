"""Which answers of a desk are asked for, by `voice.py`.

A forum's first answers say most. In a task dialogue they greet, so there one answer of each conversation is drawn of
those that carry a slot (``voice_slots``); in the sample shop those are asked for too in which a slot of the question
stands. The dialogue so far is the context of each.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from voice_slots import Slotted, slotted

from data.moments import moments_of
from retrieval.passages import question_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from data.moments import Moment
    from data.transcripts import Conversation


def first_moments(conversations: Sequence[Conversation]) -> list[Moment]:
    """The first answered question of each conversation that has one in words."""
    firsts = (next(moments_of(conversation), None) for conversation in conversations)
    return [each for each in firsts if each and each.answer.strip() and question_text(each.context)]


def carrying(conversations: Sequence[Conversation], seed: int, names: tuple[str, ...] = ()) -> list[Moment]:
    """One moment of each conversation, drawn of those whose answer has a slot, shuffled: any run is a fair sample.

    A conversation's draw depends on nothing else that is measured.
    """
    drawn = []
    for conversation in conversations:
        rng = random.Random(f"{seed} {conversation.id}")
        found = [moment for moment in _answered(conversation) if slotted(moment.answer, names).slots]
        if found:
            drawn.append((rng.random(), rng.choice(found)))
    return [moment for _, moment in sorted(drawn, key=lambda pair: pair[0])]


def repeating(conversations: Sequence[Conversation], names: tuple[str, ...] = ()) -> list[Moment]:
    """All moments in whose answer a slot of the dialogue so far stands: they depend on what is named there."""
    return [
        moment
        for conversation in conversations
        for moment in _answered(conversation)
        if any(
            Slotted(tuple(turn.text for turn in moment.context)).has(slot)
            for slot in slotted(moment.answer, names).slots
        )
    ]


def _answered(conversation: Conversation) -> Iterator[Moment]:
    return (moment for moment in moments_of(conversation) if moment.answer.strip() and question_text(moment.context))
