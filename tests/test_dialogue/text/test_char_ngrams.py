from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.dialogue.text.char_ngrams import IncrementalScore

PIECES = ["Open the menu.", "Choose Clear history.", "Buy a cable."]


def _growing(texts, recall_weight=1.0):
    return IncrementalScore(PIECES, texts, recall_weight=recall_weight)


def test_all_of_a_text_is_like_it_and_nothing_of_it_is_not():
    growing = _growing(["Open the menu.", "xyz"])
    assert growing.likeness() == pytest.approx([0, 0])
    growing.add(0)
    assert growing.likeness() == pytest.approx([1, 0])


def test_case_and_white_space_do_not_count():
    growing = _growing(["open\n THE  menu."])
    growing.add(0)
    assert growing.likeness() == pytest.approx([1])


def test_what_is_said_again_adds_nothing():
    growing = _growing(["Open the menu. Choose Clear history."])
    growing.add(0)
    assert growing.with_each()[:, 0] == pytest.approx(growing.likeness())


def test_recall_weight_says_what_a_miss_costs():
    short, long = "Open the menu.", "Open the menu. Choose Clear history. Then wait for the end of it."
    found = []
    for weight in (0.5, 2.0):
        growing = _growing([short, long], weight)
        growing.add(0)
        found.append(growing.likeness()[1])
    assert found[0] > found[1]


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4), st.permutations(range(3)))
def test_what_is_foreseen_comes_true(texts, order):
    growing = _growing(texts, 2.0)
    for piece in order:
        foreseen = growing.with_each()[:, piece]
        growing.add(piece)
        assert growing.likeness() == pytest.approx(foreseen, abs=1e-5)
        assert np.all((growing.likeness() >= 0) & (growing.likeness() <= 1 + 1e-6))
