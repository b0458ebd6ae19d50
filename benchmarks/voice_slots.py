"""Slots of a reply, and whether a reply has those of the true one: what changes from one customer to the next.

Slots are the facts that the product's checks know (numbers, amounts, dates, times, codes, links, addresses of mail;
``chatbot.dialogue.text.facts``), compared in all their readings, and names and quoted words
(``chatbot.dialogue.check.names``), where words beside each other are one name. Names in small letters are only found
where they are given, as the products of a shop. What was masked is no slot: nobody can tell whether it is right.

Knows texts only: nothing of desks, models or questions.
"""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from chatbot.dialogue.check.evidence import Sources, is_known
from chatbot.dialogue.check.names import as_compared, is_named, names_of
from chatbot.dialogue.text.facts import Fact, blanked, claims
from chatbot.dialogue.text.normalise import normalised
from data.masking.kinds import SLOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MASKED = re.compile(SLOT)
_WORD = re.compile(r"[^\W_](?:[\w\u2019'-]*[^\W_])?")
_TITLES = frozenset({"dr", "mr", "mrs", "ms", "st"})


@dataclass(frozen=True, slots=True)
class Tally:
    """The slots of one reply beside the true one.

    ``right`` are those of the true reply that stand in the reply, ``missing`` those that do not, ``wrong`` those of the
    reply that do not stand in the true one. Of the first two, ``right_known`` and ``missing_known`` could be known:
    they stand in the dialogue so far or in the evidence.
    """

    right: int
    wrong: int
    missing: int
    right_known: int
    missing_known: int

    @property
    def row(self) -> tuple[int, ...]:
        """All of them, in the order of the fields."""
        return astuple(self)


@dataclass(frozen=True)
class Slotted:
    """Texts in which slots are looked for; ``products`` are names however they are written."""

    texts: tuple[str, ...]
    products: tuple[str, ...] = ()

    @cached_property
    def slots(self) -> list[Fact | str]:
        """Facts and names of the texts, each once."""
        found: list[Fact | str] = []
        for text in map(_shown, self.texts):
            for fact in claims(text):
                if not any(isinstance(other, Fact) and _same(fact, other) for other in found):
                    found.append(fact)
            names = {name.casefold(): name for name in _names(text, self.products)}
            found += [name for name in names.values() if name not in found]
        return found

    def has(self, slot: Fact | str) -> bool:
        """Whether a slot stands in the texts: as ``chatbot.dialogue.check`` looks for it in evidence."""
        return is_known(slot, self._sources) if isinstance(slot, Fact) else is_named(slot, self._names)

    @cached_property
    def _sources(self) -> Sources:
        return Sources(tuple(map(_shown, self.texts)))

    @cached_property
    def _names(self) -> str:
        return as_compared([_shown(text) for text in self.texts])


def tally(reply: str, truth: str, known: Sequence[str], products: Sequence[str] = ()) -> Tally:
    """Count the slots of a reply beside those of the true one; ``known`` are the dialogue so far and the evidence."""
    given, true = slotted(reply, tuple(products)), slotted(truth, tuple(products))
    sources = Slotted(tuple(known))
    right = [slot for slot in true.slots if given.has(slot)]
    missing = [slot for slot in true.slots if not given.has(slot)]
    return Tally(
        len(right),
        sum(not true.has(slot) for slot in given.slots),
        len(missing),
        sum(sources.has(slot) for slot in right),
        sum(sources.has(slot) for slot in missing),
    )


@lru_cache(maxsize=4096)
def slotted(text: str, products: tuple[str, ...] = ()) -> Slotted:
    """One text, remembered with its slots."""
    return Slotted((text,), products)


def without_slots(text: str, products: Sequence[str] = ()) -> str:
    """What a text says, whatever its values are: each fact and name is a word that tells its kind."""
    shown = _MASKED.sub("something", normalised(text))
    names = sorted(_names(shown, products), key=len, reverse=True)
    for fact in sorted(_bounded(shown), key=lambda fact: -fact.start):
        shown = f"{shown[: fact.start]}some {fact.kind}{shown[fact.end :]}"
    for name in names:
        shown = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "something", shown)
    return shown


def _shown(text: str) -> str:
    """A text as a reader sees it, with blanks for what was masked."""
    return _MASKED.sub(lambda found: " " * len(found.group()), normalised(text))


def _same(one: Fact, other: Fact) -> bool:
    return one.kind == other.kind and one.unit == other.unit and bool(one.values & other.values)


def _bounded(text: str) -> list[Fact]:
    """The facts without the full stop behind them, for without it the next word would seem to be a name."""
    return [replace(fact, end=fact.end - fact.raw.endswith(".")) for fact in claims(text)]


def _names(text: str, products: Sequence[str]) -> Iterator[str]:
    """The names of a text; words of names beside each other are one, as is a title with the name behind it."""
    said = as_compared([text])
    named = [product for product in products if is_named(product, said)]
    yield from named
    bare = blanked(text, _bounded(text))
    parts = [*names_of(bare, headings=True)]
    yield from (part for part in parts if " " in part)  # in quotes
    words = {word for part in parts if " " not in part for word in _WORD.findall(part)}
    words -= {word for product in named for word in product.split()}
    runs: list[list[re.Match[str]]] = []
    for word in _WORD.finditer(bare):
        joined = bool(runs) and _joined(bare, runs[-1][-1], word)
        if joined and (word.group() in words or (_is_title(runs[-1][-1]) and word.group()[0].isupper())):
            runs[-1].append(word)
        elif word.group() in words:
            runs.append([word])
    for run in runs:
        if not _is_title(run[-1]):  # whose name was masked
            yield re.sub("['\u2019]s$", "", bare[run[0].start() : run[-1].end()])


def _joined(text: str, before: re.Match[str], word: re.Match[str]) -> bool:
    between = text[before.end() : word.start()]
    return between == " " or (between == ". " and _is_title(before))


def _is_title(word: re.Match[str]) -> bool:
    return word.group().casefold() in _TITLES
