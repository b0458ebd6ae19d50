"""In which order suggestions are shown."""

from __future__ import annotations

import pytest

from chatbot.dialogue.answer import Candidate
from chatbot.service.suggested.sets import placed_by_chance


@pytest.mark.parametrize(
    ("probabilities", "drawn", "order", "propensity"),
    [
        ((0.8, 0.75, 0.7), 0.04, "bac", 0.05),
        ((0.8, 0.75, 0.7), 0.05, "abc", 0.95),
        ((0.8, 0.7), 0.0, "ab", 1.0),
        ((0.8,), 0.0, "a", 1.0),
        ((), 0.0, "", 1.0),
    ],
)
def test_the_first_two_change_places_now_and_then_where_they_are_close(probabilities, drawn, order, propensity):
    given = [
        Candidate(name, "verbatim", (), probability=each) for name, each in zip("abc", probabilities, strict=False)
    ]
    placed, told = placed_by_chance(given, drawn)
    assert ("".join(each.text for each in placed), told) == (order, propensity)
