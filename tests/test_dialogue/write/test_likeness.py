"""chrF of all pairs, beside the same counted plainly for one pair."""

from __future__ import annotations

from collections import Counter
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.dialogue.write.likeness import likeness

WORDS = st.text(st.sampled_from("ab c.\u00e9"), min_size=6, max_size=30).filter(
    lambda text: len(text.replace(" ", "")) > 5
)


def chrf(one, other):
    """Popovic's figure with precision and recall alike, 0 to 1; sacrebleu's with ``beta=1`` is the same."""
    runs = [
        [Counter(text[place : place + order] for place in range(len(text) - order + 1)) for order in range(1, 7)]
        for text in (one.replace(" ", ""), other.replace(" ", ""))
    ]
    shared = [(mine & theirs).total() for mine, theirs in zip(*runs, strict=True)]
    precision, recall = (
        mean(common / count.total() for common, count in zip(shared, own, strict=True)) for own in runs
    )
    return 2 * precision * recall / (precision + recall) if shared[0] else 0.0


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_it_is_chrf_of_equal_weight(texts):
    assert np.allclose(likeness(texts), [[chrf(one, other) for other in texts] for one in texts], atol=1e-6)


def test_short_and_empty_texts_are_like_themselves_and_nothing_else():
    found = likeness(["ok", "", "no", "ok"])
    assert found[0, 3] == found[0, 0] == pytest.approx(1)
    assert not found[1].any()
    assert found[0, 2] == pytest.approx(0.25)  # one letter of two, no pair
    assert likeness([]).shape == (0, 0)
