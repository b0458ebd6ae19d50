"""Spelling: the words of a question as the desk's articles spell them, so that a slip of the finger hides no answer.

Only words that the encoder does not know as one piece are looked at, for every word that it knows is a word; and they
are changed only into a word of the articles that is a slip or two away (Damerau 1964, "A Technique for Computer
Detection and Correction of Spelling Errors": over four in five misspellings are one letter too many, too few, another
one, or two exchanged). What was asked is searched for in this spelling and shown in its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SHORTEST = 4
"""Letters from which a word is looked at: below it, too many words are a slip away from each other."""
TWO_SLIPS = 7
"""Letters from which two slips are forgiven; a word of four letters is forgiven only two exchanged ones."""
_WORD = re.compile(r"(?<![\w'\u2019])[^\W\d_]+(?![\w'\u2019])")


_TIGHT = re.compile(r"(?<![\w.,-])(\d{1,6}(?:[.,]\d{1,3})?)([^\W\d_]{2,8}|[glmvw])(?!\w)", re.IGNORECASE)
"""A number and its unit in one word ("1kg")."""


def vocabulary(texts: Iterable[str]) -> dict[str, int]:
    """The words of these texts, casefolded, and how often each stands there."""
    counts: dict[str, int] = {}
    for text in texts:
        for word in _WORD.findall(text.casefold()):
            counts[word] = counts.get(word, 0) + 1
    return counts


def respelt(text: str, pieces: Sequence[tuple[int, int]], known: Mapping[str, int]) -> str:
    """The text with its slips mended, and a number and its unit apart where the articles write them so.

    ``pieces`` are the places of the encoder's tokens in it, ``known`` the ``vocabulary`` that slips are mended from.
    """
    parts, end = [], 0
    for match in _WORD.finditer(text):
        split = sum(start < match.end() and match.start() < stop for start, stop in pieces) > 1
        word = match.group().casefold()
        meant = _meant(word, known) if split and len(word) >= SHORTEST and word not in known else None
        if meant:
            parts += [text[end : match.start()], meant]
            end = match.end()
    mended = "".join([*parts, text[end:]])
    return _TIGHT.sub(lambda tight: f"{tight[1]} {tight[2]}" if tight[2].casefold() in known else tight[0], mended)


def _meant(word: str, known: Mapping[str, int]) -> str | None:
    """The word that was likely meant: of the nearest the one that stands there most often."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    slips = 2 if len(word) >= TWO_SLIPS else 1
    near = process.extract(word, list(known), scorer=OSA.distance, score_cutoff=slips, limit=None)
    if len(word) == SHORTEST:
        near = [found for found in near if sorted(found[0]) == sorted(word)]
    # A letter before a word makes another word of it ("nespresso"): the first is right, or exchanged with the second.
    heads = (word[0], word[1::-1])
    same = [found for found in near if len(found[0]) >= SHORTEST and found[0].startswith(heads)]
    if not same:
        return None
    return str(min(same, key=lambda found: (found[1], -known[found[0]], found[0]))[0])
