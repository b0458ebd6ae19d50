"""Tells keys hit at random from words of a language that we may not know. Knows no desk.

A word is implausible where its letters follow each other as they hardly do in the words of seven languages, where its
keys lie side by side, or where it says the same again and again. Capitals alone, digits and other scripts are codes,
names and languages, and never gibberish.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from chatbot.dialogue.text.gloss import words_by_language
from chatbot.dialogue.text.language import is_word
from retrieval.search.general_words import general_words

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"[^\W_]+")
_LATIN = re.compile(r"[a-z]+")
_SAME = re.compile(r"(.{1,3})\1{2,}.{0,2}")
_TWICE = re.compile(r"(.{2,4})\1")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn")
_RUN = 3
_SHORTEST = 5
"""Letters in the longest word of gibberish: below, it may be a short form."""
_SURPRISE = 4.2
"""Mean of minus log p of a letter after the two before it, in nats, from which nobody would say it."""
_SURPRISE_TWICE = 3.2
"""The same where a word is one thing twice, as "dfgdfg" is."""


def is_gibberish(text: str) -> bool:
    """Whether all words of a text are keys hit at random."""
    shown = _WORD.findall(text)
    words = [word.casefold() for word in shown]
    if not words or any(word.isupper() for word in shown) or not all(map(_LATIN.fullmatch, words)):
        return False
    return max(map(len, words)) >= _SHORTEST and all(map(_is_implausible, words))


def _is_implausible(word: str) -> bool:
    if is_word(word):
        return False
    bar = _SURPRISE_TWICE if _TWICE.fullmatch(word) else _SURPRISE
    return _lies_on_a_row(word) or _SAME.fullmatch(word) is not None or surprise(word) >= bar


def _lies_on_a_row(word: str) -> bool:
    return len(word) >= _RUN and any(word in row or word[::-1] in row for row in _ROWS)


def surprise(word: str) -> float:
    """The mean of minus log p of each letter, and of the word's end, after the two before it, in nats.

    Trigrams, with bigrams and single letters mixed in (Jelinek and Mercer, 1980).
    """
    padded = f"  {word} "
    pairs, triples = _counts()
    total = 0.0
    for place in range(2, len(padded)):
        last, two, letter = padded[place - 1], padded[place - 2 : place], padded[place]
        by_two = triples.get(two + letter, 0) / max(triples.get(two, 0), 1)
        by_one = pairs.get(last + letter, 0) / max(pairs.get(last, 0), 1)
        total -= math.log(0.6 * by_two + 0.35 * by_one + 0.05 / 30)
    return total / (len(padded) - 2)


@cache
def _counts() -> tuple[Mapping[str, int], Mapping[str, int]]:
    """How often letters follow one letter, and two; beside each what they follow."""
    pairs: Counter[str] = Counter()
    triples: Counter[str] = Counter()
    for word in general_words().union(*words_by_language().values()):
        padded = f"  {word} "
        for place in range(2, len(padded)):
            pairs.update((padded[place - 1 : place + 1], padded[place - 1]))
            triples.update((padded[place - 2 : place + 1], padded[place - 2 : place]))
    return pairs, triples
