"""Reads the times of one source: what a single value leaves open is decided over all of them, and can be told.

03/04/2025 alone is March or April. One value such as 25/03/2025 says which for the whole column, and so do rows that
lie in order in one reading only, and a date that in one reading would be still to come. Where nothing says it, both
readings stay open; nothing is guessed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from data.times import CLOCK_ONLY, ISO, SERIAL, SLASHED, Readings, readings

if TYPE_CHECKING:
    from datetime import datetime

DAY_FIRST, MONTH_FIRST = 0, 1
"""Places of the two readings in a pair of moments."""
NAMES = ("day/month/year", "month/day/year")
OPTIONS = {"dmy": DAY_FIRST, "mdy": MONTH_FIRST}

_CLOCKS_DIFFER = timedelta(days=2)
_STEPS_NEEDED = 4
_ORDERED, _DISORDERED = 1.0, 0.9
_QUIET = frozenset({ISO, "day.month.year", "month by name"})

Moments = tuple["datetime | None", "datetime | None"]


@dataclass(slots=True)
class TimeColumn:
    """What has been seen of the times of a source; ``settled`` is the reading a user named, if any.

    Nothing in a source was written after ``now``, where that is given.
    """

    settled: int | None = None
    kinds: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    unread_example: str = ""
    now: datetime | None = None
    _to_come: list[str] = field(default_factory=lambda: ["", ""])
    _only: list[str] = field(default_factory=lambda: ["", ""])
    _last: Moments = (None, None)
    _up: list[int] = field(default_factory=lambda: [0, 0])
    _down: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, text: str) -> Readings:
        """Take one value into account, in the order of the source; a blank one says nothing."""
        found = readings(text)
        if not text:
            return found
        if found.day_first is None and found.month_first is None:
            self.unreadable += 1
            self.unread_example = self.unread_example or text
            return found
        self.kinds[found.kind] += 1
        if found.kind == SLASHED:
            if found.month_first is None:
                self._only[DAY_FIRST] = self._only[DAY_FIRST] or text
            elif found.day_first is None:
                self._only[MONTH_FIRST] = self._only[MONTH_FIRST] or text
            for place, moment in enumerate((found.day_first, found.month_first)):
                if self.now is not None and moment is not None and moment > self.now + _CLOCKS_DIFFER:
                    self._to_come[place] = self._to_come[place] or text
            now = (found.day_first, found.month_first)
            for place, (before, after) in enumerate(zip(self._last, now, strict=True)):
                if before is not None and after is not None and before.date() != after.date():
                    (self._up if after > before else self._down)[place] += 1
            self._last = now
        return found

    def open_readings(self) -> tuple[int, ...]:
        """The readings that may hold: one where it is decided, both where nothing tells."""
        if self.settled is not None:
            return (self.settled,)
        told = [bool(example) for example in self._only]
        if any(told):
            return (DAY_FIRST, MONTH_FIRST) if all(told) else (told.index(True),)
        if bool(self._to_come[DAY_FIRST]) != bool(self._to_come[MONTH_FIRST]):
            return (MONTH_FIRST if self._to_come[DAY_FIRST] else DAY_FIRST,)
        ordered = [self._order(place) for place in (DAY_FIRST, MONTH_FIRST)]
        for place in (DAY_FIRST, MONTH_FIRST):
            steps = self._up[place] + self._down[place]
            if steps >= _STEPS_NEEDED and ordered[place] == _ORDERED and ordered[1 - place] <= _DISORDERED:
                return (place,)
        return (DAY_FIRST, MONTH_FIRST)

    def moments(self, text: str, possible: tuple[int, ...]) -> Moments:
        """A value in each reading that may hold. Where the column mixes both, only what has one meaning is read."""
        found = readings(text)
        if found.kind != SLASHED:
            return found.day_first, found.month_first
        if len(possible) == 1:
            moment = (found.day_first, found.month_first)[possible[0]]
            return moment, moment
        if all(self._only) and found.day_first and found.month_first and found.only is None:
            return None, None
        return found.day_first or found.month_first, found.month_first or found.day_first

    def told(self, name: str, possible: tuple[int, ...]) -> list[str]:
        """What was decided, as sentences; nothing where there was nothing to decide."""
        sentences = []
        if self.kinds[SLASHED]:
            sentences.append(self._told_order(name, possible))
        others = [kind for kind in self.kinds if kind not in _QUIET | {SLASHED}]
        if others:
            sentences.append(f"times in {name} read as {', '.join(sorted(others))}.")
        if self.kinds[SERIAL] and len(self.kinds) > 1:
            sentences.append(f"{name} mixes spreadsheet days with written dates.")
        if self.unreadable:
            sentences.append(
                f"{self.unreadable:,} times in {name} cannot be read, for example {self.unread_example!r}."
            )
        return sentences

    def _order(self, place: int) -> float:
        """How far the rows lie in order in one reading: 1.0 is all the way up or all the way down."""
        steps = self._up[place] + self._down[place]
        return max(self._up[place], self._down[place]) / steps if steps else 0.0

    def _told_order(self, name: str, possible: tuple[int, ...]) -> str:
        if len(possible) == 1:
            why = "as you said" if self.settled is not None else "as the rows lie in order only so"
            if self.settled is None and (example := self._to_come[1 - possible[0]]):
                why = f"{example!r} would be still to come"
            if example := self._only[possible[0]]:
                why = f"{example!r} can be nothing else"
            return f"dates in {name} read as {NAMES[possible[0]]} ({why})."
        if all(self._only):
            first, second = self._only
            return f"dates in {name} are of both kinds ({first!r} and {second!r}): only those of one meaning were read."
        return (
            f"nothing in {name} tells whether its dates are day/month or month/day: the dates were not kept, "
            f"and conversations "
            "whose order hangs on it are left out. If you know, say --column dates=dmy or --column dates=mdy."
        )


def is_point_in_time(moment: datetime | None) -> bool:
    """Whether a reading says when, and not only in which order."""
    return moment is not None and moment.year != CLOCK_ONLY
