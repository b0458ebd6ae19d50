"""A moment in other words, and what a technique is: moments with their evidence in, variants of some of them out."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from data.moments import Moment
    from data.transcripts import Turn


@dataclass(frozen=True, slots=True)
class Learnt:
    """A moment as it is learnt from: with the texts of its evidence, best first."""

    moment: Moment
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """A moment made of another, with its evidence, best first.

    ``moment`` keeps the conversation and the answer of its original, whose id is ``original``, and has an id of its
    own. Only the technique that swaps values changes answer and evidence, and both alike.
    """

    moment: Moment
    evidence: tuple[str, ...]
    original: str
    technique: str


class Technique(Protocol):
    """Makes variants; what it draws depends on the moment's id and the seed alone, not on its neighbours."""

    def __call__(self, some: Sequence[Learnt], seed: int) -> list[Learnt | None]:
        """A variation of each, in their order; None where there is none."""
        ...


def lots_for(technique: str, moment: Moment, seed: int) -> random.Random:
    """The lots of one moment in one technique."""
    return random.Random(f"{technique} {seed} {moment.id}")


def each_turn(name: str, change: Callable[[str, Moment, random.Random], str]) -> Technique:
    """A technique that says each customer turn in other words: ``change`` gets its text, its moment and the lots."""

    def technique(some: Sequence[Learnt], seed: int) -> list[Learnt | None]:
        found: list[Learnt | None] = []
        for each in some:
            lots = lots_for(name, each.moment, seed)
            turns = [
                replace(turn, text=change(turn.text, each.moment, lots)) if turn.role is Role.CUSTOMER else turn
                for turn in each.moment.context
            ]
            found.append(with_context(each, turns))
        return found

    return technique


def with_context(learnt: Learnt, turns: Iterable[Turn]) -> Learnt | None:
    """The same with other turns before the answer; None where they say the same, or nothing last."""
    context = tuple(turns)
    if context == learnt.moment.context or not context[-1].text.strip():
        return None
    return replace(learnt, moment=replace(learnt.moment, context=context))
