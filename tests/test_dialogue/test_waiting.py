"""Answers that wait: suggested to people where they fit, sent once enough others say the same or somebody approved."""

from __future__ import annotations

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.pipeline import Pipeline
from data.transcripts import Role, Turn
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.search.retriever import Retriever
from retrieval.voices import voice_of
from tests.promised import promised
from tests.test_dialogue.conftest import PASSAGES, WordEncoder

QUESTION = "can the whistle of the kettle be taken off"
ANSWER = "The whistle is pulled straight upwards and comes off the spout."


def given(number, *, agent="mira", customer=None, question=QUESTION, answer=ANSWER, waits=True, approved=False):
    voice = voice_of([agent], [Turn(Role.CUSTOMER, question, customer or f"customer {number}")])._replace(words=None)
    return Passage(
        f"c{number}:1", PassageKind.MOMENT, question, answer, f"c{number}", created="2025-01-01",
        voices=(voice,), waits=waits, approved=approved,
    )  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    def make(*passages):
        encoder = WordEncoder()
        build_index([*PASSAGES, *passages], encoder, tmp_path / "index", tmp_path / "vectors")
        return Pipeline(Retriever(PassageIndex.open(tmp_path / "index", encoder), encoder), **promised())

    return make


def test_it_is_suggested_first_with_a_warning_and_not_sent(desk, ask):
    pipeline = desk(given(1))
    first = pipeline.suggest(ask(f"c: {QUESTION}"))[0]
    assert first.text == ANSWER
    assert [check.name for check in first.checks if not check.passed] == ["specific"]
    answer = pipeline.answer(ask(f"c: {QUESTION}"))
    assert answer.decision is not Decision.ANSWER
    assert ANSWER not in answer.reply


def test_it_is_sent_once_it_is_approved(desk, ask):
    assert desk(given(1, waits=False, approved=True)).answer(ask(f"c: {QUESTION}")).reply == ANSWER


@pytest.mark.parametrize(
    ("passages", "sent"),
    [
        ([given(1), given(2, agent="bo"), given(3)], True),
        ([given(1), given(2), given(3), given(4), given(5)], False),  # one agent
        ([given(n, agent=("mira", "bo")[n % 2], customer="ada") for n in range(5)], False),  # one customer
        ([given(1), given(2, agent="bo")], False),
        ([given(1), given(2, agent="bo"), given(3, answer="The whistle cannot be taken off the spout.")], False),
    ],
)
def test_it_is_sent_once_two_agents_told_three_customers_the_same(desk, ask, passages, sent):
    answer = desk(*passages).answer(ask(f"c: {QUESTION}"))
    assert (ANSWER in answer.reply) is sent


@pytest.mark.parametrize("waits", [True, False])
def test_what_waits_vouches_for_nobody_else(desk, ask, waits):
    """Advice on health that one conversation holds needs another one beside it; what waits is not that."""
    told, asked = "Take two tablets of aspirin.", "what helps against a headache from coffee"
    lone = given(1, question=asked, answer=told, waits=False)
    pipeline = desk(lone, given(2, question=f"{asked} please", answer=f"{told} Then rest.", waits=waits))
    (candidate,) = [one for one in pipeline.suggest(ask(f"c: {asked}"), 9) if one.text == told]
    assert ("harm" in {check.name for check in candidate.checks if not check.passed}) is waits


@pytest.mark.parametrize(("answer", "sent"), [("The deposit is 40 euros.", True), ("The code is AB12-77.", False)])
def test_what_is_approved_is_the_desks_word_but_for_codes(desk, ask, answer, sent):
    asked = "what is the deposit of the code lock"
    told = desk(given(1, question=asked, answer=answer, waits=False, approved=True)).answer(ask(f"c: {asked}"))
    assert (told.reply == answer) is sent
