"""Tuning the encoder to a desk: what it learns from, and that it serves only where it finds more."""

from __future__ import annotations

import json
import random
from functools import partial

import pytest

from chatbot.errors import InputError, NotFoundError
from chatbot.home import Home
from chatbot.learning import encoder_tuning
from chatbot.learning.training import training_run
from chatbot.service.corpus import review
from chatbot.storage.queries import corpus, harvest, retirements
from data.transcripts import Conversation, Role, Turn
from finetune.training_settings import TrainSettings
from retrieval.adapter import pairs, towers
from retrieval.adapter.adapter import DeskAdapter
from retrieval.encoder.encoder import SentenceEncoder
from retrieval.passages import Passage, PassageKind
from tests.test_retrieval.conftest import WordEncoder

THINGS = [f"{name}{number}" for number in range(6) for name in ("kettle", "lamp", "grinder", "scale", "filter", "mug")]
QUICK = partial(towers.TuneSettings, epochs=12, batch=64, learning_rate=0.02, seen_in=2)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(SentenceEncoder, "load", lambda **_: WordEncoder())
    monkeypatch.setattr(towers, "TuneSettings", QUICK)
    return Home(tmp_path / "desk").create()


def talks(count):
    """Questions and answers that share no word: only who has seen the desk knows what 'lamp3' needs."""
    draw = random.Random(0)
    for number in range(count):
        thing = draw.choice(THINGS)
        asked = Turn(Role.CUSTOMER, f"my {thing} {draw.choice(['is', 'looks', 'seems'])} broken {number}")
        answered = Turn(Role.AGENT, f"we send spare{thing[::-1]} {draw.choice(['today', 'tomorrow'])} {number}")
        yield Conversation(f"t{number}", (asked, answered), labels={"created": "2025-01-01"})


async def stored(database, count):
    async with database.write() as session:
        await corpus.store_batch(session, list(talks(count)))


async def test_what_finds_more_serves_and_can_be_undone(database, home):
    await stored(database, 900)
    outcome = await encoder_tuning.tune(database, home, minutes=1)
    version = outcome["version"]
    assert outcome["after"]["mrr"] > outcome["before"]["mrr"]
    assert outcome["promoted"]
    assert home.current().adapter == version
    assert DeskAdapter.load(home.adapters / version, WordEncoder().fingerprint).known.size == outcome["words"]
    assert json.loads((home.reports / f"tune-{version}.json").read_text("utf-8"))["pairs"] == outcome["pairs"]
    assert encoder_tuning.undo(home) == "the encoder as it is"
    assert home.current().adapter is None
    assert encoder_tuning.undo(home) == version == home.current().adapter


async def test_what_finds_no_more_is_not_kept(database, home, monkeypatch):
    await stored(database, 200)
    monkeypatch.setattr(pairs, "figures", lambda *_: {"hit@1": 0.5, "mrr": 0.5, "among": 20.0})
    outcome = await encoder_tuning.tune(database, home, minutes=1)
    assert not outcome["promoted"]
    assert home.current().adapter is None
    assert not home.adapters.exists()
    assert (home.reports / f"tune-{outcome['version']}.json").exists()


async def test_retired_answers_are_not_learnt_from(database, home):
    await stored(database, 200)
    before = await encoder_tuning.tune(database, home, minutes=0.01)
    async with database.write() as session:
        await retirements.add(session, [f"t{number}:1" for number in range(50)], "wrong")
    after = await encoder_tuning.tune(database, home, minutes=0.01)
    assert sum(before["pairs"].values()) == 200
    assert sum(after["pairs"].values()) == 150


async def test_too_little_is_said(database, home):
    await stored(database, 10)
    with pytest.raises(InputError, match="understudy import"):
        await encoder_tuning.tune(database, home, minutes=1)
    outcome = await encoder_tuning.tune_if_enough(database, home, minutes=1)
    assert not outcome["promoted"]
    assert "too few" in outcome["verdict"]


def test_nothing_to_undo(home):
    with pytest.raises(NotFoundError, match="Nothing was tuned"):
        encoder_tuning.undo(home)


def test_a_linked_article_is_a_pair_by_its_nearest_part(home):
    from retrieval.encoder.vector_cache import VectorCache

    parts = [
        Passage(f"mail#{number}", PassageKind.ARTICLE, text, text, "mail")
        for number, text in enumerate(["Mail\nfonts", "Mail\nstuck in the outbox"])
    ]
    asked = Passage("a:1", PassageKind.MOMENT, "it is stuck in the outbox", "Look here.", "a", links=("mail", "gone"))
    encoder = WordEncoder()
    cache = VectorCache(home.embeddings, encoder)
    cache.fill([text for one in (*parts, asked) for text in (one.question, one.answer)])
    found = encoder_tuning.pairs_of([asked], parts, cache)
    assert list(found.questions) == [asked.question] * 2
    assert list(found.answers) == ["Look here.", "Mail\nstuck in the outbox"]


async def test_nothing_is_learnt_of_what_waits(database, home, monkeypatch):
    """Neither the adapter nor the GPT-2: what weights have learnt cannot be taken back."""
    await stored(database, 3)
    async with database.write() as session:
        for number, held in ((7, False), (8, True), (9, False)):
            turns = (Turn(Role.CUSTOMER, f"my door {number}"), Turn(Role.AGENT, f"press the seal {number}"))
            await harvest.store(session, Conversation(f"c{number}", turns, source="understudy"), held=held)
        await review.approve(session, "c9:1")
    learnt = {}

    def seen(name, ids):
        learnt[name] = {one.id for one in ids}
        raise InputError(name)

    monkeypatch.setattr(encoder_tuning, "_tune", lambda _, passages, *rest: seen("adapter", passages))
    monkeypatch.setattr(training_run, "divided", lambda moments, seed: seen("model", moments))
    with pytest.raises(InputError, match="adapter"):
        await encoder_tuning.tune(database, home, minutes=1)
    with pytest.raises(InputError, match="model"):
        await training_run.train(database, home, TrainSettings())
    assert learnt["adapter"] == learnt["model"] == {"t0:1", "t1:1", "t2:1", "c9:1"}
