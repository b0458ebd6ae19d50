"""Office hours, such as ``Mon-Fri 09:00-17:00, Sat 10:00-14:00 Europe/Berlin``, and when they begin next.

Days on which the desk is closed all the same follow ``closed``, one by one or from the first to the last:
``… Europe/Berlin closed 2026-12-24..2026-12-26, 2027-01-01``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chatbot.dialogue.text import set_phrases
from chatbot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CLOSED = " closed "
_LAST_YEAR = 2999
_SOON = timedelta(days=7)
_SPAN = re.compile(r"(?P<first>[A-Z][a-z]{2})(?:-(?P<last>[A-Z][a-z]{2}))? (?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Spans of the week (weekday from Monday = 0, opening, closing) in the desk's own zone.

    ``closed`` are days without any, each from its first to its last.
    """

    spans: tuple[tuple[int, time, time], ...]
    zone: ZoneInfo
    closed: tuple[tuple[date, date], ...] = ()

    @classmethod
    def parse(cls, text: str) -> OfficeHours:
        """Read hours as they are written in the settings.

        Raises:
            InputError: they are not written so, or the zone is unknown.

        """
        wanted = "Write hours such as `Mon-Fri 09:00-17:00, Sat 10:00-14:00 Europe/Berlin`"
        text, _, holidays = text.strip().partition(_CLOSED)
        words, _, name = text.rpartition(" ")
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InputError(f"{wanted}: there is no time zone {name!r}.") from error
        spans: list[tuple[int, time, time]] = []
        for part in words.split(","):
            match = _SPAN.fullmatch(part.strip())
            if match is None or not {match["first"], match["last"] or match["first"]} <= set(_DAYS):
                raise InputError(f"{wanted}: {part.strip()!r} is no span.")
            try:
                opens, closes = time.fromisoformat(match["opens"]), time.fromisoformat(match["closes"])
            except ValueError as error:
                raise InputError(f"{wanted}: {part.strip()!r} has no such time.") from error
            if opens >= closes:
                raise InputError(f"{wanted}: {part.strip()!r} ends before it begins.")
            first, last = _DAYS.index(match["first"]), _DAYS.index(match["last"] or match["first"])
            spans.extend(((first + step) % 7, opens, closes) for step in range((last - first) % 7 + 1))
        return cls(tuple(spans), zone, tuple(_closed(part.strip()) for part in holidays.split(",") if part.strip()))

    @classmethod
    def of(cls, text: str | None) -> OfficeHours | None:
        """Read them where any are written; None for none.

        Raises:
            InputError: they are not written so, or the zone is unknown.

        """
        return cls.parse(text) if text else None

    def text(self) -> str:
        """How they are written, so that ``parse`` reads the same."""
        written = []
        for first, last in self._alike():
            days = _DAYS[first] if first == last else f"{_DAYS[first]}-{_DAYS[last]}"
            written += [f"{days} {opens:%H:%M}-{closes:%H:%M}" for opens, closes in self.on(first)]
        closed = ", ".join(f"{first}" if first == last else f"{first}..{last}" for first, last in self.closed)
        return f"{', '.join(written)} {self.zone.key}" + (f"{_CLOSED}{closed}" if closed else "")

    def on(self, weekday: int) -> list[tuple[time, time]]:
        """Opening and closing of each span of a weekday, the earliest first."""
        return sorted((opens, closes) for day, opens, closes in self.spans if day == weekday)

    def next_opening(self, now: datetime) -> datetime | None:
        """When people are there next; None where they are there now."""
        for opens, closes in self._coming(now):
            if opens <= now < closes:
                return None
            if opens > now:
                return opens
        return None  # not reached: some day of every week has a span, and what is closed has an end

    def words(self, opens_at: datetime, language: str, now: datetime) -> str:
        """An opening for people: ``Monday 09:00 (Europe/Berlin)``, with its date where that is not within a week."""
        local = opens_at.astimezone(self.zone)
        day, moment = set_phrases.weekday(local.weekday(), language), f"{local:%H:%M}"
        if local.date() - now.astimezone(self.zone).date() < _SOON:
            return set_phrases.sentence("opening", language, day=day, time=moment, zone=self.zone.key)
        return set_phrases.sentence("opening_on", language, day=day, date=local.date(), time=moment, zone=self.zone.key)

    def _alike(self) -> Iterator[tuple[int, int]]:
        """Runs of weekdays, the first and the last, that have the same spans."""
        first = 0
        for day in range(1, len(_DAYS) + 1):
            if day == len(_DAYS) or self.on(day) != self.on(first):
                yield first, day - 1
                first = day

    def _coming(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans of today and of every day after it, in their order; without end."""
        day = now.astimezone(self.zone).date()
        while True:
            away = next((last for first, last in self.closed if first <= day <= last), None)
            if away is None:
                for opens, closes in self.on(day.weekday()):
                    yield datetime.combine(day, opens, self.zone), datetime.combine(day, closes, self.zone)
            day = (away or day) + timedelta(days=1)


def _closed(text: str) -> tuple[date, date]:
    """The first and the last day of a stretch: ``2026-12-24`` or ``2026-12-24..2026-12-26``."""
    first, _, last = text.partition("..")
    try:
        days = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    except ValueError as error:
        raise InputError(
            f"Write days that are closed such as `2026-12-24` or `2026-12-24..2026-12-26`: {text!r} is none."
        ) from error
    if not days[0] <= days[1] or days[1].year > _LAST_YEAR:
        raise InputError(f"The days that are closed end before they begin, or too late: {text!r}.")
    return days
