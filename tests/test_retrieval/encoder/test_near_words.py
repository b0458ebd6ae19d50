"""Words near a word, by the encoder's own table."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.encoder.near_words import NearWords


def test_the_nearest_come_first_and_forms_of_the_word_not_at_all():
    words = ["parcel", "parcels", "package", "envelope", "lamp"]
    vectors = np.array([[9, 1, 0], [9, 1, 0], [9, 2, 0], [8, 4, 0], [-9, 5, 9]], dtype=np.float32)
    near = NearWords(words, vectors)
    assert near("parcel") == ["package", "envelope"]
    assert near("lamp") == near("unknown") == []


@pytest.mark.integration
def test_the_encoder_that_ships_knows_english_words():
    near = NearWords.load()
    assert "notebook" in near("laptop")
    assert near("jetzt") == []
