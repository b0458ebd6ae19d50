"""Puts the messages of a conversation in order, by what all conversations of its source show; knows no file formats.

Times go first, then numbers that count messages, then the order of the rows, turned round where the source has its
newest rows first. Where none of them tells, the order is unknown, and that is the answer: a wrong one would pair an
answer with another question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from data.times import CLOCK_ONLY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.importers.time_column import Moments

ORDER_UNKNOWN = "order of its messages unknown"
"""The reason against a conversation that cannot be put in order."""
ORDER_HINT = (
    "conversations left out: {count:,}, as neither times nor numbers nor the rows tell the order of their "
    "messages. If the "
    "rows lie in order, say --column order=oldest_first or --column order=newest_first."
)

_FEW = 50
"""One step against so many is a clock that was wrong."""
_TURNED_NEEDED = 2
"""Neighbours that lie the wrong way round before a source counts as newest first."""
_GREETING = re.compile(
    r"\W*(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|welcome|dear|hallo|guten (?:tag|morgen|abend)"
    r"|willkommen"
    r"|bonjour|bonsoir|bienvenue|hola|buen[oa]s|bienvenid|ciao|buongiorno|buonasera|benvenut|salve|goede|welkom|您好|你好|欢迎)",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\W*(?:(?:ok|okay|great|perfect|super|many|vielen|herzlichen)\W+)?(?:thank|thx|danke|dank|besten dank"
    r"|merci|gracias"
    r"|muchas gracias|grazie|bedankt|dank je|bye|tschüss|au revoir|adi[oó]s|arrivederci|谢谢|多谢|再见)",
    re.IGNORECASE,
)


class Rows(StrEnum):
    """How a source lays its rows."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"
    MIXED = "mixed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What says when one row was written. ``timed``: the source names a time, readable or not; ``voice`` who speaks."""

    moments: Moments = (None, None)
    timed: bool = False
    sequence: int | None = None
    voice: str = ""
    text: str = ""


@dataclass(slots=True)
class Evidence:
    """What the conversations of a source show of the order of its rows. Pairs of neighbours are counted, by reading."""

    up: list[int] = field(default_factory=lambda: [0, 0])
    down: list[int] = field(default_factory=lambda: [0, 0])
    numbers_up: int = 0
    numbers_down: int = 0
    agree: list[int] = field(default_factory=lambda: [0, 0])
    differ: list[int] = field(default_factory=lambda: [0, 0])
    opened: int = 0
    closed: int = 0
    words: int = 0

    def add(self, stamps: Sequence[Stamp]) -> None:
        """The rows of one conversation, as they lie in the source."""
        for one, two in pairwise(stamps):
            numbers = _step(one.sequence, two.sequence)
            self.numbers_up += numbers > 0
            self.numbers_down += numbers < 0
            for place in (0, 1):
                step = _step(one.moments[place], two.moments[place])
                self.up[place] += step > 0
                self.down[place] += step < 0
                self.agree[place] += step * numbers > 0
                self.differ[place] += step * numbers < 0
        first, last = stamps[0], stamps[-1]
        if first.voice != last.voice:
            self.opened += first.voice == "customer"
            self.closed += last.voice == "customer"
        if len(stamps) > 1:
            self.words += bool(_GREETING.match(first.text)) + bool(_THANKS.match(last.text))
            self.words -= bool(_GREETING.match(last.text)) + bool(_THANKS.match(first.text))

    def decide(self, possible: tuple[int, ...], *, trusted: bool = False, counted: bool = False) -> RowOrder:
        """The order of the rows.

        Args:
            possible: the readings of dates that may hold.
            trusted: the format promises oldest first, so that only times speak against it.
            counted: the numbers are named as an order, and not as ids, which may be given out in any.

        """
        numbered = self.numbers_up + self.numbers_down > 0
        for place in possible:
            numbered = numbered and self.differ[place] * _FEW <= self.agree[place]
        proved = all(self.agree[place] for place in possible)
        numbered = numbered and (counted or proved or _way(self.numbers_up, self.numbers_down) is not Rows.MIXED)
        ways = {_way(self.up[place], self.down[place]) for place in possible}
        rows = ways.pop() if len(ways) == 1 else Rows.MIXED
        if rows is Rows.UNKNOWN and numbered:
            rows = _way(self.numbers_up, self.numbers_down)
        if rows is Rows.UNKNOWN:
            turned = self.closed > self.opened and self.words <= 0
            turned = turned or (self.closed >= self.opened and self.words < 0)  # thanks first, greetings last
            rows = Rows.MIXED if turned and not trusted else Rows.OLDEST_FIRST
        return RowOrder(rows, numbered, possible)


