"""Finds numbers of parcels that show themselves: the UPU's S10, UPS, DHL, Amazon, and carriers in China.

Check digits are verified where there are some. Numbers that are plain digits are found by the word before them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHAPED = re.compile(
    r"(?<![A-Za-z\d_./+-])(?:(?P<s10>[A-Z]{2} ?\d{3} ?\d{3} ?\d{3} ?[A-Z]{2})|(?P<ups>1Z ?[A-Z\d]{3}"
    r" ?[A-Z\d]{3} ?[A-Z\d]{2} ?[A-Z\d]{4} ?[A-Z\d]{4})"
    r"|(?P<other>JJ?D\d{14,20}|00340434\d{12}|TB[ACM]\d{12}|SF\d{12,13}|(?:YT|JT|STO|ZTO|YD)\d{12,15}"
    r"|JD[A-Z]?\d{11,14}|H00[A-Z\d]{13}|GFUS\d{17}|LP\d{14}|9[2-5]\d{20,24}))(?![A-Za-z\d_])"
)
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def find_tracking(text: str) -> Iterator[tuple[int, int, str]]:
    """Numbers of parcels as (start, end, number without spaces)."""
    for match in _SHAPED.finditer(text):
        number = match.group().replace(" ", "")
        if match.lastgroup == "s10" and not _is_s10(number):
            continue
        if match.lastgroup == "ups" and sum(c.isdigit() for c in number) < 6:  # noqa: PLR2004  # words in capitals
            continue
        yield *match.span(), number


def _is_s10(number: str) -> bool:
    """The check digit of UPU standard S10-12."""
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[2:10], strict=True)) % 11
    return int(number[10]) == {0: 5, 1: 0}.get(rest, 11 - rest)
