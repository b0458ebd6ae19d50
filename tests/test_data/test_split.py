"""Splits are stable, near the asked share, and never put a conversation on both sides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.split import held_out, split_by_time
from data.times import iso, parse_time
from data.transcripts import Conversation

FRACTIONS = st.floats(0, 1)


def dated(name, created):
    return Conversation(name, (), labels={"created": created} if created else {})


def test_the_hash_split_is_fixed_for_ever():
    names = [f"c{number}" for number in range(20)]
    assert [name for name in names if held_out(name, 0.2)] == ["c1", "c11"]
    assert sum(held_out(f"c{number}", 0.1) for number in range(10_000)) == pytest.approx(1000, abs=100)
    assert [name for name in names if held_out(name, 0.2, "other")] != ["c1", "c11"]


@given(name=st.text(), small=FRACTIONS, large=FRACTIONS, salt=st.text(max_size=3))
def test_a_larger_share_holds_the_smaller(name, small, large, salt):
    small, large = sorted((small, large))
    assert held_out(name, large, salt) or not held_out(name, small, salt)
    assert not held_out(name, 0, salt)
    assert held_out(name, 1, salt)


DATES = st.sampled_from([None, "2024-01-01", "2024-01-01T10:00:00Z", "2024-01-02T00:30:00+01:00", "2023-05-05", "soon"])


@given(rows=st.lists(st.tuples(st.sampled_from("abcdefgh"), DATES), max_size=20), share=FRACTIONS)
def test_time_split_leaks_nothing(rows, share):
    conversations = [dated(name, created) for name, created in rows]
    past, future = split_by_time(conversations, share)
    assert sorted(map(id, past + future)) == sorted(map(id, conversations))
    assert not {c.id for c in past} & {c.id for c in future}
    assert len(future) <= share * len(conversations)


def test_time_split_by_date():
    a, b, c, d = (
        dated("a", "2024-01-01"),
        dated("b", "2024-03-01"),
        dated("c", None),
        dated("d", "2024-02-01T00:00:00Z"),
    )
    assert split_by_time([a, b, c, d], "2024-02-01") == ([c, a], [d, b])
    assert split_by_time([a, b, c, d], 0.5) == ([c, a], [d, b])
    assert split_by_time([a, b], 0.0) == ([a, b], [])
    with pytest.raises(ValueError, match="ISO date"):
        split_by_time([a], "tomorrow")
    with pytest.raises(ValueError, match="share"):
        split_by_time([a], 2.0)


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
