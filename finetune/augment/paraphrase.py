"""Paraphrase: questions that got the same answer stand in for one another.

That questions with one answer ask one thing is Jeon, Croft & Lee 2005, "Finding Similar Questions in Large Question and
Answer Archives" (CIKM). Only dialogues of one question take part: in a longer one the last words lean on the turns
before. A question that lacks a fact which the answer says and its own question said does not stand in.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from finetune.augment.facts import facts_in, words_in
from finetune.augment.variant import Learnt, Technique, lots_for, with_context

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from data.moments import Moment


_FEWEST_WORDS = 8
"""Of an answer: a shorter one, such as "Which city?", fits questions that are nothing alike."""


def same_text(moment: Moment) -> Hashable:
    """Equal for answers of the same words, where they are many enough to say something; else None."""
    words = moment.answer.lower().split()
    return " ".join(words) if len(words) >= _FEWEST_WORDS else None


def paraphrasing(moments: Sequence[Moment], same: Callable[[Moment], Hashable] = same_text) -> Technique:
    """The technique over these moments; ``same`` gives equal keys to answers that say the same, None to no other's."""
    asked: dict[tuple[Hashable, str | None], dict[str, None]] = defaultdict(dict)  # a set in the order of the moments
    for moment in moments:
        if len(moment.context) == 1 and (key := same(moment)) is not None:
            asked[key, moment.language][moment.context[0].text] = None

    def technique(some: Sequence[Learnt], seed: int) -> list[Learnt | None]:
        return [_paraphrased(each, asked.get((same(each.moment), each.moment.language), {}), seed) for each in some]

    return technique


def _paraphrased(each: Learnt, asked: dict[str, None], seed: int) -> Learnt | None:
    if len(each.moment.context) != 1:
        return None
    turn = each.moment.context[0]
    answer = each.moment.answer
    relied = (facts_in(turn.text) & words_in(answer)) | (words_in(turn.text) & facts_in(answer))
    others = [text for text in asked if text != turn.text and relied <= words_in(text)]
    if not others:
        return None
    return with_context(each, [replace(turn, text=lots_for("paraphrase", each.moment, seed).choice(others))])
