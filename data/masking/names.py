"""Finds people's names: by the words around them, and by a list of given names where the words only suggest one.

"My name is …", "Hi …," and a last line after a closing formula need no list; "I spoke to …" and "thanks …" do. Names of
makers, shops and products are none: what stands beside "team", "support" or "&" is a business.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from data.closings import CLOSINGS
from data.masking.kinds import CJK, LETTERS
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
_COUNTRIES = (
    "cs_CZ", "da_DK", "de_AT", "de_DE", "en_GB", "en_IN", "en_US", "es_ES", "fi_FI", "fr_FR", "hr_HR", "hu_HU", "it_IT",
    "nl_NL", "no_NO", "pl_PL", "pt_PT", "ro_RO", "sv_SE", "tr_TR",
)  # fmt: skip
_SHORTEST = 3
_FIRST = re.compile(rf"[{LETTERS}]+")
_CAPITALS = re.compile(rf"(?<![{LETTERS}\d.@/_-]){_FULL}")
_NEAR_SPAN = 24
_HAN = (  # family names, the most frequent
    "\u738b\u674e\u5f20\u5218\u9648\u6768\u9ec4\u8d75\u5434\u5468\u5f90\u5b59\u9a6c\u6731\u80e1\u90ed\u4f55"
    "\u6797\u9ad8\u7f57\u90d1\u6881\u8c22\u5b8b\u5510\u8bb8\u97e9\u9093\u51af\u66f9\u5f6d\u66fe\u8096\u7530"
    "\u8463\u6f58\u8881\u8521\u848b\u4f59\u4e8e\u675c\u53f6\u7a0b\u9b4f\u82cf\u5415\u4e01\u4efb\u5362\u59da"
    "\u6c88\u949f\u59dc\u5d14\u8c2d\u9646\u8303\u6c6a\u5ed6\u77f3\u91d1\u97e6\u8d3e\u590f\u4ed8\u65b9\u90b9"
    "\u718a\u767d\u5b5f\u79e6\u90b1\u4faf\u6c5f\u5c39\u859b\u95eb\u6bb5\u96f7\u9f99\u9ece\u53f2\u9676\u8d3a"
    "\u6bdb\u90dd\u987e\u9f9a\u90b5\u4e07\u8983\u6b66\u94b1\u6234\u4e25\u83ab\u5b54\u5411\u5e38\u9673\u5f35"
    "\u5289\u694a\u9ec3\u8d99\u5433\u5b6b\u99ac"
)
_JAPANESE = (  # family names, the most frequent
    "(?:\u4f50\u85e4|\u9234\u6728|\u9ad8\u6a4b|\u7530\u4e2d|\u4f0a\u85e4|\u6e21\u8fba|\u5c71\u672c|\u4e2d\u6751|\u5c0f\u6797|\u52a0\u85e4|\u5409\u7530|\u5c71\u7530|\u4f50\u3005\u6728|\u5c71\u53e3|\u677e\u672c|\u4e95\u4e0a"
    "|\u6728\u6751|\u658e\u85e4|\u6e05\u6c34|\u5c71\u5d0e|\u6c60\u7530|\u6a4b\u672c|\u963f\u90e8|\u77f3\u5ddd|\u4e2d\u5cf6|\u77f3\u4e95|\u5c0f\u5ddd|\u524d\u7530|\u5ca1\u7530|\u9577\u8c37\u5ddd|\u85e4\u7530|\u5f8c\u85e4|\u8fd1\u85e4|\u6751\u4e0a|\u9060\u85e4)"
)
_WIDE = re.compile(
    rf"(?:\u6211\u53eb|\u6211\u7684\u540d\u5b57(?:\u662f|\u53eb)|\u6211\u540d\u53eb|\u59d3\u540d(?:\u662f"
    rf"|[:\uff1a])? ?|\u6536\u4ef6\u4eba(?:\u662f|[:\uff1a])? ?|\u6536\u8d27\u4eba(?:\u662f|[:\uff1a])? ?"
    rf"|\u8054\u7cfb\u4eba(?:\u662f|[:\uff1a])? ?|\u6301\u5361\u4eba(?:\u662f|[:\uff1a])? ?|\u672c\u4eba"
    rf"|\u6237\u540d(?:\u662f|[:\uff1a])?"
    rf" ?)(?P<zh>(?:[\u6b27\u53f8\u4e0a\u8bf8\u590f\u4e1c][\u9633\u9a6c\u5b98\u845b\u4faf\u65b9]"
    rf"|[{_HAN}])[\u4e00-\u9fff]{{1,2}})"
    rf"|\u6211\u662f(?P<self>[{_HAN}][\u4e00-\u9fff]{{1,2}})(?=[\uff0c\u3002,.!\uff01\s]|$)"
    rf"|(?P<desu>{_JAPANESE})(?=\u3067\u3059|\u3055\u3093)"
    rf"|(?P<sir>[{_HAN}][\u4e00-\u9fff]{{0,2}})(?=\u5148\u751f|\u5973\u58eb|\u5c0f\u59d0|\u592a\u592a|\u8001\u5e08)"
    r"|(?:\u540d\u524d\u306f|\u6c0f\u540d(?:\u306f|[:\uff1a])|\u304a\u540d\u524d[:\uff1a]"
    r"|\u540d\u7fa9\u306f)(?P<ja>[\u4e00-\u9fff\u3041-\u3096\u30a1-\u30f6]{2,8}?)(?=\u3067\u3059|\u3068|\u3002"
    r"|\n|$)"
    r"|(?P<sama>[\u4e00-\u9fff]{2,5})(?=\u69d8(?!\u5b50)|\u3068\u7533\u3057\u307e\u3059)"
)


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


def find_wide_names(text: str) -> Iterator[tuple[int, int, str]]:
    """Chinese and Japanese names, by the words around them."""
    for match in _WIDE.finditer(text):
        group = str(match.lastgroup)
        yield *match.span(group), match[group]


def parts_of(name: str) -> list[str]:
    """The words of a name that stand for the person by themselves: no initials, no "van", no word that is no name."""
    if re.match(f"[{CJK}]", name):
        return [name]
    words = [word.strip(".,'\u2019\"()") for word in re.split(r"[\s\u00a0]+", name)]
    return [
        word
        for word in words
        if len(word) > 2 and word[0].isupper() and word.lower() not in _listed("NOBODY") | _listed("WORDS_TOO")  # noqa: PLR2004
    ]


def is_word_too(name: str) -> bool:
    """Whether a name is an ordinary word as well: Will, May, Grace."""
    return name.lower() in _listed("WORDS_TOO")


def is_name(author: str) -> bool:
    """Whether an author's name is a person's, by its shape: one to four words with capitals, none of a desk's."""
    words = author.replace("\u00a0", " ").split()
    if re.fullmatch(f"[{CJK}]{{2,5}}", author):
        return True
    return 1 <= len(words) <= 4 and all(  # noqa: PLR2004
        re.fullmatch(rf"{_WORD}|[{_UP}]\.?|{_LINK}", word) and word.lower() not in _listed("NOBODY") for word in words
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
    return (named and (" " in match["said"] or " " in match["name"] or bool(known and known.group() in _given()))) or (
        match["said"].lower() in _SURELY
    )


def _given_in(run: re.Match[str], group: int | str = 0) -> int | None:
    """Where in a run of words with capitals the name begins: "Hi Anna" is one, and Anna the name."""
    for word in _FIRST.finditer(run[group]):
        lower = word.group().lower()
        alone = word.end() == len(run[group])
        if (
            word.group() in _given()
            and lower not in _listed("NOBODY")
            and not (alone and lower in _listed("WORDS_TOO"))
        ):
            return run.start(group) + word.start()
    return None


def _person(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The name without words at its end that are none; nothing where it is a business's."""
    words = re.split(r"[ \u00a0]", text[start:end])
    if words[0].lower().strip("'\u2019.") in _listed("NOBODY"):
        return
    for number, word in enumerate(words):
        if word.lower() in _listed("NOBODY"):
            words = words[:number]
            break
    while words and not words[-1][0].isupper():
        words.pop()
    if not words:
        return
    end = start + len(" ".join(words))
    after = text[end : end + 12].lstrip().lower()
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
    return {**lists, "BYE": first_words(CLOSINGS), "HERE": _HERE_WORDS}


def is_given_name(word: str) -> bool:
    """Whether a word is a given name, and no other word beside."""
    return word in _given() and word.casefold() not in _listed("WORDS_TOO")


@cache
def _given() -> frozenset[str]:
    """Given names of ``_COUNTRIES``, as the lists of Faker have them: whole words of three letters and more."""
    names: set[str] = set()
    for country in _COUNTRIES:
        people = import_module(f"faker.providers.person.{country}").Provider
        for listed in ("first_names", "first_names_female", "first_names_male"):
            names.update(getattr(people, listed, ()))
    return frozenset(name for name in names if name.isalpha() and len(name) >= _SHORTEST)


@cache
def _listed(name: str) -> frozenset[str]:
    """Words that are no names (NOBODY), and names that are words too (WORDS_TOO), in lower case."""
    words = frozenset(phrases("people.toml", name))
    return words - _listed("WORDS_TOO") if name == "NOBODY" else words
