"""Finds the facts in a text: links, e-mail addresses, dates, times, quantities, codes.

A fact keeps every reading it admits ("1.000" is 1000 or 1; "3/4" is the third of April or the fourth of
March); two facts agree where their readings meet. Knows nothing of evidence, policies or models.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from chatbot.dialogue.text.normalise import REMEMBERED
from chatbot.dialogue.text.numerals import CURRENCY_SIGNS, MONTHS, SPELT, UNITS, readings
from retrieval.terms import joined_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a text.

    ``kind`` is link, email, date, time, quantity or code; ``raw`` the words as written; ``unit`` a
    quantity's unit or currency; ``start`` and ``end`` its place in the text.
    """

    kind: str
    raw: str
    values: frozenset[str]
    unit: str | None = None
    start: int = 0
    end: int = 0


def _any(forms: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, forms), key=len, reverse=True))


_SPACED_UNITS = _any(form for form in UNITS if form.isascii() or form[0] < "\u3000")
_TIGHT_UNITS = _any(form for form in UNITS if form[0] >= "\u3000")
_SIGNS = "%\u20ac$\u00a3\u00a5"
_UNIT = (
    r"(?:[\s\u00a0\u202f-]{0,2}(?:(?:business|working|calendar|full|consecutive|whole)\s+)?"
    rf"(?P<unit>[{_SIGNS}]|(?:{_SPACED_UNITS})(?!\w)|{_TIGHT_UNITS}))"
)
_MONTH = rf"(?P<month>{_any(MONTHS)})"
_DIGITS = r"\d+(?:[.,'\u2019\u00a0\u202f]\d+)*"

_PLACEHOLDER = re.compile(r"\[[A-Z]+(?:_\d+)?\]|<[a-z_]+>")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"\u201d\u3002\uff0c]+"
    r"|(?<![\w.-])(?:[a-z0-9-]{1,63}\.){1,4}"
    r"(?:com|org|net|io|info|de|fr|es|it|nl|cz|eu|uk|us|cn|shop|store|example|test|ly|co|app|dev|xyz|top|biz|online|site|click|live|gl|gg|tv|ru|cc|pl|ch|ca|au|ie|se|dk|fi|pt|jp)\b(?!\.\w)(?:/[^\s<>\"]*)?"
    r"|(?<![\w.-])(?:[a-z0-9-]{1,63}\.){1,3}(?:to|me|in|at|be|no|is|so|my|us)/[^\s<>\"]+",
    re.IGNORECASE,
)
_DAY_MONTH = (
    rf"(?<![\w.,])(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s+(?:of\s+|de\s+)?{_MONTH}\b\.?"
    r"(?:,?\s+(?:de\s+)?(?P<year>\d{4})(?!\w))?"
)
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\w.])(?P<year>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\w)",
        r"(?<![\w.])(?P<a>\d{1,2})(?P<mark>[-/.])\s?(?P<b>\d{1,2})(?P=mark)\s?(?P<year>\d{4}|\d{2})(?!\w)",
        r"(?:(?P<year>\d{4})\s?\u5e74\s?)?(?<!\d)(?P<m>\d{1,2})\s?\u6708\s?(?P<d>\d{1,2})\s?[\u65e5\u53f7]",
        _DAY_MONTH,
        rf"(?<!\w){_MONTH}\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\w.,:]*\d)(?!\w)(?:,?\s+(?P<year>\d{{4}})(?!\w))?",
        rf"(?<!\w){_MONTH}\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?!\w)",
        r"(?<![\w./])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?![\w/])",
    )
)
_TIME = re.compile(
    r"(?<![\w.:])(?P<h>\d{1,2})(?::(?P<min>\d{2}))?\s?(?P<half>[ap])\.?m\b\.?|(?<![\w.:])(?P<h24>\d{1,2}):(?P<min24>\d{2})(?![\d:])",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9_-]{0,80}\d)(?=[A-Za-z0-9_-]{0,80}[A-Za-z])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*"
)
_ERROR = re.compile(
    r"\b(?:error|err|fehler|erreur|errore|fout|erro|foutcode|fehlercode|fehlermeldung)(?:[ -](?:code|no\.?|nr\.?))?"
    r"[ .:#-]{0,2}(\d{1,3})\b",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    rf"(?P<sign>(?:{_any(CURRENCY_SIGNS)})\s?)?(?<![\d])(?P<digits>{_DIGITS})(?:st\b|nd\b|rd\b|th\b|{_UNIT})?",
    re.IGNORECASE,
)
_SPELT = re.compile(
    rf"(?<!\w)(?P<spelt>{_any(form for form in SPELT if form[0] < chr(0x3000))})(?!\w)(?!-\w+-){_UNIT}?"
    rf"|(?P<cjk>{_any(form for form in SPELT if form[0] >= chr(0x3000))})(?P<cjkunit>{_TIGHT_UNITS})",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"\s*(?:-|\u2013|\u2014|to|bis|and|und|or|oder|et|ou|a|\u00e0|y|o|e|en|of|,|\u5230|\u81f3)\s*", re.IGNORECASE
)
_WHOLE_UNIT = re.compile(rf"{_DIGITS}(?:st|nd|rd|th|{_UNIT})", re.IGNORECASE)
_LIST_MARKER = re.compile(r"^[^\S\n]*\d{1,2}[.)](?=\s)", re.MULTILINE)
_NOON = 12
_MONTHS_IN_YEAR = 12
_DAYS_IN_MONTH = 31
_CENTURY = 100


