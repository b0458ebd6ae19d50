"""Which words of a text may be varied, and which are facts: numbers, dates, codes, names, links, placeholders.

A word is free where everything about it says that it is only language: letters alone, in lower case or at the start of
a sentence, outside quotation marks, no number, no day, no month and no negation. All else is left as it stands, so the
doubtful is not varied. In German, where every noun has a capital, that leaves the nouns alone. A text in a script
without spaces has no free words.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from data.masking.words import WIDE
from data.times import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

Span = tuple[int, int]

_TOKEN = re.compile(r"\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_QUOTED = re.compile(
    r"\"[^\"\n]{1,300}\"|\u201c[^\u201d\n]{1,300}\u201d|\u201e[^\u201c\u201d\n]{1,300}[\u201c\u201d]|"
    r"\u00ab[^\u00bb\n]{1,300}\u00bb|`[^`\n]{1,300}`"
)
_OPENING, _CLOSING = "(\"'\u201c\u201e\u00ab\u00bf\u00a1*_`", ".,;:!?)\"'\u201c\u201d\u00bb\u2026*_`"
_STOPS, _BETWEEN = (".", "!", "?", ":", "\u2026"), " \t\r\n\f\v\u00a0)\"'\u201d\u00bb"
_LOOKED_BACK = 50
"""Characters before a word in which the end of the sentence before it is looked for."""
_SELF = re.compile(r"I(?:['\u2019]\w+)?")
_LONGEST = 30
"""Letters of a word; a longer run is text in a script without spaces, or rubbish."""
_FIXED_WORDS = Path(__file__).with_name("fixed_words.toml")


def free_words(text: str, kept: Container[str] = ()) -> Iterator[Span]:
    """Where the words stand that may be varied; ``kept`` are further words, in lower case, that may not."""
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    for token in _TOKEN.finditer(text):
        start, end = _trimmed(token)
        word = text[start:end]
        if (
            _WORD.fullmatch(word)
            and _is_language(word, text[max(0, start - _LOOKED_BACK) : start])
            and word.lower() not in kept
            and not any(first <= start < last for first, last in quoted)
        ):
            yield start, end


def facts_in(text: str) -> set[str]:
    """What of a text may not be varied, token by token, in lower case, its punctuation trimmed."""
    free = set(free_words(text))
    spans = (_trimmed(token) for token in _TOKEN.finditer(text))
    return {text[start:end].lower() for start, end in spans if end > start and (start, end) not in free}


def words_in(text: str) -> set[str]:
    """All tokens of a text in lower case, punctuation trimmed."""
    return {text[start:end].lower() for start, end in map(_trimmed, _TOKEN.finditer(text)) if end > start}


def names_in(text: str) -> set[str]:
    """Its words with a capital, in lower case: what a customer may have written without one."""
    return {match[0].lower() for match in _WORD.finditer(text) if not match[0].islower()}


@cache
def days_and_months(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """A language's names of days and of months, short ones too, in lower case, as CLDR has them."""
    from babel.dates import get_day_names, get_month_names

    def named(read: object) -> frozenset[str]:
        assert callable(read)
        return frozenset(
            name.lower().rstrip(".")
            for width in ("wide", "abbreviated")
            for context in ("format", "stand-alone")
            for name in read(width, context, language).values()
        )

    return named(get_day_names), named(get_month_names)


@cache
def _fixed() -> frozenset[str]:
    """Words that are facts, or turn one round, in whatever language they stand."""
    told = tomllib.loads(_FIXED_WORDS.read_text(encoding="utf-8")).values()
    calendar = (names for language in LANGUAGES for names in days_and_months(language))
    return frozenset().union(*(words.split() for words in told), *calendar)


def _is_language(word: str, before: str) -> bool:
    low = word.lower()
    capital = not word.islower() and _SELF.fullmatch(word) is None
    if capital and not (word[1:].islower() and _ends(before)):
        return False  # a name, an abbreviation, a code; a single capital letter may be a choice from a list
    denies = low.endswith(("n't", "n\u2019t"))
    return not denies and low not in _fixed() and len(word) <= _LONGEST and WIDE.search(word) is None


def _ends(before: str) -> bool:
    """Whether a sentence can begin behind this."""
    said = before.rstrip(_BETWEEN)
    return not said or said.endswith(_STOPS) or "\n" in before[len(said) :]


def _trimmed(token: re.Match[str]) -> Span:
    start, end = token.span()
    text = token.string
    while start < end and text[start] in _OPENING:
        start += 1
    while end > start and text[end - 1] in _CLOSING:
        end -= 1
    return start, end
