"""Parses points in time as transcripts write them: read leniently, kept as ISO-8601, compared in UTC.

A text may have two readings: 03/04/2024 is March in one country and April in another. ``readings`` gives both; which
one holds is decided over a whole column, elsewhere. ``parse_time`` reads only what has one meaning by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

LANGUAGES = ("en", "de", "fr", "es", "it", "nl")
"""Languages whose names of months are read."""

CLOCK_ONLY = 1
"""The year of a reading that is a time of day without a date: it orders, but is no point in time."""

_EPOCH = re.compile(r"\d{9,19}(?:\.\d+)?")
_EPOCH_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9))
"""A number below the first is counted in units of which the second make a second. Good for 1973 to 5138."""
_FOURTEEN = re.compile(r"(?:19|20)\d{12}")
_SERIAL = re.compile(r"[2-7]\d{4}(?:[.,]\d+)?")
_DAY = 24 * 60 * 60
_SERIAL_START = datetime(1899, 12, 30, tzinfo=UTC)
"""Day 0 of spreadsheets; their days 20000 to 79999 are the years 1954 to 2119."""

_AM_PM = r"a\.?\s?m\.?|p\.?\s?m\.?|上午|下午|中午|早上|晚上|凌晨"
_ZONE = r"Z|(?:UTC|GMT)?[+-]\d{1,2}:?(?:\d{2})?|[A-Z]{3,4}"
_TIME = (
    rf"(?:(?P<half>{_AM_PM})\s*)?(?P<hour>\d{{1,2}})\s?[:.h\uff1a时点]\s?(?P<minute>\d{{2}})分?"
    rf"(?:[:.\uff1a](?P<second>\d{{2}})(?:[.,](?P<part>\d{{1,9}}))?秒?)?"
    rf"(?:\s*(?P<after>{_AM_PM}))?(?:\s*(?:Uhr|uur)\b)?(?:\s*\(?(?P<zone>{_ZONE})\)?)?"
)
_CLOCK = rf"(?:(?:\s*,\s*|\s*T\s*|\s+)(?:(?:at|um|à|a las|alle|alle ore|ore|om|-)\s+)?{_TIME})?"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})([-/.])(?P<one>\d{{1,2}})\2(?P<two>\d{{1,2}}){_CLOCK}", re.IGNORECASE)
_YEAR_LAST = re.compile(
    rf"(?P<one>\d{{1,2}})(?P<mark>[./-])(?P<two>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|(?<=[./])\d{{2}}){_CLOCK}",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    rf"(?P<year>\d{{4}})\s?年\s?(?P<one>\d{{1,2}})\s?月\s?(?P<two>\d{{1,2}})\s?[日号]?\s*(?:{_TIME})?", re.IGNORECASE
)
_WORD = r"[^\W\d_]{3,12}"
_DAY_NAMED = re.compile(
    rf"(?:{_WORD}\.?,?\s+)?(?P<two>\d{{1,2}})(?:st|nd|rd|th|er|[.º°])?[\s-]+(?:de\s+|di\s+)?(?P<month>{_WORD})[.,]?[\s-]+"
    rf"(?:de\s+|del\s+)?(?P<year>\d{{4}}){_CLOCK}",
    re.IGNORECASE,
)
_MONTH_NAMED = re.compile(
    rf"(?:{_WORD}\.?,?\s+)?(?P<month>{_WORD})\.?\s+(?P<two>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_CLOCK}",
    re.IGNORECASE,
)
_CLOCK_ALONE = re.compile(_TIME, re.IGNORECASE)
_ZONES = {
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "BST": 1, "CET": 1, "CEST": 2,
    "MEZ": 1, "MESZ": 2, "WET": 0, "WEST": 1, "EET": 2, "EEST": 3, "Z": 0, "UTC": 0, "GMT": 0,
}  # fmt: skip
_LATER_HALF = re.compile(r"p|下午|晚上", re.IGNORECASE)
_NOON = "中午"
_DOTTED = "."


@dataclass(frozen=True, slots=True)
class Readings:
    """What a text may mean: with the day before the month, and with the month before the day.

    ``kind`` names the form for people: "ISO-8601", "day/month/year", "epoch milliseconds", …
    """

    day_first: datetime | None
    month_first: datetime | None
    kind: str

    @property
    def only(self) -> datetime | None:
        """The one meaning, where there is one."""
        if self.day_first is None or self.month_first is None:
            return self.day_first or self.month_first
        return self.day_first if self.day_first == self.month_first else None


_NONE = Readings(None, None, "")
SLASHED = "day and month in figures"
CLOCK = "time of day"
SERIAL = "spreadsheet days"
ISO = "ISO-8601"


def parse_time(text: str | None) -> datetime | None:
    """An aware UTC time, or None where the text has no single meaning.

    Reads ISO-8601 dates and times (without a zone they count as UTC), Unix seconds to nanoseconds, the dotted
    day-first form 31.12.2024 10:15, and dates with the month's name.
    """
    found = readings(text)
    moment = found.only
    return None if moment is None or found.kind in {CLOCK, SERIAL} else moment


def readings(text: str | None) -> Readings:
    """Every meaning that a text may have as a point in time, in UTC."""
    text = (text or "").strip()
    if not text or not any(character.isdigit() for character in text) or len(text) > _LONGEST:
        return _NONE
    try:
        return _readings(text)
    except (ValueError, OverflowError, OSError):
        return _NONE


_LONGEST = 80


def iso(moment: datetime) -> str:
    """ISO-8601 in UTC, to the second: 2024-12-31T10:15:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _readings(text: str) -> Readings:
    if _FOURTEEN.fullmatch(text):
        return _same(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC), ISO)
    if _EPOCH.fullmatch(text):
        return _epoch(text)
    if _SERIAL.fullmatch(text):
        return _same(_SERIAL_START + timedelta(seconds=round(float(text.replace(",", ".")) * _DAY)), SERIAL)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _written(text)
    return _same(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC), ISO)


