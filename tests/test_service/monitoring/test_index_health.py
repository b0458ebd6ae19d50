"""What the doctor says of the index: whether it holds what the corpus holds."""

from __future__ import annotations

import pytest

from chatbot.service.monitoring.index_health import examine_index
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from chatbot.storage.queries import changes, corpus, retirements
from data.transcripts import Article, Conversation, Role, Turn
from retrieval.index.build import build_index
from retrieval.passages import passages_of_article, passages_of_conversation
from tests.test_service.live_desk import LiveLoader

TALKS = [
    Conversation(f"t{n}", (Turn(Role.CUSTOMER, f"Where is parcel {n}?"), Turn(Role.AGENT, f"At door {n}.")))
    for n in range(4)
]
DOUBLE = Conversation("double", (*TALKS[0].turns[:1], Turn(Role.AGENT, "at door 0")))
ARTICLE = Article("returns", "Returns", "Send it back.")


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "desk")


@pytest.fixture
async def database(settings):
    async with open_database(settings.database()) as opened:
        yield opened


async def looked_at(settings):
    return await examine_index(settings, lambda: LiveLoader(settings.desk()).load().retriever)


async def indexed(database, settings, talks, *, change=None):
    home = settings.desk()
    async with database.read() as session:
        change = await changes.last(session) if change is None else change
    passages = [passage for talk in talks for passage in passages_of_conversation(talk)] + passages_of_article(ARTICLE)
    build_index(passages, LiveLoader(home).encoder, home.indexes / "two", home.embeddings, change=change)
    home.promote(index="two")


async def store(database, *items):
    async with database.write() as session:
        await corpus.store_batch(session, items)


async def test_all_is_well_and_what_changed_since_is_no_fault(database, settings):
    await store(database, *TALKS, DOUBLE, ARTICLE)
    await indexed(database, settings, TALKS)
    health = await looked_at(settings)
    assert health.ok
    assert (health.orphans, health.absent, health.waiting, health.retired) == (0, 0, 0, 0)
    async with database.write() as session:
        await corpus.delete_conversation(session, "t1")
        await retirements.add(session, ["t2:1"], "old")
    await store(database, Article("new", "New", "New things."))
    health = await looked_at(settings)
    assert (health.ok, health.orphans, health.absent, health.waiting, health.retired) == (True, 0, 0, 2, 1)
    for words in ("two: 5 passages", "flat", "2 changed since", "1 retired", "words"):
        assert words in health.sentence()


async def test_orphans_and_what_is_absent(database, settings):
    await store(database, *TALKS[1:], ARTICLE)
    await indexed(database, settings, TALKS[:3])
    health = await looked_at(settings)
    assert (health.ok, health.orphans, health.absent) == (False, 1, 1)
    assert "understudy index" in health.sentence()


async def test_an_index_of_a_later_database(database, settings):
    await store(database, *TALKS, ARTICLE)
    await indexed(database, settings, TALKS, change=99)
    health = await looked_at(settings)
    assert not health.ok
    assert "later database" in health.sentence()


async def test_a_desk_that_lost_its_database(settings):
    assert (await looked_at(settings)).ok
