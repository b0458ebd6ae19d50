"""Where a dialogue stands: past answers count by what was said just before them."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.dialogue.rank.situation import situations
from chatbot.dialogue.window import read
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.search.retriever import Retriever
from tests.test_retrieval.conftest import WordEncoder

TALK = (("a table please", "for how many people"), ("four", "at what time"), ("at six", "shall I book it"))


@pytest.fixture
def desk(tmp_path):
    """A retriever over one booking, and its hits in the order of the dialogue."""
    opening = TALK[0][0]
    passages = [
        Passage(f"t:{2 * turn + 1}", PassageKind.MOMENT, f"{opening}\n{said}" if turn else said, answer, "t")
        for turn, (said, answer) in enumerate(TALK)
    ]
    encoder = WordEncoder()
    build_index(passages, encoder, tmp_path / "index", tmp_path / "cache")
    retriever = Retriever(PassageIndex.open(tmp_path / "index", encoder), encoder)
    return retriever, sorted(retriever.search(opening, k=3), key=lambda hit: hit.passage.id)


@pytest.mark.parametrize(
    ("lines", "first"),
    [
        (["c: a table please"], 0),
        (["c: a table please", "a: for how many people", "c: four"], 1),
        (["c: a table please", "a: for how many", "c: four", "a: at what time", "c: at six"], 2),
        (["c: hello", "a: at what time shall I book", "c: six"], 2),
    ],
)
def test_the_answer_given_in_the_likest_situation_counts_most(desk, ask, lines, first):
    retriever, hits = desk
    shares = situations(read(ask(*lines)), hits, retriever)
    assert int(np.argmax(shares)) == first
    assert shares.sum() == pytest.approx(1)


def test_of_nothing_found_nothing_counts(desk, ask):
    assert situations(read(ask("c: hello")), [], desk[0]).shape == (0,)
