"""The gate refuses what is worse beyond chance, and nothing else."""

from __future__ import annotations

import random
from dataclasses import replace

from chatbot.dialogue.answer import Decision
from chatbot.learning.backtest.paired_bootstrap import FEWEST, answers_less, loses
from tests.test_learning.past import a_history


def test_the_same_version_does_not_lose():
    cases = a_history(200)
    lost, sentence = loses(cases, cases, draws=300)
    assert not lost
    assert "200 past questions" in sentence


def test_one_that_answers_wrongly_more_often_loses():
    old = a_history(300)
    new = [replace(case, decision=Decision.ANSWER) for case in old]
    lost, sentence = loses(new, old, draws=300)
    assert lost
    assert "of its answers are wrong" in sentence
    assert not loses(old, new, draws=300)[0]


def test_one_that_orders_replies_worse_loses_even_if_it_answers_the_same():
    old = a_history(300)
    new = [replace(case, probability=1 - case.probability) for case in old]
    lost, sentence = loses(new, old, draws=300)
    assert lost
    assert "risk-coverage" in sentence


def test_a_difference_within_chance_is_no_loss():
    old = a_history(300)
    answered = next(case for case in old if case.decision is Decision.ANSWER and case.right)
    new = [replace(case, right=False) if case is answered else case for case in old]
    lost, _ = loses(new, old, draws=300)
    assert not lost


def test_versions_that_differ_by_noise_alone_rarely_lose():
    lost = 0
    for seed in range(20):
        rng = random.Random(seed)
        old = a_history(150, seed=seed)
        one, other = (
            [replace(case, probability=case.probability + rng.uniform(-0.1, 0.1)) for case in old] for _ in range(2)
        )
        lost += loses(one, other, seed=seed, draws=200)[0]
    assert lost <= 4  # 5 % for each of two questions: more than four of twenty come about once in twenty-five


def test_too_few_in_common_say_nothing():
    cases = a_history(FEWEST - 1)
    worse = [replace(case, right=False) for case in cases]
    lost, sentence = loses(worse, cases)
    assert not lost
    assert "too few" in sentence
    unjudged = [replace(case, right=None) for case in a_history(100)]
    assert "0 questions" in loses(unjudged, a_history(100))[1]


def test_answering_less_is_told_only_beyond_chance():
    old = a_history(300)
    silent = [replace(case, decision=Decision.HAND_OVER) for case in old]
    assert "it answers 0 alone" in answers_less(silent, old, draws=300)
    assert answers_less(old, silent, draws=300) is None
    assert answers_less(old, old, draws=300) is None
    first = next(case for case in old if case.decision is Decision.ANSWER)
    nearly = [replace(case, decision=Decision.HAND_OVER) if case is first else case for case in old]
    assert answers_less(nearly, old, draws=300) is None
    assert answers_less(silent[: FEWEST - 1], old, draws=300) is None
