"""What calls a part of an article right, held against a person who read 220 of them beside the agents' replies.

``judged_by_hand.jsonl``: replies of the sample shop to its past questions, the 120 surest and 100 of the others drawn
by lot, each judged before the bar was chosen: right where whoever reads only this has all that was asked.
``one_article`` tells whether reply and agent rest on one article, which alone was called right before.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from chatbot.dialogue.rank.agreement import JudgedReply, judge
from chatbot.learning.backtest.replay_questions import Judging
from data.moments import Moment
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.search.retriever import Retriever

pytestmark = pytest.mark.integration

ROWS = [json.loads(line) for line in Path(__file__).with_name("judged_by_hand.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def shared(tmp_path_factory, real_encoder):
    """How much each reply and the agent's have of each other, words counting as in a desk of these replies."""
    folder = tmp_path_factory.mktemp("judged")
    passages = [
        Passage(f"{row['case']}", PassageKind.MOMENT, row["asked"], row["agent"], f"c{number}")
        for number, row in enumerate(ROWS)
    ]
    build_index(passages, real_encoder, folder / "index", folder / "vectors")
    retriever = Retriever(PassageIndex.open(folder / "index", real_encoder), real_encoder)
    judging = Judging(retriever, dict[str, Moment](), 1.0)
    return [judging.shared(row["ours"], row["agent"]) for row in ROWS]


def kappa(ours, theirs):
    """Cohen's: agreement beyond chance."""
    ours, theirs = np.array(ours), np.array(theirs)
    chance = ours.mean() * theirs.mean() + (1 - ours.mean()) * (1 - theirs.mean())
    return ((ours == theirs).mean() - chance) / (1 - chance)


def test_a_part_is_called_right_where_a_person_calls_it_right(shared):
    said = [row["right"] for row in ROWS]
    by_article = [row["one_article"] for row in ROWS]
    found = []
    for row, each in zip(ROWS, shared, strict=True):
        ours = JudgedReply(row["ours"], links=frozenset({"a"}), is_part=True)
        theirs = JudgedReply(row["agent"], links=frozenset({"a" if row["one_article"] else "b"}))
        found.append(judge(ours, theirs, 0.0, 1.0, shared=each).right)
    assert kappa(by_article, said) < 0.5
    assert kappa(found, said) >= 0.7
    assert abs(sum(found) - sum(said)) <= 10
