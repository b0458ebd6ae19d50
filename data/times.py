"""Parses points in time as transcripts write them: read leniently, kept as ISO-8601, compared in UTC.

Only forms with one meaning are read: 03/04/2024 is March in one country and April in another, so it is not.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?")
_MILLISECONDS_FROM = 10**11
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_ZONE = re.compile(r"(?<!\s)\s*+(?:UTC|GMT|Z)$", re.IGNORECASE)


def parse_time(text: str | None) -> datetime | None:
    """An aware UTC time, or None where the text has no single meaning.

    Reads ISO-8601 dates and times (without a zone they count as UTC), Unix seconds or milliseconds, and the
    dotted day-first form 31.12.2024 10:15.
    """
    if not text:
        return None
    text = text.strip()
    try:
        if _EPOCH.fullmatch(text):
            number = float(text)
            return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)
        if match := _DAY_FIRST.fullmatch(text):
            day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        moment = datetime.fromisoformat(_ZONE.sub("+00:00", text) if _ZONE.search(text) else text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def iso(moment: datetime) -> str:
    """ISO-8601 in UTC, to the second: 2024-12-31T10:15:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
