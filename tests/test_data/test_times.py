"""Times are read where they have one meaning, and only there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.times import iso, parse_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-01", "2024-02-01T00:00:00Z"),
        ("2024-02-01 10:00:00", "2024-02-01T10:00:00Z"),
        ("2024-02-01 10:00:00 UTC", "2024-02-01T10:00:00Z"),
        ("2024-02-01T10:00:00.123Z", "2024-02-01T10:00:00Z"),
        ("2024-02-01T10:00:00+02:00", "2024-02-01T08:00:00Z"),
        ("1706781600", "2024-02-01T10:00:00Z"),
        ("1706781600000", "2024-02-01T10:00:00Z"),
        ("01.02.2024 10:00", "2024-02-01T10:00:00Z"),
        ("02/01/2024", None),
        ("", None),
        ("soon", None),
    ],
)
def test_times(text, expected):
    moment = parse_time(text)
    assert (None if moment is None else iso(moment)) == expected


@given(st.text(max_size=30) | st.from_regex(r"\A[\d.:TZ +-]{1,30}\Z"))
def test_any_text_is_a_time_or_not(text):
    moment = parse_time(text)
    assert moment is None or moment.tzinfo is not None
