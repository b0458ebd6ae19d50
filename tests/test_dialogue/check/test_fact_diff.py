"""Facts that came or went between two texts, whatever the words."""

from __future__ import annotations

import pytest

from chatbot.dialogue.check.fact_diff import FactDiff, fact_diff


@pytest.mark.parametrize(
    ("before", "after", "added", "dropped"),
    [
        ("Within 30 days.", "It is 30 days from now, of course.", [], []),
        ("Within 30 days.", "Within 14 days.", ["quantity"], ["quantity"]),
        ("It costs 5 euros.", "It costs 5 dollars.", ["quantity"], ["quantity"]),
        ("On 3 May.", "On 4 May.", ["date"], ["date"]),
        ("Look here.", "Look at https://shop.example/returns.", ["link"], []),
        ("Ask our colleague.", "Ask our colleague Sandra.", ["name"], []),
        ("We deliver your parcel to Norway.", "We do not deliver your parcel to Norway.", ["negation"], ["negation"]),
        ("", "", [], []),
    ],
)
def test_what_differs(before, after, added, dropped):
    found = fact_diff(before, after)
    assert [kind for kind, _ in found.added] == added
    assert [kind for kind, _ in found.dropped] == dropped
    assert bool(found) == bool(added or dropped)


def test_the_same_text_has_no_other_facts():
    text = "By 3 May 2026, or 14 days, at 5:00 pm: call Sandra."
    assert fact_diff(text, text) == FactDiff()
