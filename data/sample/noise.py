"""Slips of the hand, as customers make them: seeded, and never in a number, an address or a code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SHORTEST = 4
_NO_TOUCH = re.compile(r"(?<!\S)\S*[\d@]\S*")
_SHORT_FORMS = (("please", "pls"), ("you", "u"), ("because", "cause"), ("thanks", "thx"))


def slip(text: str, rng: random.Random, rate: float) -> str:
    """Return the text with about ``rate`` of its longer words mistyped, and now and then the whole in lower case.

    Words that hold a digit or an @ stay as they are: order numbers, amounts and e-mail addresses are facts.
    """
    if rng.random() < rate:
        text = _lower(text)
    if rng.random() < rate:
        long, short = rng.choice(_SHORT_FORMS)
        text = re.sub(rf"\b{long}\b", short, text)
    protected = [match.span() for match in _NO_TOUCH.finditer(text)]

    def mistype(match: re.Match[str]) -> str:
        word = match.group()
        if len(word) < _SHORTEST or rng.random() >= rate or any(a <= match.start() < b for a, b in protected):
            return word
        return _mistyped(word, rng)

    return _WORD.sub(mistype, text)


def _lower(text: str) -> str:
    return re.sub(r"\S+", lambda word: word.group() if _NO_TOUCH.match(word.group()) else word.group().lower(), text)


def _mistyped(word: str, rng: random.Random) -> str:
    if "'" in word:
        return word.replace("'", "")
    place = rng.randint(1, len(word) - 2)
    kind = rng.random()
    if kind < 1 / 3:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind < 2 / 3:
        return word[:place] + word[place + 1 :]
    return word[:place] + word[place] + word[place:]
