from __future__ import annotations

import numpy as np
import pytest

from retrieval.encoder.token_states import TokenStates
from retrieval.search import late as late_module
from retrieval.search.late import LateInteraction


class Words:
    """An encoder that shows its tokens: words, each a direction of its own."""

    fingerprint, dimension = "words", 8

    def __init__(self):
        self.read = []
        self._places = {}

    def encode(self, texts, report=None):
        return np.stack([self._state(text) for text in texts])

    def pieces(self, text):
        return self.states([text])[0].spans

    def states(self, texts):
        self.read += texts
        found = []
        for text in texts:
            ends = [(text.index(word), text.index(word) + len(word)) for word in text.split()]
            rows = [self._state(word) for word in text.split()]
            found.append(TokenStates(np.array(rows, dtype=np.float32).reshape(-1, 8), ends, self._state(text)))
        return found

    def _state(self, word):
        row = np.zeros(8, dtype=np.float32)
        row[self._places.setdefault(word, len(self._places))] = 1.0
        return row


def _shares(words):
    return np.array([0.9 if word == "the" else 0.01 for word in words])


def _matched(late, question, texts):
    return late.matched(question, late.asked(question), texts, _shares)


def test_each_word_is_matched_with_its_nearest_and_rare_ones_count_more():
    found = _matched(LateInteraction(Words()), "the wren", ["the badger", "a wren"])
    assert found.nearest.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert found.scores.tolist() == pytest.approx([0.02, 0.98], abs=0.02)
    assert found.missed(0.5)[0] == pytest.approx(found.weights[1])
    assert found.weights.sum() == pytest.approx(1.0)


def test_what_was_read_is_not_read_again(monkeypatch):
    monkeypatch.setattr(late_module, "KEPT", 2)
    encoder = Words()
    late = LateInteraction(encoder)
    late.states(["one", "two", "one"])
    assert encoder.read == ["one", "two"]
    late.states(["two", "three"])
    late.states(["one"])  # the oldest had to go
    assert encoder.read == ["one", "two", "three", "one"]


def test_what_is_stored_is_not_read():
    encoder = Words()
    stored = {"a wren": encoder.states(["a wren"])[0].narrow}
    encoder.read.clear()
    late = LateInteraction(encoder, stored.get)
    assert _matched(late, "the wren", ["the badger", "a wren"]).nearest.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert encoder.read == ["the wren", "the badger"]


def test_a_question_without_words_matches_nothing():
    found = _matched(LateInteraction(Words()), "", ["a wren"])
    assert found.scores.tolist() == [0.0]


def test_an_encoder_that_shows_no_tokens_compares_whole_texts(encoder):
    late = LateInteraction(encoder)
    (same, other) = _matched(late, "where is my parcel", ["where is my parcel", "open a jar"]).scores
    assert same == pytest.approx(1.0, abs=0.02)
    assert other < same
