from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from chatbot.engine.protocol import Sampling
from chatbot.engine.sampler import choose, log_softmax

LOGITS = np.array([2.0, 1.0, 0.5, -1.0, -3.0], dtype=np.float32)


def _draws(sampling, written=(), count=300):
    randomness = np.random.default_rng(sampling.seed)
    return Counter(choose(LOGITS, written, sampling, randomness) for _ in range(count))


def test_greedy_takes_the_best():
    assert _draws(Sampling()) == {0: 300}


def test_top_k_keeps_k():
    assert set(_draws(Sampling(temperature=2.0, top_k=2))) == {0, 1}


def test_top_p_keeps_the_nucleus_and_one_at_least():
    # softmax of the logits: 0.62, 0.23, 0.14, 0.03, 0.004
    assert set(_draws(Sampling(temperature=1.0, top_p=0.8))) == {0, 1}
    assert set(_draws(Sampling(temperature=1.0, top_p=0.01))) == {0}


def test_temperature_flattens():
    cold, hot = _draws(Sampling(temperature=0.3)), _draws(Sampling(temperature=3.0))
    assert cold[0] > hot[0]
    assert len(hot) == 5


def test_the_penalty_covers_what_was_written():
    assert _draws(Sampling(repetition_penalty=4.0), written=[0]) == {1: 300}
    # A negative logit moves down as well.
    only = np.array([-1.0, -2.0], dtype=np.float32)
    assert choose(only, [0], Sampling(repetition_penalty=3.0), np.random.default_rng()) == 1


def test_logits_are_left_as_they_were():
    before = LOGITS.copy()
    _draws(Sampling(temperature=1.0, top_k=2, top_p=0.5, repetition_penalty=2.0), written=[1], count=1)
    assert np.array_equal(before, LOGITS)


@pytest.mark.parametrize(
    "wrong", [{"top_p": 0.0}, {"top_p": 1.1}, {"temperature": -1.0}, {"max_tokens": -1}, {"repetition_penalty": 0.0}]
)
def test_settings_are_checked(wrong):
    with pytest.raises(ValueError):
        Sampling(**wrong)


def test_draws_are_as_likely_as_the_logits_say():
    shares = np.exp(LOGITS) / np.exp(LOGITS).sum()
    drawn = _draws(Sampling(temperature=1.0), count=4000)
    assert [drawn[token] / 4000 for token in range(5)] == pytest.approx(shares, abs=0.03)


def test_log_softmax_sums_to_one():
    rows = log_softmax(np.stack([LOGITS, LOGITS * 40]))
    assert rows.dtype == np.float32
    assert np.exp(rows).sum(axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert rows[0, 0] - rows[0, 1] == pytest.approx(1.0, abs=1e-5)
