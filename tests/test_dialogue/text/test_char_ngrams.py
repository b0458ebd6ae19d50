from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.dialogue.text.char_ngrams import IncrementalScore

PIECES = ["Open the menu.", "Choose Clear history.", "Buy a cable."]


def _score(texts, recall_weight=1.0):
    return IncrementalScore(PIECES, texts, recall_weight=recall_weight)


def test_all_of_a_text_is_like_it_and_nothing_of_it_is_not():
    score = _score(["Open the menu.", "xyz"])
    assert score.scores() == pytest.approx([0, 0])
    score.add(0)
    assert score.scores() == pytest.approx([1, 0])


def test_case_and_white_space_do_not_count():
    score = _score(["open\n THE  menu."])
    score.add(0)
    assert score.scores() == pytest.approx([1])


def test_what_is_said_again_adds_nothing():
    score = _score(["Open the menu. Choose Clear history."])
    score.add(0)
    assert score.scores_with_each()[:, 0] == pytest.approx(score.scores())


def test_recall_weight_says_what_a_miss_costs():
    short, long = "Open the menu.", "Open the menu. Choose Clear history. Then wait for the end of it."
    found = []
    for weight in (0.5, 2.0):
        score = _score([short, long], weight)
        score.add(0)
        found.append(score.scores()[1])
    assert found[0] > found[1]


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4), st.permutations(range(3)))
def test_what_is_foreseen_comes_true(texts, order):
    score = _score(texts, 2.0)
    for piece in order:
        foreseen = score.scores_with_each()[:, piece]
        score.add(piece)
        assert score.scores() == pytest.approx(foreseen, abs=1e-5)
        assert np.all((score.scores() >= 0) & (score.scores() <= 1 + 1e-6))
