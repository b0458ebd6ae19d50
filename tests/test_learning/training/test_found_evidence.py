"""What training may show as evidence, and how an interrupted search goes on."""

from __future__ import annotations

import json

import pytest

from chatbot.home import Home
from chatbot.learning.training.found_evidence import EVIDENCE, find_evidence
from data.moments import moments_of
from data.progress import silent
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import passages_of_conversation
from retrieval.search.retriever import Retriever
from tests.test_learning.training_desk import TALKS
from tests.test_retrieval.conftest import WordEncoder

MOMENTS = [moment for each in TALKS for moment in moments_of(each)]


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "desk").create()
    passages = [passage for each in TALKS for passage in passages_of_conversation(each)]
    build_index(passages, WordEncoder(), home.indexes / "one", home.embeddings)
    home.promote(index="one")
    return home


class Counting(Retriever):
    """Notes what it searched for."""

    asked: int = 0

    def search_each(self, questions, *rest, **more):
        self.asked += len(questions)
        return super().search_each(questions, *rest, **more)


def searching(home):
    encoder = WordEncoder()
    return Counting(PassageIndex.open(home.indexes / "one", encoder), encoder)


def test_evidence_is_of_others_and_of_the_past(home, tmp_path):
    found = find_evidence(home, searching(home), MOMENTS, tmp_path / "kept.jsonl", silent)
    assert found.passages(MOMENTS[0]) == []
    for moment in MOMENTS[1:]:
        passages = found.passages(moment)
        assert passages
        assert all(passage.source_id != moment.conversation_id for passage in passages)
        assert all((passage.created or "") < (moment.created or "") for passage in passages)
    assert len(found.texts(MOMENTS[-1])) == EVIDENCE


def test_a_killed_search_goes_on_behind_a_torn_line(home, tmp_path):
    kept = tmp_path / "kept.jsonl"
    whole = find_evidence(home, searching(home), MOMENTS, kept, silent)
    lines = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    kept.write_text("".join(lines[:31]) + lines[31][:20], encoding="utf-8")
    retriever = searching(home)
    told = []
    again = find_evidence(home, retriever, MOMENTS, kept, lambda step, done, total: told.append((step, done, total)))
    assert retriever.asked == 30
    assert ("find evidence", 30, 30) in told
    assert [again.texts(moment) for moment in MOMENTS] == [whole.texts(moment) for moment in MOMENTS]
    assert all(json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    "spoilt", ["", "[]\n", "\x00\x00\n", '{"index": "another"}\n{"moment": "a", "passages": []}\n']
)
def test_what_another_index_or_nobody_found_is_searched_again(home, tmp_path, spoilt):
    kept = tmp_path / "kept.jsonl"
    kept.write_text(spoilt, encoding="utf-8")
    retriever = searching(home)
    find_evidence(home, retriever, MOMENTS, kept, silent)
    assert retriever.asked == len(MOMENTS)


def test_what_was_retired_or_deleted_since_is_no_evidence(home, tmp_path):
    retriever = searching(home)
    found = find_evidence(home, retriever, MOMENTS, tmp_path / "kept.jsonl", silent)
    first, second, third = found.passages(MOMENTS[-1])
    none = WordEncoder().encode([])
    retriever.live.apply(
        (), none, none, removed=[(second.kind, second.source_id)], retired=frozenset({first.id}), change=1
    )
    assert found.passages(MOMENTS[-1]) == [third]
