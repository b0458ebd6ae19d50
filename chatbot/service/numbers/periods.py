"""Days and weeks as the desk's clock has them: which moments a period spans, the one before it, and its weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from chatbot.errors import InputError

if TYPE_CHECKING:
    from chatbot.service.conversations.rules import Rules

LONGEST = 366
"""Days of a period."""
_WEEKS = 12
_DAY = timedelta(days=1)
_FIRST, _LAST = date(2000, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Period:
    """Some whole days, the first and the last included, in a time zone."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From when until before when."""
        return self._midnight(self.first), self._midnight(self.last + _DAY)

    @property
    def before(self) -> Period:
        """As many days just before it."""
        return Period(self.first - (self.last - self.first + _DAY), self.first - _DAY, self.zone)

    @property
    def weeks(self) -> tuple[date, ...]:
        """The Mondays of its weeks and the one after; of a short period those of twelve weeks up to its end."""
        end = _monday(self.last) + timedelta(days=7)
        begin = min(_monday(self.first), end - timedelta(weeks=_WEEKS))
        return tuple(begin + timedelta(days=days) for days in range(0, (end - begin).days + 1, 7))

    @property
    def week_starts(self) -> tuple[datetime, ...]:
        """The moments at which they begin."""
        return tuple(map(self._midnight, self.weeks))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


def zone_of(rules: Rules) -> ZoneInfo:
    """The time zone of the desk's office hours; without them UTC."""
    return rules.hours.zone if rules.hours else ZoneInfo("UTC")


def period(rules: Rules, *, days: int, first: date | None = None, last: date | None = None) -> Period:
    """The last ``days`` days with today, or those that are named.

    Raises:
        InputError: it ends before it begins, is longer than a year, or only one end is named.

    """
    zone = zone_of(rules)
    today = rules.clock.now().astimezone(zone).date()
    if first is None and last is None:
        return Period(today - timedelta(days=days - 1), today, zone)
    if first is None or last is None:
        raise InputError("Name both ends of the period, `from` and `to`, or neither.")
    if not _FIRST <= first <= last <= _LAST or (last - first).days >= LONGEST:
        raise InputError(f"A period ends after it began, and has {LONGEST} days at most.")
    return Period(first, last, zone)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
