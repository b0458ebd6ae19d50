"""Whether two replies say the same: what decides, and the desk's own bar."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.dialogue.rank.agreement import ENCODER, LABEL, LEAST_BAR, LINKS, JudgedReply, Judgement, judge, same_above


def said(text="Yes.", links=(), **marks):
    return JudgedReply(text, marks, frozenset(links))


def test_labels_decide_before_anything_else():
    ours, theirs = said(action="ask_name", links=["a"]), said(action="ask_name", links=["b"])
    assert judge(ours, theirs, 0.0, 0.8) == Judgement(right=True, judged_by=LABEL)
    assert judge(said(action="goodbye"), theirs, 1.0, 0.8) == Judgement(right=False, judged_by=LABEL)


def test_a_label_counts_only_beside_one_of_the_same_key():
    assert judge(said(intent="refund"), said(action="refund"), 0.9, 0.8).judged_by == ENCODER
    assert judge(said(intent="x", macro="m"), said(macro="m"), 0.0, 0.8) == Judgement(right=True, judged_by=LABEL)


def test_links_decide_where_both_replies_link():
    assert judge(said(links=["a", "b"]), said(links=["b", "c"]), 0.0, 0.8) == Judgement(right=True, judged_by=LINKS)
    assert judge(said(links=["a"]), said(links=["b"]), 1.0, 0.8) == Judgement(right=False, judged_by=LINKS)
    assert judge(said(), said(links=["b"]), 0.9, 0.8) == Judgement(right=True, judged_by=ENCODER)
    assert judge(said(links=["b"]), said(), 0.7, 0.8) == Judgement(right=False, judged_by=ENCODER)


@pytest.mark.parametrize(
    ("ours", "cosine", "right"),
    [
        ("OK, your 2 lattes will be ready shortly.", 0.85, True),
        ("Your 2 lattes will be ready soon.", 1.0, True),
        ("OK, your 2 lattes will be ready shortly.", 0.79, False),
        ("OK, your 3 lattes will be ready shortly.", 0.97, False),
        ("OK, your lattes will be ready shortly.", 0.9, False),
        ("Your 2 lattes will not be ready soon.", 0.95, False),
        ("Will your 2 lattes be ready soon?", 0.9, False),
    ],
)
def test_where_only_equals_reach_the_bar_the_same_facts_in_like_words_are_right(ours, cosine, right):
    judged = judge(said(ours), said("Your 2 lattes will be ready soon."), cosine, 1.0)
    assert judged == Judgement(right, ENCODER)
    assert judge(said(ours), said("Your 2 lattes will be ready soon."), cosine, 0.7).right


@pytest.mark.parametrize(("asked", "right"), [("Where do I change my plan?", False), ("And then?", True)])
def test_there_it_also_says_again_what_the_agent_said_again_of_the_question(asked, right):
    theirs, ours = said("You can change your plan in the settings."), said("You can cancel your plan in the settings.")
    assert judge(ours, theirs, 0.85, 1.0, asked=asked).right is right
    assert judge(theirs, theirs, 1.0 - 1e-7, 1.0, asked=asked).right


def test_an_empty_reply_cannot_be_judged():
    assert judge(said(" "), said(action="x"), 1.0, 0.8) == Judgement(None, None)
    assert judge(said(), said(""), 1.0, 0.8) == Judgement(None, None)


def vectors(seed, rows, spread):
    """Unit rows around one direction; the less they spread, the more alike they are."""
    draw = np.random.default_rng(seed)
    found = draw.standard_normal((rows, 32)) * spread + np.eye(32)[0]
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def test_the_bar_lets_five_in_a_thousand_unrelated_pairs_pass():
    answers, questions = vectors(1, 800, 0.3), vectors(2, 800, 0.5)
    bar = same_above(questions, answers, [f"c{row}" for row in range(800)])
    cosines, asked = answers @ answers.T, questions @ questions.T
    apart = ~np.eye(800, dtype=bool)
    unrelated = apart & (asked <= np.median(asked[apart]))
    assert LEAST_BAR < bar < 1
    assert (cosines[unrelated] >= bar).mean() == pytest.approx(0.005, abs=0.002)


def test_a_desk_of_one_style_has_the_higher_bar():
    names = [f"c{row}" for row in range(400)]
    questions = vectors(0, 400, 0.5)
    assert same_above(questions, vectors(1, 400, 0.1), names) > same_above(questions, vectors(1, 400, 0.4), names)


def test_answers_of_one_conversation_are_no_unrelated_pair():
    questions = vectors(3, 300, 0.5)
    assert same_above(questions, vectors(4, 300, 0.3), ["one"] * 300) == 1.0


@given(st.integers(0, 6), st.integers(0, 2**31))
def test_a_desk_too_small_has_a_bar_that_only_equals_reach_or_a_valid_one(rows, seed):
    bar = same_above(vectors(seed, rows, 0.3), vectors(seed + 1, rows, 0.3), [f"c{row}" for row in range(rows)])
    assert LEAST_BAR <= bar <= 1.0
    assert rows >= 2 or bar == 1.0


def test_the_bar_is_the_same_each_time():
    names = [f"c{row}" for row in range(200)]
    assert same_above(vectors(5, 200, 0.3), vectors(6, 200, 0.3), names) == same_above(
        vectors(5, 200, 0.3), vectors(6, 200, 0.3), names
    )
