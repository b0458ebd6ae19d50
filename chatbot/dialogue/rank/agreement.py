"""Judges whether our reply says what the agent really said: by the desk's own labels and links, else by the encoder.

The first of three ways that applies decides, and the judgement tells which it was:

1. **label**: both replies are marked (``data.moments.MARKS``: action, intent, macro). Right if the marks are the same.
2. **links**: the agent's reply links articles of this desk and so does ours; a reply that links none has those that its
   conversation is labelled with (``kb_links``). Right if they share one. Where ours has none, links say nothing. An
   article holds many answers: a part of one must also say what the agent said, word by word (``SAYS_THE_SAME``).
3. **encoder**: right if the cosine of the two replies is at least ``same_above``, the desk's own bar (see there), or
   at least ``MAX_BAR`` where both state the same facts, both or neither ask, and ours says again what theirs says again
   of the question: agents who have few things to say say them in unrelated conversations too, which puts the desk's own
   bar where only equals reach it.

A person's judgement stands above all three and is applied by whoever keeps it. Tells only whether two replies are the
same answer, not whether either is good. Knows vectors as numbers: no encoder, no index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.check.evidence import content_stems
from chatbot.dialogue.check.fact_diff import fact_diff
from chatbot.dialogue.understand.cues import QUESTION_MARKS
from data.moments import MARKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

LABEL, LINKS, ENCODER, PERSON = "label", "links", "encoder", "person"
"""What ``Judgement.judged_by`` can be."""
LEAST_BAR = 0.5
"""Below this cosine two replies are never taken for the same, however unlike each other a desk's replies are."""
MAX_BAR = 0.8
"""From this cosine on two replies with the same facts say the same. Of 20,028 pairs of STAR's replies to like questions
41 % do by the wizards' actions; by the desk's own bar, 1.0 there, 22 % (kappa 0.57), with this one 33 % (0.81), 98.6 %
of them rightly. Of 45 pairs of Taskmaster-4 in other words with the same facts, a person calls 44 the same."""
UNRELATED_SHARE = 0.995
"""The share of unrelated pairs of replies that has to lie below the bar."""
SAYS_THE_SAME = 0.525
"""How much of an agent's reply and of a part of an article has to be in the other (mean of both, late interaction) for
the part to say what the agent said. Of 220 parts of the sample shop's articles that a person judged, links alone called
160 right where 98 were (kappa 0.43); with this 100 (0.76, tests/test_learning/backtest/test_judged_by_hand.py). The bar
is where as many are called right as are."""
_PAIRS = 20_000
_FEWEST_PAIRS = 200


@dataclass(frozen=True, slots=True)
class JudgedReply:
    """One reply. ``marks`` as of ``Moment.marks``; ``links`` are the slugs of this desk's articles that it points to.

    A reply that is a part of an article points to that article; one that links none, to what its conversation is
    labelled with. ``is_part``: it is a part of an article.
    """

    text: str
    marks: Mapping[str, str] = field(default_factory=dict)
    links: frozenset[str] = frozenset()
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether two replies say the same, and what says so; None where nothing can tell."""

    right: bool | None
    judged_by: str | None


def judge(
    ours: JudgedReply, theirs: JudgedReply, cosine: float, same_above: float, *, asked: str = "", shared: float = 1.0
) -> Judgement:
    """Judge our reply beside the agent's; ``cosine`` is that of the two texts as the encoder sees them.

    ``asked`` is what the customer had said. ``shared``, 0 to 1, is how much of each is in the other; it matters where
    ours is a part of an article.
    """
    if not ours.text.strip() or not theirs.text.strip():
        return Judgement(None, None)
    for key in MARKS:
        if key in ours.marks and key in theirs.marks:
            return Judgement(ours.marks[key] == theirs.marks[key], LABEL)
    if ours.links and theirs.links:
        says_it = not ours.is_part or shared >= SAYS_THE_SAME
        return Judgement(bool(ours.links & theirs.links) and says_it, LINKS)
    return Judgement(
        cosine >= same_above or (cosine >= MAX_BAR and _state_the_same(ours.text, theirs.text, asked)), ENCODER
    )


def _state_the_same(ours: str, theirs: str, asked: str) -> bool:
    asking = {any(mark in text for mark in QUESTION_MARKS) for text in (ours, theirs)}
    taken_up = {*content_stems(asked)} & {*content_stems(theirs)}
    return len(asking) == 1 and taken_up <= {*content_stems(ours)} and not fact_diff(theirs, ours)


def same_above(
    questions: NDArray[np.float32],
    answers: NDArray[np.float32],
    sources: Sequence[str] | NDArray[np.uint64],
    *,
    seed: int = 0,
) -> float:
    """The desk's bar: the cosine that 99.5 % of its unrelated pairs of answers stay below, at least ``LEAST_BAR``.

    A pair is unrelated where the answers are of two conversations whose questions are less alike than most: below the
    median of all sampled pairs. A desk whose agents all write in one style has a high bar, one of many styles a low
    one, so that "the same" means the same anywhere. ``questions`` and ``answers`` are unit vectors, (n, d), row by row
    of the same moments; ``sources`` tells their conversations apart. Too few pairs give 1, at which only equals are
    the same.
    """
    draw = np.random.default_rng(seed)
    count = len(sources)
    if count == 0:
        return 1.0
    left, right = draw.integers(0, count, _PAIRS), draw.integers(0, count, _PAIRS)
    names = np.unique(np.asarray(sources), return_inverse=True)[1]
    apart = names[left] != names[right]
    left, right = left[apart], right[apart]
    if len(left) < _FEWEST_PAIRS:
        return 1.0
    asked = np.einsum("nd,nd->n", questions[left], questions[right])
    unrelated = asked <= np.median(asked)
    cosines = np.einsum("nd,nd->n", answers[left[unrelated]], answers[right[unrelated]])
    return max(LEAST_BAR, round(float(np.quantile(cosines, UNRELATED_SHARE)), 4))
