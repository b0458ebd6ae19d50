"""The 5-gram: a distribution, the same one token by token and at a glance, and bits that fall with what it has seen."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("nltk", reason="the 5-gram needs nltk: pip install understudy[bench]")

from voice_ngram import Ngram, bits_per_byte

OPENING, END, VOCABULARY = 7, 6, 8
ANSWERS = [[0, 1, 2, 3, END], [0, 1, 2, 4, END], [5, 1, 2, 3, END]]


@pytest.fixture(scope="module")
def ngram() -> Ngram:
    return Ngram(ANSWERS, VOCABULARY, OPENING)


def test_what_may_follow_is_a_distribution_that_no_token_is_impossible_in(ngram) -> None:
    for ids in ([OPENING], [OPENING, 0, 1, 2], [OPENING, 4, 4, 4, 4, 4], [3, 3, 3, OPENING, 0]):
        shares = np.exp(ngram.log_probabilities(ids))
        assert shares.shape == (VOCABULARY,)
        assert shares.sum() == pytest.approx(1.0, abs=1e-5)
        assert (shares > 0).all()
    assert int(ngram.log_probabilities([OPENING, 0, 1, 2]).argmax()) == 3


def test_an_answers_cost_is_the_sum_of_its_tokens(ngram) -> None:
    answer = [0, 1, 2, 4, 3, END]
    ids = [OPENING, *answer]
    expected = -sum(float(ngram.log_probabilities(ids[:place])[ids[place]]) for place in range(1, len(ids)))
    assert ngram.nats(answer) == pytest.approx(expected, rel=1e-5)


def test_what_stands_before_the_answer_is_not_seen(ngram) -> None:
    alone = ngram.log_probabilities([OPENING, 0])
    assert np.array_equal(alone, ngram.log_probabilities([5, 1, 2, OPENING, 0]))


def test_what_was_seen_is_cheaper_than_what_was_not(ngram) -> None:
    assert ngram.nats([0, 1, 2, 3, END]) < ngram.nats([3, 2, 1, 0, END])
    # An empty count of everything: eight equal tokens are three bits each.
    blank = Ngram([], VOCABULARY, OPENING)
    assert bits_per_byte(blank.nats([0, 1, END]), 9) == pytest.approx(1.0)
    assert math.isnan(bits_per_byte(1.0, 0))
