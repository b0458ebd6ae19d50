"""Storing transcripts and articles once, and reading them back as they were."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.storage.database import open_database
from chatbot.storage.queries import corpus
from chatbot.storage.queries.corpus import Counts
from data.transcripts import Article, Conversation, Role, Turn


def conversation(name, text="Where is it?", **changes):
    turns = (Turn(Role.CUSTOMER, text), Turn(Role.AGENT, f"On its way, {name}.", author="Kim", at="2025-01-01"))
    return replace(Conversation(name, turns, "en", {"solved": True}, "desk", None, {"kept": [1]}), **changes)


async def store(database, *items):
    async with database.write() as session:
        return await corpus.store_batch(session, items)


async def conversations(database):
    async with database.read() as session:
        return [item async for item in corpus.all_conversations(session)]


async def articles(database):
    async with database.read() as session:
        return [item async for item in corpus.all_articles(session)]


async def test_what_is_stored_comes_back_whole_and_in_order(database):
    items = [conversation(f"c{number}") for number in range(1203)]
    assert await store(database, *items) == Counts(new=1203)
    assert await conversations(database) == items


async def test_again_changes_nothing_and_more_adds_only_that(database):
    first = [conversation(f"c{number}") for number in range(10)]
    await store(database, *first)
    assert await store(database, *first) == Counts(unchanged=10)
    assert await store(database, *first, conversation("c10")) == Counts(new=1, unchanged=10)
    async with database.read() as session:
        assert await corpus.size(session) == corpus.CorpusSize(11, 0)


async def test_a_changed_one_replaces_the_old_and_keeps_its_place(database):
    await store(database, conversation("a"), conversation("b"))
    changed = conversation("a", labels={"solved": False})
    assert await store(database, changed) == Counts(changed=1)
    assert await conversations(database) == [changed, conversation("b")]


async def test_the_same_words_under_another_id_are_a_double(database):
    one = conversation("a")
    assert await store(database, one, replace(one, id="b"), replace(one, id="c", source="copy")) == Counts(
        new=1, duplicate=2
    )
    assert await store(database, replace(one, id="d")) == Counts(duplicate=1)


async def test_the_same_id_in_two_sources_is_two_conversations(database):
    items = [conversation("1", source="mail"), conversation("1", "Something else?", source="chat")]
    assert await store(database, *items) == Counts(new=2)


async def test_one_batch_may_hold_the_same_twice(database):
    counts = await store(database, conversation("a"), conversation("a"), conversation("a", "Changed?"))
    assert counts == Counts(new=1, unchanged=1, changed=1)
    assert await conversations(database) == [conversation("a", "Changed?")]


async def test_articles_too(database):
    article = Article("returns", "Returns", "Send it back.", "en", "https://help.example/returns", "2025-01-01")
    german = replace(article, language="de", text="Schick es zurück.")
    assert await store(database, article, german) == Counts(new=2)
    assert await store(database, replace(article, text="Keep it.")) == Counts(changed=1)
    assert await articles(database) == [replace(article, text="Keep it."), german]


async def test_half_a_surrogate_pair_does_not_stop_the_others(database):
    broken = conversation("a", "a broken emoji \ud83d here")
    assert await store(database, broken, conversation("b")) == Counts(new=2)
    assert await conversations(database) == [broken, conversation("b")]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
TURNS = st.lists(
    st.builds(Turn, st.sampled_from(Role), TEXTS, st.none() | TEXTS.filter(bool), st.none()), min_size=1, max_size=4
)


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.tuples(st.sampled_from("abcd"), TURNS), max_size=5), max_size=3))
async def test_any_batches_end_in_the_last_of_each_id(folder, batches):
    url = f"sqlite:///{folder.mktemp('corpus') / 'app.db'}"
    async with open_database(url) as database:
        total = Counts()
        for batch in batches:
            items = [Conversation(name, tuple(turns)) for name, turns in batch]
            counts = await store(database, *items)
            assert counts.new + counts.unchanged + counts.changed + counts.duplicate == len(items)
            total += counts
        found = await conversations(database)
        assert len(found) == total.new
        assert len({item.id for item in found}) == len(found)
        sent = [(name, tuple(turns)) for batch in batches for name, turns in batch]
        assert all((item.id, item.turns) in sent for item in found)
