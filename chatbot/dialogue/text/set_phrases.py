"""Set phrases: asking for a person, anger, and our own sentences (``set_phrases.toml``).

Whole words only. What is not in the table is answered or handed over like any question,
so a missing phrase costs a detour and never a wrong answer.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.dialogue.text.normalise import normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_]+")
_SHOUTED_LETTERS = 30
_SHOUTED_SHARE = 0.8


def wants_person(text: str) -> bool:
    """Whether the customer asks for a human."""
    return _holds(text, _table().person)


def asks_of_others(text: str) -> bool:
    """Whether the customer asks for what is somebody else's: "my neighbour's order"."""
    table = _table()
    return bool(table.others.search(_words(text))) or _holds(text, table.of_others)


def asks_to_look(text: str) -> bool:
    """Whether the customer asks us to look into their own matter, which only a person can."""
    return _holds(text, _table().own_case) or bool(_table().why_mine.search(_words(text)))


def asks_who(text: str) -> bool:
    """Whether a message asks nothing but who, or what, is answering."""
    words = _words(text)
    return not _table().who.isdisjoint((words, words.partition(" ")[2]))


def disagrees(text: str) -> bool:
    """Whether the customer says that the answer before was none, or wrong."""
    table = _table()
    return _words(text).partition(" ")[0] in table.no or _holds(text, table.disagreement)


def is_angry(text: str) -> bool:
    """Whether the customer is in strong anger: set phrases, a shouted message, or nothing but angry pictures."""
    if _holds(text, _table().anger) or (_drawn(text) and set(text) & _table().pictures_of_anger):
        return True
    letters = [character for character in text if character.isupper() or character.islower()]
    shouted = sum(character.isupper() for character in letters)
    return "!!" in text and len(letters) >= _SHOUTED_LETTERS and shouted > _SHOUTED_SHARE * len(letters)


def sentence(occasion: str, language: str, **values: object) -> str:
    """What we say on an occasion of the table, with its gaps filled in; English where we lack the language."""
    said = _table().sentences[occasion]
    return said.get(language, said["en"]).format(**values)


def is_set_phrase(text: str, of: Iterable[str] = ()) -> bool:
    """Whether a reply begins with a sentence of ours, on any occasion or on some; it tells nothing of the matter."""
    table = _table()
    said = (sentence for occasion in of or table.sentences for sentence in table.sentences[occasion].values())
    return text.startswith(tuple(sentence for sentence in said if "{" not in sentence))


def weekday(number: int, language: str) -> str:
    """The name of a day, from Monday = 0; English where we lack the language."""
    names = _table().weekdays
    return names.get(language, names["en"])[number]


def languages() -> frozenset[str]:
    """Those of the table: whatever we say, we say in all of them."""
    return frozenset(_table().weekdays)


def occasions() -> frozenset[str]:
    """All that the table has sentences for."""
    return frozenset(_table().sentences)


@dataclass(frozen=True, slots=True)
class _Table:
    person: tuple[str, ...]
    anger: tuple[str, ...]
    own_case: tuple[str, ...]
    why_mine: re.Pattern[str]
    no: frozenset[str]
    who: frozenset[str]
    disagreement: tuple[str, ...]
    others: re.Pattern[str]
    of_others: tuple[str, ...]
    pictures_of_anger: frozenset[str]
    sentences: Mapping[str, Mapping[str, str]]
    weekdays: Mapping[str, list[str]]


@cache
def _table() -> _Table:
    rows = tomllib.loads(Path(__file__).with_name("set_phrases.toml").read_text(encoding="utf-8"))
    return _Table(
        person=tuple(rows["person"]),
        anger=tuple(rows["anger"]),
        own_case=tuple(rows["own_case"]),
        why_mine=_why_mine(rows["why_mine"]),
        no=frozenset(rows["no"]),
        who=frozenset(rows["who"]),
        disagreement=tuple(rows["disagreement"]),
        others=_whose(rows["others"]),
        of_others=tuple(rows["others"]["phrases"]),
        pictures_of_anger=frozenset(rows["pictures_of_anger"]),
        sentences=rows["sentences"],
        weekdays=rows["weekdays"],
    )


def _whose(lists: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    """Somebody, by name or not, and at once what is theirs."""
    people, things = ("|".join(lists[name]) for name in ("people", "things"))
    return re.compile(rf"\b(?:{people})(?: \w+)? s (?:\w+ )?(?:{things})\b")


def _why_mine(lists: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    """Why something of the customer's own has not come, or went wrong."""
    things, fails = ("|".join(lists[name]) for name in ("things", "fails"))
    mine = rf"(?:my|our) (?:\w+ ){{0,2}}(?:{things})"
    asks = r"\bwhy (?:has|have|is|are|did|does|was|were)"
    return re.compile(rf"{asks}(?:n t|nt) {mine}\b|{asks} {mine} (?:\w+ ){{0,4}}(?:{fails})\b")


def _drawn(text: str) -> bool:
    """Whether a message has something in it, and neither a letter nor a digit."""
    return bool(text.strip()) and not _WORD.search(text)


def _holds(text: str, phrases: Iterable[str]) -> bool:
    padded = f" {_words(text)} "
    return any((phrase if _HAN.search(phrase) else f" {phrase} ") in padded for phrase in phrases)


def _words(text: str) -> str:
    """Lower case (with "ss" for the German sharp s), every run of other characters one space."""
    return " ".join(_WORD.findall(normalised(text).casefold()))
