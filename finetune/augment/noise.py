"""Noise: what customers do to words in a hurry. Typos, capitals and accents left out, a small word dropped.

Synthetic noise of this kind makes models bear the natural one (Karpukhin et al. 2019, "Training on Synthetic Noise
Improves Robustness to Natural Noise in Machine Translation", arXiv 1902.01509; that they need it: Belinkov & Bisk 2018,
arXiv 1711.02173). Dropping words is the random deletion of EDA (Wei & Zou 2019, arXiv 1901.11196).
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from finetune.augment.facts import free_words, names_in

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Container

    from data.moments import Moment

_ROWS = {
    "de": ("qwertzuiop\u00fc", "asdfghjkl\u00f6\u00e4", "yxcvbnm"),
    "fr": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
}
_TYPOS = 0.1
"""Share of the words that get one, but at least one word."""
_LOST_CAPITALS, _LOST_ACCENTS, _DROPPED = 0.3, 0.5, 0.3
"""Share of the turns to which that happens."""
_SHORTEST = 4
"""Letters of a word that gets a typo: a shorter one becomes another word too easily."""
_LONGEST_DROPPED = 4


def noisy(text: str, moment: Moment, lots: random.Random) -> str:
    """The customer's words as someone in a hurry types them; facts, and names that the answer says, stay."""
    kept = names_in(moment.answer)
    if lots.random() < _DROPPED:
        text = _one_dropped(text, kept, lots)
    if lots.random() < _LOST_CAPITALS:
        text = _changed(text, kept, str.lower)
    if lots.random() < _LOST_ACCENTS:
        text = _changed(text, kept, _plain)
    return _with_typos(text, kept, moment.language or "", lots)


def _with_typos(text: str, kept: Container[str], language: str, lots: random.Random) -> str:
    long = [span for span in free_words(text, kept) if span[1] - span[0] >= _SHORTEST]
    hit = lots.sample(long, min(len(long), max(1, round(_TYPOS * len(text.split())))))
    for start, end in sorted(hit, reverse=True):
        word, wrong = text[start:end], _mistyped(text[start:end], language[:2], lots)
        text = text[:start] + (wrong if wrong != word else word[:-1]) + text[end:]  # as where two like ones are swapped
    return text


def _mistyped(word: str, language: str, lots: random.Random) -> str:
    """One slip of the fingers; the first letter, which people seldom get wrong, stays."""
    place = lots.randrange(1, len(word) - 1)
    slip = lots.choice(("neighbour", "swapped", "doubled", "dropped"))
    if slip == "neighbour":
        near = _near(word[place], language)
        return word[:place] + (lots.choice(near) if near else "") + word[place + 1 :]
    if slip == "swapped":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[: place + (slip == "doubled")] + word[place + (slip == "dropped") :]


def _near(letter: str, language: str) -> str:
    """The keys beside and below or above one; empty for what is on no key."""
    rows = _ROWS.get(language, _ROWS[""])
    for row, above, below in zip(rows, ("", *rows), (*rows[1:], ""), strict=False):
        column = row.find(letter.lower())
        if column >= 0:
            beside = row[max(column - 1, 0) : column] + row[column + 1 : column + 2]
            return beside + above[column : column + 1] + below[column : column + 1]
    return ""


def _one_dropped(text: str, kept: Container[str], lots: random.Random) -> str:
    """Without one short word: articles, pronouns and prepositions are short in every language with spaces."""
    short = [span for span in free_words(text, kept) if span[1] - span[0] <= _LONGEST_DROPPED]
    if not short or len(text.split()) <= _LONGEST_DROPPED:
        return text
    start, end = lots.choice(short)
    return text[:start].rstrip(" ") + text[end:] if start else text[end:].lstrip()


def _changed(text: str, kept: Container[str], change: Callable[[str], str]) -> str:
    for start, end in reversed(list(free_words(text, kept))):
        text = text[:start] + change(text[start:end]) + text[end:]
    return text


def _plain(word: str) -> str:
    apart = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(mark for mark in apart if not unicodedata.combining(mark)))
