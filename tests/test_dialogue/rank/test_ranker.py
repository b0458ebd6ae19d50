from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from chatbot.dialogue.rank.ranker import combined, fit_ranking
from retrieval.search.reply_scores import ReplyWeights, summed


def _questions(count, seed, others=9):
    """True replies are chosen by cosine and words, "tuned" only looks like it matters."""
    draw = np.random.default_rng(seed)
    questions = []
    for _ in range(count):
        cosine, words = draw.normal(0, 0.1, others + 1), draw.gamma(2.0, 1.0, others + 1)
        utility = 20 * cosine + 1.0 * words + draw.gumbel(size=others + 1)
        order = np.argsort(-utility)
        parts = {"cosine": cosine, "words": words, "tuned": draw.normal(size=others + 1)}
        questions.append({name: part[order].astype(np.float32) for name, part in parts.items()})
    return questions


def _first(questions, weights):
    return np.mean([summed(parts, weights).argmax() == 0 for parts in questions])


def test_the_weights_behind_the_choices_are_found():
    found = fit_ranking(_questions(1500, 1))
    assert found.cosine == pytest.approx(20, rel=0.15)
    assert found.words == pytest.approx(1.0, rel=0.15)
    assert abs(found.tuned) < 0.15
    assert (found.neighbours, found.crowding) == (0.0, 0.0)


def test_fitted_weights_rank_unseen_questions_better_than_one_part():
    held = _questions(1000, 2)
    fitted = _first(held, fit_ranking(_questions(300, 1)))
    alone = {**dict.fromkeys(asdict(ReplyWeights()), 0.0)}
    assert fitted > _first(held, ReplyWeights(**{**alone, "cosine": 1.0})) + 0.05
    assert fitted > _first(held, ReplyWeights(**{**alone, "words": 1.0})) + 0.05


def test_a_part_that_is_the_same_for_all_replies_counts_nothing():
    questions = _questions(100, 3)
    for parts in questions:
        parts["tuned"] = np.full_like(parts["cosine"], 0.7)
    found = fit_ranking(questions)
    assert found.tuned == 0.0
    assert all(np.isfinite(value) for value in asdict(found).values())


def test_questions_may_have_few_candidates():
    questions = [*_questions(200, 4), *_questions(200, 5, others=1), {"cosine": np.ones(1), "words": np.ones(1)}]
    for parts in questions:
        parts.pop("tuned", None)
    assert fit_ranking(questions).cosine > 0


@pytest.mark.parametrize("questions", [[], [{"cosine": np.ones(1, dtype=np.float32)}]])
def test_nothing_to_rank(questions):
    with pytest.raises(ValueError, match="at least one other"):
        fit_ranking(questions)


def test_a_gain_is_held_within_its_limit():
    assert combined(0.5, None, 0.1) == 0.5
    assert combined(0.5, 9.0, 0.1) == pytest.approx(0.6)
    assert combined(0.5, -9.0, 0.1) == pytest.approx(0.4)
