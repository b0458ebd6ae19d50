"""Detects ids that a spreadsheet rounded: the numbers of several conversations that have become one.

A spreadsheet shows 1740823456789 as 1.74082E+12 and keeps 15 digits of a longer number; saved as CSV, the rest is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from data.importers.limits import KEY_CHARACTERS

_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d*)?[eE]\+\d{1,3}|\d[.,]\d+[eE]\d{1,3}")
_DIGITS_KEPT = 15
_IDS_REMEMBERED = 1000
_BY_CHANCE = 3
"""So many zeros in the places a spreadsheet loses, over all ids, are one chance in a thousand."""


@dataclass(slots=True)
class Ids:
    """The ids of one source. Constant memory: zeros are counted over the first ids only."""

    scientific: int = 0
    example: str = ""
    first_line: int = 0
    _long: set[str] = field(default_factory=set)
    _whole: bool = False

    def add(self, text: str, line: int) -> bool:
        """Take one id into account; True where it cannot be used, as it is written in scientific notation."""
        if len(text) > KEY_CHARACTERS:
            return False  # told as too long, and many of them would be much
        if _SCIENTIFIC.fullmatch(text):
            self.scientific += 1
            self.first_line = self.first_line or line
            self.example = self.example or text
            return True
        if len(text) > _DIGITS_KEPT and text.isdigit():
            self._whole = self._whole or bool(text[_DIGITS_KEPT:].strip("0"))
            if not self._whole and len(self._long) < _IDS_REMEMBERED:
                self._long.add(text)
                self.first_line = self.first_line or line
        return False

    @property
    def cut(self) -> str:
        """An id of a column in which all long ones end in zeros from the 16th digit on; empty where they do not."""
        zeros = sum(len(text) - _DIGITS_KEPT for text in self._long)
        return min(self._long) if self._long and not self._whole and zeros >= _BY_CHANCE else ""


def is_scientific(text: str) -> bool:
    """Whether an id is a rounded number, such as 1.74082E+12."""
    return _SCIENTIFIC.fullmatch(text) is not None


def complaint(example: str, where: str) -> str:
    """What to tell the user about rounded ids; ``where`` names where they stand."""
    return (
        f"{where} has ids such as {example}: a spreadsheet rounded them, so that messages of different "
        f"conversations look "
        "like one. Export the file anew without opening it in a spreadsheet, or open it there with that column as text."
    )
