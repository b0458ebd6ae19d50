"""A split by time never puts a conversation on both sides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from time_split import split_by_time

from data.transcripts import Conversation

FRACTIONS = st.floats(0, 1)
DATES = st.sampled_from([None, "2024-01-01", "2024-01-01T10:00:00Z", "2024-01-02T00:30:00+01:00", "2023-05-05", "soon"])


def dated(name, created):
    return Conversation(name, (), labels={"created": created} if created else {})


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