class _Finder(NamedTuple):
    kind: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], frozenset[str]]


def claims(text: str) -> tuple[Fact, ...]:
    """The facts a text states. The numbers of its list items state nothing."""
    return _facts(_LIST_MARKER.sub(lambda marker: " " * len(marker.group()), text))


def grounds(text: str) -> tuple[Fact, ...]:
    """The facts a text can vouch for: its claims, and the numbers of its list items."""
    return _facts(text)


def blanked(text: str, facts: Iterable[Fact]) -> str:
    """The text with blanks where these facts of its own stand, so that all places in it stay."""
    for fact in facts:
        text = f"{text[: fact.start]}{' ' * (fact.end - fact.start)}{text[fact.end :]}"
    return text


@lru_cache(maxsize=REMEMBERED)
def _facts(text: str) -> tuple[Fact, ...]:
    return tuple(_found(text))


def _found(text: str) -> Iterator[Fact]:
    """Each finder takes what is its own and leaves blanks for the next."""
    text = _PLACEHOLDER.sub(lambda found: " " * len(found.group()), text)
    for finder in _FINDERS:
        found = [
            Fact(finder.kind, match.group(), values, _unit(match), match.start(), match.end())
            for match in finder.pattern.finditer(text)
            if (values := finder.read(match))
        ]
        yield from _ranged(found, text) if finder.kind == "quantity" else found
        text = blanked(text, found)


def _ranged(found: list[Fact], text: str) -> list[Fact]:
    """In "3 to 5 days" the first number counts days too. A spelt number counts only with a unit."""
    for place in range(len(found) - 2, -1, -1):
        here, after = found[place], found[place + 1]
        if here.unit is None and after.unit is not None and _RANGE.fullmatch(text, here.end, after.start):
            found[place] = replace(here, unit=after.unit)
    return [fact for fact in found if fact.unit is not None or any(character.isdecimal() for character in fact.raw)]


def _unit(match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    form = groups.get("sign") or groups.get("unit") or groups.get("cjkunit")
    return UNITS[form.strip().lower()] if form else None


def _read_link(match: re.Match[str]) -> frozenset[str]:
    link = match.group().rstrip(".,;:!?'\u2019*_")
    while link and link[-1] in ")]}" and link.count(link[-1]) > link.count("([{"[")]}".index(link[-1])]):
        link = link[:-1].rstrip(".,;:!?'\u2019*_")
    host, slash, path = re.sub(r"^(?:https?://)?(?:www\.)?", "", link, flags=re.IGNORECASE).partition("/")
    return frozenset({(host.lower() + slash + path).rstrip("/")})


def _read_email(match: re.Match[str]) -> frozenset[str]:
    return frozenset({match.group().lower().rstrip(".")})


def _read_date(match: re.Match[str]) -> frozenset[str]:
    groups = match.groupdict()
    if groups.get("a"):
        a, b = int(groups["a"]), int(groups["b"])
        pairs = {(a, b), (b, a)}
    else:
        month = MONTHS[groups["month"].lower()] if groups.get("month") else int(groups["m"])
        pairs = {(month, int(groups["d"]))}
    year = int(groups.get("year") or 0)
    year += 2000 if 0 < year < _CENTURY else 0
    return frozenset(
        f"{year or ''}-{month}-{day}"
        for month, day in pairs
        if 1 <= month <= _MONTHS_IN_YEAR and 1 <= day <= _DAYS_IN_MONTH
    )


def _read_time(match: re.Match[str]) -> frozenset[str]:
    hour = int(match["h"] or match["h24"])
    if match["half"]:
        hour = hour % _NOON + (_NOON if match["half"].lower() == "p" else 0)
    return frozenset({f"{hour}:{int(match['min'] or match['min24'] or 0):02d}"})


def _read_code(match: re.Match[str]) -> frozenset[str]:
    """Letters and digits in one word; "30kg", "14-day" and "2nd" are quantities instead."""
    return frozenset() if _WHOLE_UNIT.fullmatch(match.group()) else frozenset({match.group().lower()})


def _read_quantity(match: re.Match[str]) -> frozenset[str]:
    return readings(match["digits"])


def _read_spelt(match: re.Match[str]) -> frozenset[str]:
    return frozenset({str(SPELT[(match["spelt"] or match["cjk"]).lower()])})


_FINDERS = (
    _Finder("email", _EMAIL, _read_email),
    _Finder("link", _LINK, _read_link),
    *(_Finder("date", pattern, _read_date) for pattern in _DATES),
    _Finder("time", _TIME, _read_time),
    _Finder("code", _CODE, _read_code),
    _Finder("quantity", _QUANTITY, _read_quantity),
    _Finder("quantity", _SPELT, _read_spelt),
)


def codes_in(text: str) -> set[str]:
    """The codes of a text in one spelling: E107 for E-107 and e 107 as well."""
    named = {value for fact in claims(text) if fact.kind == "code" for value in fact.values}
    return {re.sub(r"[\W_]", "", code) for code in named}.union(joined_codes(text))


def errors_in(text: str) -> set[str]:
    """What "error 3", "error-3" and "Fehlercode 3" may be on the display: E3."""
    return {f"e{int(match[1])}" for match in _ERROR.finditer(text)}


def shape_of(code: str) -> str:
    """Which kind of code it is: a letter for each letter of it, a digit for each digit; P25-06 is of P25-07's."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", code))