@dataclass(frozen=True, slots=True)
class RowOrder:
    """The order that a source's rows have; ``numbered``: its numbers of messages count upwards in time."""

    rows: Rows
    numbered: bool = False
    possible: tuple[int, ...] = (0,)
    forced: bool = False

    def places(self, stamps: Sequence[Stamp]) -> list[int] | None:
        """The rows' places, oldest first, or None where the order cannot be known."""
        count = len(stamps)
        if count == 1:
            return [0]
        if self.forced or not any(stamp.timed for stamp in stamps):
            return self._by_number(stamps) or self._as_they_lie(stamps)
        if any(stamp.moments[place] is None for stamp in stamps for place in self.possible):
            return self._by_number(stamps)
        orders = [self._by_time(stamps, place) for place in self.possible]
        if any(order != orders[0] for order in orders):
            return self._by_number(stamps)
        return orders[0]

    def told(self) -> list[str]:
        """What was decided, as sentences; nothing where rows lie as expected."""
        if self.forced:
            return [f"rows taken as {self.rows.replace('_', ' ')}, as you said; times were not asked."]
        if self.rows is Rows.NEWEST_FIRST:
            return ["rows newest first: turned round."]
        return []

    def _by_number(self, stamps: Sequence[Stamp]) -> list[int] | None:
        numbers = [stamp.sequence for stamp in stamps]
        if not self.numbered or self.forced or None in numbers or len(set(numbers)) < len(numbers):
            return None
        return sorted(range(len(stamps)), key=lambda place: numbers[place] or 0)

    def _as_they_lie(self, stamps: Sequence[Stamp]) -> list[int] | None:
        if self.rows is Rows.NEWEST_FIRST:
            return list(reversed(range(len(stamps))))
        one_voice = len({stamp.voice for stamp in stamps}) == 1
        return list(range(len(stamps))) if self.rows is Rows.OLDEST_FIRST or one_voice else None

    def _by_time(self, stamps: Sequence[Stamp], reading: int) -> list[int] | None:
        way = -1 if self.rows is Rows.NEWEST_FIRST else 1
        keys = []
        for place, stamp in enumerate(stamps):
            number = stamp.sequence if self.numbered and stamp.sequence is not None else 0
            keys.append((stamp.moments[reading], number, way * place))
        order = sorted(range(len(stamps)), key=lambda place: keys[place])
        if self.rows is Rows.MIXED:
            for one, two in pairwise(order):
                if keys[one][:2] == keys[two][:2] and stamps[one].voice != stamps[two].voice:
                    return None
        moment = stamps[0].moments[reading]
        if (
            moment is not None
            and moment.year == CLOCK_ONLY
            and order not in (sorted(order), sorted(order, reverse=True))
        ):
            return None  # A time of day without its date: past midnight it would sort before.
        return order


def _way(up: int, down: int) -> Rows:
    if not up and down < _TURNED_NEEDED:
        return Rows.UNKNOWN
    if down * _FEW <= up:
        return Rows.OLDEST_FIRST
    return Rows.NEWEST_FIRST if up * _FEW <= down else Rows.MIXED


def _step(one: datetime | int | None, two: datetime | int | None) -> int:
    """1 where the second comes later, -1 where it comes before, 0 where nothing is known."""
    if isinstance(one, datetime) and isinstance(two, datetime):
        return (two > one) - (two < one)
    if isinstance(one, int) and isinstance(two, int):
        return (two > one) - (two < one)
    return 0
