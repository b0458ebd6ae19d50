"""Finds names written without capitals, where they are announced: "my name is jonas weber", "hi priya", a signature.

What introduces somebody needs no list for the first word; greetings and "i'm" do, as any word may follow them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from data.closings import CLOSINGS
from data.masking.given_names import listed, low_names
from data.masking.words import alternatives, first_words, phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.masking.words import Words

_LOW = "a-z\u00df-\u00f6\u00f8-\u00ff\u0101-\u017f"
_WORD = rf"(?:[od]['\u2019])?[{_LOW}]{{2,20}}(?:[-'\u2019][{_LOW}]{{2,15}})?(?![\w'\u2019@/-]|\.\w)"
_LINK = r"(?:van der|van den|van de|von der|de la|van|von|de|der|den|da|dos|do|del|della|di|du|la|le|el|al|bin)"
_NAME = rf"(?P<first>{_WORD})(?: (?:{_LINK} )?(?P<second>{_WORD})(?: (?P<third>{_WORD}))?)?"
_ENDS = re.compile(r"[ \t]*(?:$|[\n,.!;:?()\u2013-])")
_NEXT = re.compile(rf" (?P<word>[{_LOW}]{{1,20}})")
_ENDS_GREETING = re.compile(r" ?(?:[,!:;.\n?\u2013-]|$)")
_ENDS_LINE = re.compile(r"[ \t]{0,9}[.,!]?[ \t]{0,9}(?:\n|$)")
_STARTS = re.compile(r"(?:^|[\n.!?,;:>(-])[ \t\"'*_]*$")
_GOES_ON = frozenset(("and", "i", "from", "und", "ich", "aus", "et", "je", "y", "e", "en", "ik"))
_BACK = 8


def find_low_names(words: Words, text: str) -> Iterator[tuple[int, int]]:
    """Places of such names; each begins after what announces it."""
    for name, pattern in _rules().items():
        for start in words.starts(name):
            match = pattern.match(text, start)
            end = match and _end(name, text, match)
            if match and end:
                yield match.start("first"), end


def _end(announced: str, text: str, match: re.Match[str]) -> int | None:
    """Where the name ends; None where it is none."""
    first = match["first"]
    if announced in {"HELLO", "BYE"}:
        begins = announced == "BYE" or _STARTS.search(text, max(0, match.start() - _BACK), match.start())
        last = _ENDS_GREETING if announced == "HELLO" else _ENDS_LINE
        places = _places(match) if begins and first in low_names() else ()
        return next((place for place in places if last.match(text, place)), None)
    sure = first in low_names() or (announced == "NAMED" and first in listed("WORDS_TOO"))
    if not sure and (announced != "NAMED" or _is_plain(first) or first.endswith(("ed", "ing"))):
        return None
    stops = next((place for place in _places(match) if _stops(text, place, match, sure=sure)), None)
    return stops or (match.end("first") if sure else None)


def _places(match: re.Match[str]) -> Iterator[int]:
    """Where the name may end: after the first word, or a family name or two."""
    yield match.end("first")
    if match["second"] and not _is_plain(match["second"]):
        yield match.end("second")
        if match["third"] and not _is_plain(match["third"]):
            yield match.end("third")


def _stops(text: str, place: int, match: re.Match[str], *, sure: bool) -> bool:
    """Whether a sentence ends, or goes on with a word that is no name; what no list knows is less of a name."""
    if _ENDS.match(text, place):
        return True
    after = _NEXT.match(text, place)
    if after is None or place == match.end("third"):
        return False
    return after["word"] in _GOES_ON or (sure and _is_plain(after["word"]))


def _is_plain(word: str) -> bool:
    return word in listed("NOBODY") or word in listed("LOW_WORDS")


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    """The pattern behind each list of what announces a name."""
    gaps = {
        "NAMED": r"(?: ?[:=])? {1,2}",
        "LOW_SELF": " {1,2}",
        "HELLO": ",? ",
        "BYE": r"[ \t]?(?:[,!.-]{0,2}[ \t]?\n{1,2}[ \t]*|, )",
    }
    return {name: re.compile(rf"(?i:{alternatives(_phrases(name))}){gap}{_NAME}") for name, gap in gaps.items()}


def _phrases(name: str) -> tuple[str, ...]:
    return CLOSINGS if name == "BYE" else phrases("people.toml", name)


@cache
def low_words() -> dict[str, frozenset[str]]:
    """The first words of each list that only names without capitals need."""
    return {name: first_words(_phrases(name)) for name in ("NAMED", "LOW_SELF")}
