"""What training may learn from, and what it may show as evidence."""

from __future__ import annotations

import pytest

from chatbot.home import Home
from chatbot.service import training
from chatbot.service.training import Wish, _evidence, _moments, train
from chatbot.storage import corpus, retirements
from data.progress import silent
from data.transcripts import Conversation, Role, Turn
from retrieval.index import PassageIndex, build_index
from retrieval.passages import passages_of_conversation
from retrieval.retriever import Retriever
from tests.test_retrieval.conftest import WordEncoder

TALKS = [
    Conversation(
        f"t{number}",
        (Turn(Role.CUSTOMER, f"Where is my parcel {number}?"), Turn(Role.AGENT, f"On its way, says {number}.")),
        labels={"created": f"2025-01-{number + 1:02d}"},
    )
    for number in range(20)
]


@pytest.fixture
def home(tmp_path):
    """A desk whose index holds all talks, from before any was deleted."""
    home = Home(tmp_path / "desk").create()
    passages = [passage for talk in TALKS for passage in passages_of_conversation(talk)]
    build_index(passages, WordEncoder(), home.indexes / "one", home.embeddings)
    return home


async def test_retired_moments_are_not_learnt_from(database):
    turns = (Turn(Role.CUSTOMER, "Hi?"), Turn(Role.AGENT, "Yes."), Turn(Role.CUSTOMER, "Why?"), Turn(Role.AGENT, "So."))
    async with database.write() as session:
        await corpus.store_batch(session, [Conversation("a", turns)])
        await retirements.add(session, ["a:1"], "wrong")
    assert [moment.id for moment in await _moments(database)] == ["a:3"]


async def test_what_is_deleted_or_retired_is_no_evidence(database, home, monkeypatch):
    async with database.write() as session:
        await corpus.store_batch(session, TALKS)
        await corpus.delete_conversation(session, "t0")
        await retirements.add(session, ["t1:1"], "wrong")
    encoder = WordEncoder()
    index = PassageIndex.open(home.indexes / "one", encoder)
    monkeypatch.setattr(training, "load_retriever", lambda _: Retriever(index, encoder))
    monkeypatch.setattr(training, "_train", lambda home, parts, retriever, wish, report: {"retriever": retriever})
    retriever = (await train(database, home, Wish()))["retriever"]
    moments = await _moments(database)
    shown = {moment.id: _evidence(home, retriever, [moment], silent)[moment.id] for moment in moments}
    # Each has only what was answered before: nothing is left for the first, and t0 and t1 for nobody.
    assert shown["t2:1"] == []
    assert shown["t3:1"] == ["On its way, says 2."]
    assert len(shown["t19:1"]) == training.EVIDENCE
