"""Finds people's names: by the words around them, and by a list of given names where the words only suggest one.

"My name is …", "Hi …," and a last line after a closing formula need no list; "I spoke to …" and "thanks …" do. Names of
makers, shops and products are none: what stands beside "team", "support" or "&" is a business.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from data.closings import CLOSINGS
from data.masking.given_names import given_names, listed
from data.masking.kinds import CJK, LETTERS
from data.masking.low_names import find_low_names, low_words
from data.masking.words import Words, alternatives, first_words, phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

_UP = (
    "A-Z\u00c0-\u00de\u0100\u0102\u0104\u0106\u010c\u010e\u0118\u011a\u011e\u0130\u0139\u013d\u0141\u0143"
    "\u0147\u0150\u0158\u015a\u015e\u0160\u0164\u016e\u0170\u0179\u017b\u017d\u0391-\u03ab\u0410-\u042f"
)
_WORD = (
    rf"(?:O['\u2019]|Mc|Mac|d['\u2019]|D['\u2019])?[{_UP}][{LETTERS}]{{1,19}}(?:[-'\u2019][{_UP}][{LETTERS}]{{1,15}})?"
)
_LINK = (
    r"(?:de la|de los|van der|van den|van de|von der|van|von|de|der|den|da|do|dos|das|del|della|di|du|la|le|el"
    r"|al|bin|ben|ter|ten|zu|y|e|af|av)"
)
_REST = rf"(?:[ \u00a0](?:{_LINK} )?{_WORD}|[ \u00a0][{_UP}]\.){{0,3}}"
_FULL = rf"{_WORD}{_REST}"
_STARTS = re.compile(r"(?:^|[\n.!?>,(\u2026-])[ \t\"'*_]*$")
_ENDS_GREETING = re.compile(r"[ \u00a0]?(?:[,!:;.\n?\u2013-]|$)")
_ENDS_SIGNATURE = re.compile(r"[ \t]*(?:$|\n|[,.(|])")
_MAYBE = frozenset(("this is", "hier ist", "ici", "names"))
_SURELY = frozenset(
    ("cardholder", "recipient", "attn", "attention", "empf\u00e4nger", "kontoinhaber", "destinataire", "titulaire")
)
_HERE = re.compile(r" (?:here|hier|ici|aqu\u00ed|qui)(?= (?:from|at|of|von|vom|de|da|again)\b|[,.!])")
_HERE_WORDS = frozenset(("here", "hier", "ici", "aqu\u00ed", "qui"))
_SAYS = re.compile(
    rf" (?:said|says|told|promised|wrote|replied|answered|helped|confirmed|advised|explained|called|emailed"
    rf"|sagte|hat|schrieb|versprach|meinte|m['\u2019]a|a dit|me dijo|dijo|mi ha|ha detto|zei"
    rf"|heeft)(?![{LETTERS}])"
)
_ALONE = re.compile(r"[ \t]*(?:$|\n|,[ \t]?\ue000|[ \t][(<|]?\ue000)")
_FIRST = re.compile(rf"[{LETTERS}]+")
_CAPITALS = re.compile(rf"(?<![{LETTERS}\d.@/_-]){_FULL}")
_NEAR_SPAN = 24


def find_names(words: Words, text: str, *, others: bool = True) -> Iterator[tuple[int, int, str]]:
    """Names as (start, end, key): those that are announced, then those that words suggest and the list knows.

    Without ``others`` the suggested ones stay, but for a name that stands alone on a line: a signature.
    """
    rules = _rules()
    for list_name, pattern in rules[:-1]:
        for start in words.starts(list_name):
            match = pattern.match(text, start)
            if match and _fits(list_name, text, match):
                yield from _person(text, *match.span("name"))
    for start, end in find_low_names(words, text):
        yield start, end, text[start:end].casefold()
    for match in _CAPITALS.finditer(text):
        if (
            words.starts("HERE")
            and _HERE.match(text, match.end())
            and _STARTS.search(text, max(0, match.start() - 8), match.start())
        ):
            yield from _person(text, *match.span())
        given = _given_in(match)
        if given is None:
            continue
        start, end = given, match.end()
        suggested = others and (rules[-1][1].search(text, max(0, start - _NEAR_SPAN), start) or _SAYS.match(text, end))
        if suggested or (_ALONE.match(text, end) and text[:start].rpartition("\n")[2].strip() == ""):
            yield from _person(text, start, end)


def parts_of(name: str) -> list[str]:
    """The words of a name that stand for the person by themselves: no initials, no "van", no word that is no name."""
    if re.match(f"[{CJK}]", name):
        return [name]
    words = [word.strip(".,'\u2019\"()") for word in re.split(r"[\s\u00a0]+", name)]
    return [
        word
        for word in words
        if len(word) > 2 and word[0].isupper() and word.lower() not in listed("NOBODY") | listed("WORDS_TOO")  # noqa: PLR2004
    ]


def is_word_too(name: str) -> bool:
    """Whether a name is an ordinary word as well: Will, May, Grace."""
    return name.lower() in listed("WORDS_TOO")


def is_name(author: str) -> bool:
    """Whether an author's name is a person's, by its shape: one to four words with capitals, none of a desk's."""
    words = author.replace("\u00a0", " ").split()
    if re.fullmatch(f"[{CJK}]{{2,5}}", author):
        return True
    return 1 <= len(words) <= 4 and all(  # noqa: PLR2004
        re.fullmatch(rf"{_WORD}|[{_UP}]\.?|{_LINK}", word) and word.lower() not in listed("NOBODY") for word in words
    )


