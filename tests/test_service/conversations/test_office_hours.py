"""Office hours: what can be written, and when people are there next."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chatbot.errors import InputError
from chatbot.service.conversations.office_hours import OfficeHours

HOURS = OfficeHours.parse("Mon-Fri 09:00-17:00, Sat 10:00-14:00 Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-03-02T08:00", None),  # Monday 9:00 there
        ("2026-03-02T07:59", "Monday 09:00 (Europe/Berlin)"),
        ("2026-03-02T16:00", "Tuesday 09:00 (Europe/Berlin)"),
        ("2026-03-07T09:30", None),
        ("2026-03-07T13:00", "Monday 09:00 (Europe/Berlin)"),
        ("2026-03-28T13:00", "Monday 09:00 (Europe/Berlin)"),  # the clocks go forward that night
    ],
)
def test_the_next_opening(now, words):
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    opens_at = HOURS.next_opening(at)
    assert (opens_at and HOURS.words(opens_at, "en", at)) == words
    if now.startswith("2026-03-28"):
        assert opens_at.astimezone(UTC) == datetime(2026, 3, 30, 7, tzinfo=UTC)


def test_an_opening_is_told_in_the_customers_language():
    opens_at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    now = opens_at - timedelta(days=1)
    assert HOURS.words(opens_at, "de", now) == "Montag, 09:00 Uhr (Europe/Berlin)"
    assert HOURS.words(opens_at, "zh", now) == "星期一 09:00（Europe/Berlin）"
    assert HOURS.words(opens_at, "cs", now) == HOURS.words(opens_at, "en", now)


def test_what_is_closed_is_skipped_however_long_and_told_with_its_date():
    hours = OfficeHours.parse("Mon-Fri 09:00-17:00 UTC closed 2026-12-24..2026-12-26, 2026-12-28..2029-01-02")
    now = datetime(2026, 12, 23, 18, tzinfo=UTC)
    opens_at = hours.next_opening(now)
    assert opens_at.date() == date(2029, 1, 3)
    assert hours.words(opens_at, "en", now) == "Wednesday 2029-01-03, 09:00 (UTC)"
    assert hours.next_opening(datetime(2026, 12, 24, 10, tzinfo=UTC)) == opens_at, "an ordinary Thursday but for that"
    near = OfficeHours.parse("Mon-Fri 09:00-17:00 UTC closed 2026-12-24")
    assert near.words(near.next_opening(now), "en", now) == "Friday 09:00 (UTC)"


@pytest.mark.parametrize(
    "text",
    [
        "Mon-Fri 09:00-17:00, Sat 10:00-14:00 Europe/Berlin",
        "Mon 09:00-12:00, Mon 13:00-17:00, Wed-Thu 09:00-17:00 UTC closed 2026-12-24..2026-12-26, 2027-01-01",
    ],
)
def test_hours_are_written_as_they_were_read(text):
    assert OfficeHours.parse(text).text() == text
    assert OfficeHours.parse("Tue 13:00-17:00, Sun-Mon 10:00-14:00 UTC").text() == (
        "Mon 10:00-14:00, Tue 13:00-17:00, Sun 10:00-14:00 UTC"
    )


@pytest.mark.parametrize(
    "days", ["24.12.2026", "2026-12-26..2026-12-24", "2026-12-24-2026-12-26", "3026-01-01", "soon"]
)
def test_what_are_no_closed_days_is_told(days):
    with pytest.raises(InputError, match="closed"):
        OfficeHours.parse(f"Mon 09:00-17:00 UTC closed {days}")


@pytest.mark.parametrize(
    "text",
    ["", "Mon 9-17 UTC", "Mon 09:00-17:00", "Moo 09:00-17:00 UTC", "Mon 17:00-09:00 UTC", "Mon 09:00-25:00 UTC", "UTC"],
)
def test_what_is_no_hours_is_told(text):
    with pytest.raises(InputError, match="Write hours such as"):
        OfficeHours.parse(text)
