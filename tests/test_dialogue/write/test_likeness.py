"""chrF of all pairs: the same as sacrebleu's where precision and recall weigh alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF

from chatbot.dialogue.write.likeness import likeness

WORDS = st.text(st.sampled_from("ab c.\u00e9"), min_size=6, max_size=30).filter(
    lambda text: len(text.replace(" ", "")) > 5
)


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_it_is_chrf_of_equal_weight(texts):
    told = CHRF(beta=1)
    expected = [[told.sentence_score(one, [other]).score / 100 for other in texts] for one in texts]
    assert np.allclose(likeness(texts), expected, atol=1e-6)


def test_short_and_empty_texts_are_like_themselves_and_nothing_else():
    found = likeness(["ok", "", "no", "ok"])
    assert found[0, 3] == found[0, 0] == pytest.approx(1)
    assert not found[1].any()
    assert found[0, 2] == pytest.approx(0.25)  # one letter of two, no pair
    assert likeness([]).shape == (0, 0)
