"""Keystrokes: what is right costs one key, what is wrong costs nothing, and only the beginning is typed."""

from __future__ import annotations

import pytest
from voice_typing import Typing, beginning, interval, summed, typed


def completion(shown: dict[str, str]):
    return lambda draft: shown.get(draft, "")


def test_without_completion_each_character_is_a_key() -> None:
    assert typed("Hello there", completion({})) == Typing(characters=11, keys=11, shown=0, taken=0)


def test_what_is_right_is_taken_for_one_key() -> None:
    # H + "ello" + " " + "there" in one, four keys for eleven characters.
    found = typed("Hello there", completion({"H": "ello", "Hello ": "there"}))
    assert found == Typing(characters=11, keys=4, shown=2, taken=2)
    assert summed([found])["saved"] == pytest.approx(1 - 4 / 11)


def test_what_is_wrong_is_passed_over() -> None:
    found = typed("Hello", completion({"H": "ej", "He": "lp", "Hel": "lo"}))
    assert found == Typing(characters=5, keys=4, shown=3, taken=1)
    # Right at first but longer than what was sent is wrong as well.
    assert typed("Hi", completion({"H": "i there"})) == Typing(characters=2, keys=2, shown=1, taken=0)


def test_a_long_reply_is_typed_to_the_end_of_a_word_and_may_be_foretold_beyond() -> None:
    assert beginning("one two three", 9) == 7
    assert beginning("one two", 7) == 7
    assert beginning("one two", 3) == 3
    assert beginning("onetwothree", 5) == 5
    found = typed("one two three", completion({"one ": "two three"}), characters=9)
    assert found == Typing(characters=7, keys=5, shown=1, taken=1)


def test_sums_are_over_all_replies_together() -> None:
    found = summed([Typing(10, 5, 4, 1), Typing(30, 25, 0, 0)])
    assert found == {"saved": 0.25, "right of shown": 0.25, "shown a character": 0.1}
    assert summed([]) == {"saved": 0.0, "right of shown": 0.0, "shown a character": 0.0}


def test_the_interval_holds_what_is_saved() -> None:
    found = [Typing(100, keys, 1, 1) for keys in (20, 40, 60, 80, 100)]
    low, high = interval(found)
    assert 0 < low < summed(found)["saved"] < high < 0.8
    assert interval(found) == [low, high]
    assert interval([Typing(100, 50, 1, 1)] * 3) == [0.5, 0.5]
    assert interval([]) == [0.0, 0.0]
