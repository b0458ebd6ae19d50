"""Finds payment cards and bank accounts that show themselves: issuer and check digit, or IBAN.

A card stands beside other numbers: its expiry, a year, its code. So the groups of digits of a run are looked through
for those that make a card.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from stdnum import iban, luhn, numdb

from data.masking.kinds import LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

_GAP = r"[ \t\u00a0\u2000-\u200b\u202f\u205f\u3000.,_/\u00b7\u2010-\u2015\u2212-]"
_RUN = re.compile(rf"(?<![{LETTERS}\d+@])\d(?:\d|{_GAP}{{1,3}}(?=\d)){{11,60}}(?![{LETTERS}\d@])")
_DIGITS = re.compile(r"\d+")
_SHAPES = frozenset(
    {
        (4, 4, 4, 4),
        (4, 6, 5),
        (4, 6, 4),
        (4, 4, 4, 4, 3),
        (4, 4, 4, 4, 2),
        (4, 4, 4, 4, 1),
        (4, 4, 4, 1),
        (8, 8),
        (6, 10),
        (4, 12),
        (6, 6, 4),
        (6, 13),
        (4, 5, 6),
        (4, 4, 4, 3),
        (4, 4, 5),
        (4, 3, 3, 3),
    }
)
_ISSUERS = (
    (re.compile(r"4"), frozenset({13, 16, 19})),
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|35(?:2[89]|[3-8])"), frozenset({16})),
    (re.compile(r"3[47]"), frozenset({15})),
    (re.compile(r"30[0-5]|36|38|39"), frozenset({14})),
    (re.compile(r"6011|65|64[4-9]|62|50|5[6-8]|6[37]"), frozenset({16, 17, 18, 19})),
)
_LENGTHS = range(13, 20)
_FLOATS = re.compile(r"\d[.,]$")
_CODE_BESIDE = re.compile(
    r"\ue000,? ?(?:(?:exp\w*\.?:? ?)?(?:0[1-9]|1[0-2]) ?[/.-] ?(?:20)?\d\d,? ?/?)?(?:cv[vc]\d?:?"
    r" ?)?(?<![\d/.])(\d{3,4})(?![\w%\u20ac$]|[.,:/-]\d| ?\d)"
)

_IBAN = re.compile(rf"[A-Za-z]{{2}}(?<![{LETTERS}\d.+\ue000]..)\d{{2}}(?:[ \u00a0.-]?[A-Za-z0-9]){{11,30}}")
_ACCOUNT_LENGTH = re.compile(r"(\d{1,3})!")


def find_cards(text: str) -> Iterator[tuple[int, int, str]]:
    """Payment card numbers: an issuer's prefix and length, and the check digit of ISO/IEC 7812 (Luhn)."""
    for run in _RUN.finditer(text):
        groups = [(match.start() + run.start(), match.group()) for match in _DIGITS.finditer(run.group())]
        first = 0
        while first < len(groups):
            last = _card_from(groups, first, whole=first == 0)
            if last is None:
                first += 1
                continue
            start, end = groups[first][0], groups[last][0] + len(groups[last][1])
            if not _FLOATS.search(text[max(0, start - 2) : start]) or first:
                yield start, end, "".join(digits for _, digits in groups[first : last + 1])
            first = last + 1


def find_card_codes(text: str) -> Iterator[tuple[int, int, str]]:
    """The three or four digits that stand behind a masked card and its date of expiry."""
    for match in _CODE_BESIDE.finditer(text):
        if match.start(1) > match.start() + 1:
            yield *match.span(1), match[1]


def find_ibans(text: str) -> Iterator[tuple[int, int, str]]:
    """International bank account numbers (ISO 13616), check digits and country format verified."""
    for match in _IBAN.finditer(text):
        raw = match.group()
        length = _iban_length(raw[:2].upper())
        places = [place for place, character in enumerate(raw) if character.isalnum()]
        if not length or len(places) < length:
            continue
        raw = raw[: places[length - 1] + 1]
        end = match.start() + len(raw)
        compact = "".join(character for character in raw if character.isalnum())
        if not re.match(rf"[{LETTERS}\d]", text[end : end + 1]) and iban.is_valid(compact, check_country=False):
            yield match.start(), end, iban.compact(compact)


def _card_from(groups: list[tuple[int, str]], first: int, *, whole: bool) -> int | None:
    """The last of the groups that make a card from this one on: one shape of cards, or all that there are."""
    digits = ""
    sizes: tuple[int, ...] = ()
    found = None
    for place in range(first, min(len(groups), first + 19)):
        digits += groups[place][1]
        sizes += (len(groups[place][1]),)
        if len(digits) > _LENGTHS[-1]:
            break
        shaped = len(sizes) == 1 or sizes in _SHAPES or set(sizes) == {1} or (whole and place == len(groups) - 1)
        if len(digits) in _LENGTHS and shaped and _is_card(digits):
            found = place
    return found


def _is_card(digits: str) -> bool:
    issued = any(prefix.match(digits) and len(digits) in lengths for prefix, lengths in _ISSUERS)
    return issued and len(set(digits)) > 1 and luhn.is_valid(digits)


@cache
def _iban_length(country: str) -> int:
    """Characters of a country's IBAN by python-stdnum's registry, 0 where it has none."""
    info = numdb.get("iban").info(country)[0][1]
    return 4 + sum(int(size) for size in _ACCOUNT_LENGTH.findall(info["bban"])) if info.get("bban") else 0
