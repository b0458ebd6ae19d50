"""Facts of what a person writes that the evidence says otherwise: a hint to look again, nothing is refused for it.

What the evidence does not speak of is no contradiction: a person may know more than the desk has written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from chatbot.dialogue.check.evidence import Sources, unknown_facts
from chatbot.dialogue.check.names import looked_up
from chatbot.dialogue.text.normalise import comparable, normalised

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALIKE = 0.8
"""How alike two names are (difflib's ratio), of which one is taken for the other written wrong."""
_MOST = 3
_AROUND = " \n.,"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One fact: its place in the text in code points, its kind, and what the evidence states instead."""

    start: int
    end: int
    kind: str
    stated: tuple[str, ...]


def doubts(text: str, sources: Sources) -> list[Doubt]:
    """What a text states that the sources state otherwise, in the order of the text.

    A fact that the customer or the evidence states is never one. Of a quantity only the same unit counts.
    """
    found: list[Doubt] = []
    for kind, raw, stated in (*_facts(text, sources), *_names(text, sources)):
        start = text.find(raw, max((each.end for each in found if each.kind == kind), default=0))
        if start >= 0:  # what a reader sees may be spelt otherwise underneath; then nothing is marked
            found.append(Doubt(start, start + len(raw), kind, stated))
    return sorted(found, key=lambda doubt: doubt.start)


def _facts(text: str, sources: Sources) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for fact in unknown_facts(normalised(text), sources):
        same = [each for each in sources.stated if each.kind == fact.kind and each.unit == fact.unit]
        if same and (fact.kind != "quantity" or fact.unit is not None):
            stated = dict.fromkeys(each.raw.strip(_AROUND) for each in same)
            yield fact.kind, fact.raw.strip(_AROUND), tuple(stated)[:_MOST]


def _names(text: str, sources: Sources) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    stated = {name.casefold(): name for said in sources.evidence for name, _ in looked_up(said)}
    for name, _ in looked_up(text):
        known = any(name.casefold() in said for said in (*sources.comparable, comparable(" ".join(sources.about))))
        alike = [] if known else get_close_matches(name.casefold(), stated, n=1, cutoff=_ALIKE)
        if alike:
            yield "name", name, (stated[alike[0]],)