def _epoch(text: str) -> Readings:
    number = float(text)
    unit = next(unit for limit, unit in _EPOCH_UNITS if number < limit)
    name = {1: "seconds", 10**3: "milliseconds", 10**6: "microseconds", 10**9: "nanoseconds"}[unit]
    return _same(datetime.fromtimestamp(number / unit, UTC), f"epoch {name}")


def _written(text: str) -> Readings:
    if found := _YEAR_FIRST.fullmatch(text) or _CHINESE.fullmatch(text):
        return _same(_moment(found, int(found["one"]), int(found["two"])), ISO)
    if found := _YEAR_LAST.fullmatch(text):
        one, two = int(found["one"]), int(found["two"])
        if found["mark"] == _DOTTED:
            return _same(_moment(found, two, one), "day.month.year")
        return Readings(_valid(found, two, one), _valid(found, one, two), SLASHED)
    if found := _DAY_NAMED.fullmatch(text) or _MONTH_NAMED.fullmatch(text):
        month = _months().get(found["month"].casefold())
        return _NONE if month is None else _same(_moment(found, month, int(found["two"])), "month by name")
    if found := _CLOCK_ALONE.fullmatch(text):
        return _same(_at(datetime(CLOCK_ONLY, 1, 2, tzinfo=UTC), found), CLOCK)
    return _NONE


def _same(moment: datetime, kind: str) -> Readings:
    return Readings(moment, moment, kind)


def _valid(found: re.Match[str], month: int, day: int) -> datetime | None:
    try:
        return _moment(found, month, day)
    except ValueError:
        return None


def _moment(found: re.Match[str], month: int, day: int) -> datetime:
    year = int(found["year"])
    return _at(datetime(year if year > 99 else 2000 + year, month, day, tzinfo=UTC), found)  # noqa: PLR2004  # 1/2/24


def _at(day: datetime, found: re.Match[str]) -> datetime:
    if found["hour"] is None:
        return day
    hour = int(found["hour"])
    half = found["half"] or found["after"]
    if half == _NOON:
        hour = hour + 12 if hour < 11 else hour  # noqa: PLR2004  # one o'clock at noon is 13:00
    elif half:
        if not 0 < hour <= 12 and half.isascii():  # noqa: PLR2004
            raise ValueError(f"{hour} {half}")
        hour = hour % 12 + (12 if _LATER_HALF.match(half) else 0)
    moment = day.replace(
        hour=hour,
        minute=int(found["minute"]),
        second=int(found["second"] or 0),
        microsecond=int((found["part"] or "0").ljust(6, "0")[:6]),
    )
    return moment.replace(tzinfo=_zone(found["zone"])).astimezone(UTC) if found["zone"] else moment


def _zone(text: str) -> timezone:
    name = text.upper()
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    digits = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", name)
    if digits is None:
        raise ValueError(f"{text} is no zone we know")
    offset = timedelta(hours=int(digits[2]), minutes=int(digits[3] or 0))
    return timezone(-offset if digits[1] == "-" else offset)


@cache
def _months() -> dict[str, int]:
    """Names and abbreviations of months, as CLDR has them."""
    from babel.dates import get_month_names

    names: dict[str, int] = {"sept": 9}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, language).items():
                    names.setdefault(name.casefold().rstrip("."), number)
    return names
