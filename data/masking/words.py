"""The words of a text with their places: what announces something is looked up by its first word, not searched for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from data.masking.kinds import CJK, LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WORD = re.compile(rf"[{LETTERS}]+")
WIDE = re.compile(f"[{CJK}\uac00-\ud7af]")
"""A character of a script that is written without spaces, or of Korean."""


class Words:
    """Where the words of a text begin that a list knows as first words, by the name of the list, in order.

    ``lists`` gives the lists of each word in lower case.
    """

    def __init__(self, text: str, lists: Mapping[str, tuple[str, ...]]) -> None:
        self._starts: dict[str, list[int]] = {}
        for match in _WORD.finditer(text):
            for name in lists.get(match.group().lower(), ()):
                self._starts.setdefault(name, []).append(match.start())
        self.wide = not text.isascii() and WIDE.search(text) is not None

    def starts(self, name: str) -> list[int]:
        """Where the words begin that are first words of this list."""
        return self._starts.get(name, [])


def lists_of(firsts: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """For each first word the lists that it is in, from the first words of each list."""
    lists: dict[str, tuple[str, ...]] = {}
    for name, words in firsts.items():
        for word in words:
            lists[word] = (*lists.get(word, ()), name)
    return lists


def phrases(table: str, name: str) -> tuple[str, ...]:
    """The phrases of one list of a table beside this file, the longest first."""
    words = tomllib.loads(Path(__file__).with_name(table).read_text(encoding="utf-8"))[name]["words"]
    return tuple(sorted(set(words), key=len, reverse=True))


def alternatives(phrases: Iterable[str]) -> str:
    """A pattern for any of the phrases, written with spaces or dashes between their words."""
    return "|".join(r"[ \u00a0_-]{0,2}".join(map(re.escape, phrase.split())) for phrase in phrases)


def first_words(phrases: Iterable[str]) -> frozenset[str]:
    """The first words that the phrases may begin with: "doorcode" is one word where it is written so."""
    return frozenset(_first(form) for phrase in phrases for form in (phrase, "".join(phrase.split())))


def _first(phrase: str) -> str:
    found = _WORD.search(phrase)
    return found.group().lower() if found else ""
