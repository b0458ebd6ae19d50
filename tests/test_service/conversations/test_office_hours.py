"""Office hours: what can be written, and when people are there next."""

from __future__ import annotations

from datetime import UTC, datetime

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
    opens_at = HOURS.next_opening(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (opens_at and HOURS.words(opens_at, "en")) == words
    if now.startswith("2026-03-28"):
        assert opens_at.astimezone(UTC) == datetime(2026, 3, 30, 7, tzinfo=UTC)


def test_an_opening_is_told_in_the_customers_language():
    opens_at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert HOURS.words(opens_at, "de") == "Montag, 09:00 Uhr (Europe/Berlin)"
    assert HOURS.words(opens_at, "zh") == "星期一 09:00（Europe/Berlin）"
    assert HOURS.words(opens_at, "cs") == HOURS.words(opens_at, "en")


@pytest.mark.parametrize(
    "text",
    ["", "Mon 9-17 UTC", "Mon 09:00-17:00", "Moo 09:00-17:00 UTC", "Mon 17:00-09:00 UTC", "Mon 09:00-25:00 UTC", "UTC"],
)
def test_what_is_no_hours_is_told(text):
    with pytest.raises(InputError, match="Write hours such as"):
        OfficeHours.parse(text)