def _fits(list_name: str, text: str, match: re.Match[str]) -> bool:
    """Whether what stands around is right: a greeting begins a sentence, and a signature ends a line."""
    if list_name == "HELLO":
        before = _STARTS.search(text, max(0, match.start() - 8), match.start())
        return before is not None and _ENDS_GREETING.match(text, match.end()) is not None
    if list_name == "BYE":
        return _ENDS_SIGNATURE.match(text, match.end()) is not None
    if list_name != "SAID":
        return True
    named = match["colon"] is not None or " " in match["said"]
    if match["said"].lower() in _MAYBE:
        return _given_in(match, "name") is not None
    known = _FIRST.match(match["name"])
    return (
        named and (" " in match["said"] or " " in match["name"] or bool(known and known.group() in given_names()))
    ) or (match["said"].lower() in _SURELY)


def _given_in(run: re.Match[str], group: int | str = 0) -> int | None:
    """Where in a run of words with capitals the name begins: "Hi Anna" is one, and Anna the name."""
    for word in _FIRST.finditer(run[group]):
        lower = word.group().lower()
        alone = word.end() == len(run[group])
        if (
            word.group() in given_names()
            and lower not in listed("NOBODY")
            and not (alone and lower in listed("WORDS_TOO"))
        ):
            return run.start(group) + word.start()
    return None


def _person(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The name without words at its end that are none; nothing where it is a business's."""
    words = re.split(r"[ \u00a0]", text[start:end])
    if words[0].lower().strip("'\u2019.") in listed("NOBODY"):
        return
    for number, word in enumerate(words):
        if word.lower() in listed("NOBODY"):
            words = words[:number]
            break
    while words and not words[-1][0].isupper():
        words.pop()
    if not words:
        return
    end = start + len(" ".join(words))
    after = text[end : end + 12].lstrip(" \t\u00a0").lower()
    if after.startswith(
        ("&", "team", "support", "customer", "service", "gmbh", "ltd", "inc", "s.a", "b.v", "shop", "store")
    ) or (len(words) == 1 and text[start:end].isupper()):
        return
    yield start, end, text[start:end].casefold()


@cache
def _rules() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What announces a name: the list, and its pattern at one of its first words.

    The last one is looked for before a name that the list of given names knows.
    """
    table = {name: phrases("people.toml", name) for name in ("TITLES", "SAID", "HELLO", "NEAR")}
    table["BYE"] = CLOSINGS
    title = rf"(?:(?:{alternatives(table['TITLES'])})\.?[ \u00a0])?(?:(?:Dr|Prof)\.? )?"
    name = rf"{title}(?P<name>{_FULL})"
    announced = rf"{title}(?P<name>{_FULL}|[{_UP}]{{2,15}}(?: [{_UP}]{{2,15}}){{1,3}})"
    space, sign = r"[ \u00a0]", r"[,!.\u2013-]"
    shapes = {
        "SAID": rf"(?P<said>(?i:{alternatives(table['SAID'])}))(?P<colon>{space}?[:\uff1a=])?{space}{{1,3}}{announced}",
        "TITLES": rf"(?:{alternatives(table['TITLES'])})\.?{space}(?:Dr\.? |Prof\.? )?(?P<name>{_FULL})",
        "HELLO": rf"(?i:{alternatives(table['HELLO'])}),?{space}{name}",
        "BYE": rf"(?i:{alternatives(table['BYE'])})[ \t]?"
        rf"(?:{sign}{{0,2}}[ \t]?\n{{1,2}}[ \t]*|[,\u2013-]{{1,2}} ){name}",
    }
    rules = [(name, re.compile(shape)) for name, shape in shapes.items()]
    near = re.compile(rf"(?<![{LETTERS}])(?i:{alternatives(table['NEAR'])})[ \u00a0,]{{1,2}}$")
    return (*rules, ("NEAR", near))


@cache
def name_words() -> dict[str, frozenset[str]]:
    """The first words of each list of what announces a name."""
    lists = {name: first_words(phrases("people.toml", name)) for name in ("TITLES", "SAID", "HELLO")}
    return {**lists, **low_words(), "BYE": first_words(CLOSINGS), "HERE": _HERE_WORDS}
