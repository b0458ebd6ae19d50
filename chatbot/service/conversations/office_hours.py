"""Office hours, such as ``Mon-Fri 09:00-17:00, Sat 10:00-14:00 Europe/Berlin``, and when they begin next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chatbot.dialogue.text import set_phrases
from chatbot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPAN = re.compile(r"(?P<first>[A-Z][a-z]{2})(?:-(?P<last>[A-Z][a-z]{2}))? (?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Spans of the week (weekday from Monday = 0, opening, closing) in the desk's own zone."""

    spans: tuple[tuple[int, time, time], ...]
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str) -> OfficeHours:
        """Read hours as they are written in the settings.

        Raises:
            InputError: they are not written so, or the zone is unknown.

        """
        wanted = "Write hours such as `Mon-Fri 09:00-17:00, Sat 10:00-14:00 Europe/Berlin`"
        words, _, name = text.strip().rpartition(" ")
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
        return cls(tuple(spans), zone)

    def next_opening(self, now: datetime) -> datetime | None:
        """When people are there next; None where they are there now."""
        coming = sorted(self._coming(now))
        if any(opens <= now < closes for opens, closes in coming):
            return None
        return next(opens for opens, _ in coming if opens > now)

    def words(self, opens_at: datetime, language: str) -> str:
        """An opening for people: ``Monday 09:00 (Europe/Berlin)``."""
        local = opens_at.astimezone(self.zone)
        day = set_phrases.weekday(local.weekday(), language)
        return set_phrases.sentence("opening", language, day=day, time=f"{local:%H:%M}", zone=self.zone.key)

    def _coming(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        today = now.astimezone(self.zone).date()
        for ahead in range(8):
            day = today + timedelta(days=ahead)
            for weekday, opens, closes in self.spans:
                if weekday == day.weekday():
                    yield datetime.combine(day, opens, self.zone), datetime.combine(day, closes, self.zone)
