from __future__ import annotations

import numpy as np
import pytest

from chatbot.dialogue.answer import Candidate, CheckResult
from chatbot.dialogue.rank.consensus import agreed, consensus_order, desk_bar
from chatbot.dialogue.retrieve import Retrieved
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.search.hits import Hit
from retrieval.search.retriever import Retriever
from tests.test_retrieval.conftest import WordEncoder

ASIDE = "Thanks, we have seen your note."
USUAL = "Please take out the battery and charge it for six hours."


def _retrieved(answers, similarities, articles=()):
    """Moments with these answers to questions that are so much alike, the nearest first."""
    encoder = WordEncoder()
    hits = [
        Hit(Passage(f"m{n}:1", PassageKind.MOMENT, "it does not start", answer, f"m{n}"), score=near, similarity=near)
        for n, (answer, near) in enumerate(zip(answers, similarities, strict=True))
    ]
    found = [
        Hit(Passage(f"a{n}#0", PassageKind.ARTICLE, "", text, f"a{n}"), 0.3, 0.3) for n, text in enumerate(articles)
    ]
    return Retrieved(encoder.encode(["it does not start"])[0], tuple(hits), tuple(found), encoder.encode(answers))


@pytest.fixture
def retriever(tmp_path):
    passages = [Passage("m0:1", PassageKind.MOMENT, "it does not start", USUAL, "m0")]
    build_index(passages, WordEncoder(), tmp_path / "index", tmp_path / "cache")
    return Retriever(PassageIndex.open(tmp_path / "index", WordEncoder()), WordEncoder())


def test_the_share_of_those_who_said_the_same():
    retrieved = _retrieved([ASIDE, USUAL, USUAL, USUAL], [0.7, 0.7, 0.7, 0.7])
    shares = agreed(WordEncoder().encode([ASIDE, USUAL]), retrieved, 0.6)
    assert shares == pytest.approx([0.25, 0.75], abs=0.02)


def test_who_answered_a_nearer_question_counts_more():
    near = agreed(WordEncoder().encode([ASIDE]), _retrieved([ASIDE, USUAL], [0.9, 0.6]), 0.6)
    far = agreed(WordEncoder().encode([ASIDE]), _retrieved([ASIDE, USUAL], [0.6, 0.9]), 0.6)
    assert near[0] > 0.9
    assert far[0] < 0.1


def test_nobody_asked_agrees_with_nothing():
    assert agreed(WordEncoder().encode([USUAL]), _retrieved([], []), 0.6).tolist() == [0.0]


def test_what_is_usually_said_comes_before_the_nearest_and_both_are_there(retriever):
    retrieved = _retrieved([ASIDE, USUAL, USUAL, USUAL], [0.72, 0.7, 0.7, 0.7], articles=["A page on batteries."])
    order = [hit.passage.id for hit in consensus_order(retrieved, retriever, 0.6).hits]
    assert order[:2] == ["m1:1", "m0:1"]
    assert sorted(order) == ["a0#0", "m0:1", "m1:1", "m2:1", "m3:1"]


def test_a_reply_is_composed_of_what_passed_and_is_worth_most(retriever):
    order = consensus_order(_retrieved([ASIDE, USUAL, USUAL], [0.72, 0.7, 0.7]), retriever, 0.6)
    failed = (CheckResult("case", passed=False),)
    past = [Candidate("", "verbatim", ("m0:1",)), Candidate("", "verbatim", ("m1:1",))]
    past.append(Candidate("", "verbatim", ("m2:1",), checks=failed))
    assert [hit.passage.id for hit in order.best(past)] == ["m1:1", "m0:1"]


def test_nothing_found_has_no_order(retriever):
    assert consensus_order(_retrieved([], []), retriever, 0.6).hits == []


def test_a_desk_of_one_answer_has_the_highest_bar(retriever):
    assert desk_bar(retriever) == 1.0


def test_the_votes_are_weighed_as_probabilities_are():
    draw = np.random.default_rng(0)
    retrieved = _retrieved([USUAL] * 30 + [ASIDE] * 70, sorted(draw.random(100), reverse=True))
    shares = agreed(WordEncoder().encode([USUAL, ASIDE]), retrieved, 0.6)
    assert shares.sum() == pytest.approx(1.0, abs=0.03)
