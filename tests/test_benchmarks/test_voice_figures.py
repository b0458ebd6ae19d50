"""Figures of ways to reply: sums over questions, their intervals, and the likest reply."""

from __future__ import annotations

import pytest

sacrebleu = pytest.importorskip("sacrebleu", reason="what the benchmarks measure by is not installed")

from voice_figures import chrf, intervals, likest, share  # noqa: E402  # needs it

REAL = ["A table for 4 at 5 pm.", "The code is Z9X.", "Anything else?"]
GIVEN = ["A table for 2 at 7 pm.", "", "Anything else for you?"]


def test_chrf_is_sacrebleus_of_the_corpus() -> None:
    assert chrf(GIVEN, REAL).value == pytest.approx(sacrebleu.corpus_chrf(GIVEN, [REAL]).score)


def test_a_share_is_of_the_wholes_and_none_where_there_are_none() -> None:
    assert share([1, 0, 2], [1, 1, 4]).value == pytest.approx(0.5)
    assert share([1, 0, 1, 1]).value == pytest.approx(0.75)
    assert share([0, 0], [0, 0]).value is None


def test_intervals_hold_the_value_and_a_difference_is_of_the_same_draws() -> None:
    right = [1, 0] * 50
    ways = {"a": {"x": share(right)}, "b": {"x": share([1 - each for each in right])}, "c": {"x": share(right)}}
    alone, against = intervals(ways, ["x"], "a")
    low, high = alone["a"]["x"]
    assert 0.35 < low < 0.5 < high < 0.65
    assert against["c"]["x"] == [0, 0, 0]
    difference, low, high = against["b"]["x"]
    assert low < difference == 0 < high
    assert "a" not in against


def test_what_counts_nowhere_has_no_interval() -> None:
    alone, against = intervals({"a": {"x": share([0], [0])}, "b": {"x": share([0], [0])}}, ["x"], "a")
    assert alone["a"]["x"] is None
    assert against["b"]["x"] is None


def test_the_likest_reply_is_found() -> None:
    assert likest(["No.", "A table for 4 at 6 pm.", "A chair."], REAL[0]) == 1
