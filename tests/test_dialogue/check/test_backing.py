"""Who says the same, and whether it is enough: different customers, two agents, or an article."""

from __future__ import annotations

import pytest

from chatbot.dialogue.check.backing import Backing
from retrieval.passages import Passage, PassageKind
from retrieval.voices import UNTOLD, Voice


def answer(*voices, name="t1", kind=PassageKind.MOMENT):
    return Passage(f"{name}:1", kind, "how long", "A week.", name, voices=voices)


def enough(*passages, **settings):
    return Backing((), lambda text: (), lambda word: True, **settings).enough(passages)


A, B = "agent a", "agent b"


def test_three_customers_and_two_agents_are_enough():
    three = [answer(Voice(agent, None, str(number))) for number, agent in enumerate((A, B, A))]
    assert enough(*three, named=True)
    assert not enough(*three[:2], named=True)
    assert not enough(*(answer(Voice(A, None, str(number))) for number in range(9)), named=True)


def test_where_no_agent_is_named_agents_are_not_counted():
    three = [answer(Voice(None, None, str(number))) for number in range(3)]
    assert enough(*three)
    assert not enough(*three, named=True)  # in a desk that names agents, the unnamed are one
    assert enough(*three, answer(Voice(A, None, "3")), named=True)


@pytest.mark.parametrize("named", [True, False])
def test_who_cannot_be_told_makes_no_agent_more(named):
    untold = [answer(Voice(UNTOLD, str(number))) for number in range(4)]
    assert not enough(*untold, named=named)
    assert not enough(*untold, answer(Voice(A, "5")), named=named)
    assert enough(*untold, answer(Voice(A, "5")), answer(Voice(B, "6")), named=named)


def test_merged_answers_keep_their_voices():
    assert enough(answer(Voice(A, None, "1"), Voice(B, None, "2"), Voice(A, None, "3")), named=True)


def test_an_article_is_enough_and_the_setting_counts():
    assert enough(answer(kind=PassageKind.ARTICLE), named=True)
    assert enough(answer(Voice(A, None, "1")), needed=1, named=True)
    assert not enough()


def test_a_passage_without_voices_is_one_customer():
    assert enough(*(answer(name=f"t{number}") for number in range(3)))
    assert not enough(*(answer(name="t1") for _ in range(3)))
