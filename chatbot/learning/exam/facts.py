"""A fact that an answer must state or must never state, as a person writes it, found in an answer.

Case, white space, dashes, quotes, Markdown's marks and the form of digits do not matter. A number is found whole only
("30 days" is not in "130 days"), a word from its beginning ("refund" is in "refunded", "available" not in
"unavailable"). What begins with ``re:`` is a regular expression; the time it may take is bounded, as are its repeats,
which a compiler unrolls. Knows words, no questions and no verdicts.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

import regex

EXPRESSION = "re:"
LONGEST = 300
"""Characters of a fact."""
_SECONDS = 0.2
_MOST_REPEATS = 1000
_REPEAT = regex.compile(r"\{\s*(\d*)\s*(?:,\s*(\d*)\s*)?\}")
_SIGNS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u0060\u00b4", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | {"*": None, "\u00ad": None, "\u200b": None}
)
_DIGIT = regex.compile(r"\d")
_THOUSANDS = regex.compile(r"(?<=\d)[,'](?=\d{3}(?!\d))")
_THREE = 3
_SPACED = regex.compile(r"[\p{Latin}\p{Greek}\p{Cyrillic}]")


class FactError(ValueError):
    """What cannot be looked for; the message says why and what to write instead."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One alternative: as it was ``written``, and the expression that finds it in ``plain`` text."""

    written: str
    expression: regex.Pattern[str]

    def found_in(self, said: str) -> bool:
        """Whether a text that went through ``plain`` states it.

        Raises:
            FactError: the expression took too long on this text.

        """
        try:
            return self.expression.search(said, timeout=_SECONDS) is not None
        except TimeoutError:
            raise FactError(
                f"{self.written!r} took more than {_SECONDS} seconds on one answer; "
                "write it without repeats inside of repeats"
            ) from None


def fact(written: str) -> Fact:
    """The fact that somebody wrote.

    Raises:
        FactError: it is empty, too long, or no regular expression that can be used.

    """
    if len(written) > LONGEST:
        raise FactError(
            f"a fact is {len(written):,} characters long; at most {LONGEST} are looked for. Name a few words"
        )
    if written.startswith(EXPRESSION):
        return Fact(written, _expression(written.removeprefix(EXPRESSION).strip()))
    letters = _THOUSANDS.sub("", "".join(plain(written).split()))
    if not letters:
        raise FactError(f"{written!r} has nothing to look for; leave it out or write a word")
    before = r"(?<!\d|\d[.,])" if letters[0].isdigit() else r"(?<!\w)" if _SPACED.match(letters[0]) else ""
    after = r"(?!\d|[.,]\d)" if letters[-1].isdigit() else ""
    spelt = "".join(_joint(letters, place) + regex.escape(letter) for place, letter in enumerate(letters))
    return Fact(written, regex.compile(before + spelt + after))


def plain(text: str) -> str:
    """A text as it is compared: one case, one form of each sign and digit, single spaces."""
    bare = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    digits = _DIGIT.sub(lambda found: str(unicodedata.digit(found[0])), bare)
    return " ".join(digits.casefold().split())


def _joint(letters: str, place: int) -> str:
    """What may stand before the letter at a place: white space, and a sign between thousands."""
    if not place:
        return ""
    if letters[place - 1].isdigit() and letters[place].isdigit():
        left = len(letters) - place - len(letters[place:].lstrip("0123456789"))
        return r"\s*[,']?\s*" if left % _THREE == 0 else r"\s*"
    return r"\s*"


def _expression(written: str) -> regex.Pattern[str]:
    repeats = math.prod(max(int(low or 1), int(high or 1), 1) for low, high in _REPEAT.findall(written))
    if not written or repeats > _MOST_REPEATS:
        what = f"repeats up to {repeats:,} times" if written else "is empty"
        raise FactError(f"the regular expression {what}; write one that repeats at most {_MOST_REPEATS:,} times in all")
    try:
        return regex.compile(written, regex.IGNORECASE | regex.FULLCASE)
    except (regex.error, OverflowError, RecursionError) as error:
        raise FactError(
            f"{written!r} is no regular expression ({error}); leave {EXPRESSION!r} out to look for the words"
        ) from None
