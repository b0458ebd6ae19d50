"""The corpus' log: what changed is in it, what did not or was rolled back is not."""

from __future__ import annotations

import pytest

from chatbot.storage.queries import changes, corpus, retirements
from chatbot.storage.tables.corpus import ChangeKind
from data.transcripts import Article, Conversation, Role, Turn

TALK, HELP, RETIREMENT = ChangeKind.CONVERSATION, ChangeKind.ARTICLE, ChangeKind.RETIREMENT


def conversation(name, answer="On its way.", source="mail"):
    turns = (Turn(Role.CUSTOMER, f"Where is {name}?"), Turn(Role.AGENT, answer))
    return Conversation(name, turns, source=source)


def article(slug, text="Send it back.", language="en"):
    return Article(slug, slug.title(), text, language)


async def logged(database, after=0):
    async with database.read() as session:
        return [(one.kind, one.name) for one in await changes.since(session, after, 1000)]


async def store(database, *items):
    async with database.write() as session:
        await corpus.store_batch(session, items)


async def test_new_and_changed_things_are_logged_in_order_and_unchanged_ones_are_not(database):
    await store(database, conversation("a"), article("x"), conversation("b"))
    assert await logged(database) == [(TALK, "a"), (TALK, "b"), (HELP, "x")]
    await store(database, conversation("a"), conversation("b", "Here."), conversation("b", "Here!"), article("x"))
    assert await logged(database, after=3) == [(TALK, "b")]
    async with database.read() as session:
        assert await changes.last(session) == 4
        assert await changes.names_since(session, 1) == {(TALK, "b"), (HELP, "x")}


async def test_a_double_is_not_logged(database):
    one = conversation("a")
    await store(database, one, Conversation("b", one.turns, source="copy"))
    assert await logged(database) == [(TALK, "a")]


async def test_what_is_rolled_back_was_never_logged(database):
    async def fail():
        async with database.write() as session:
            await corpus.store_batch(session, [conversation("a")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await logged(database) == []
    async with database.read() as session:
        assert await changes.last(session) == 0


async def test_deletions_by_name_or_by_source_and_what_is_gone_then(database):
    await store(database, conversation("a"), conversation("a", "Hm.", "chat"), article("x"), article("x", "Ja.", "de"))
    async with database.write() as session:
        assert await corpus.delete_conversation(session, "a", "chat") == 1
        assert await corpus.delete_article(session, "x") == 2
        assert await corpus.delete_article(session, "x") == 0
        assert await corpus.delete_conversation(session, "none") == 0
    assert await logged(database, after=4) == [(TALK, "a"), (HELP, "x"), (HELP, "x")]
    async with database.read() as session:
        assert await changes.gone_since(session, 4) == {(HELP, "x")}
        assert [one.source for one in await corpus.conversations(session, ["a", "none"])] == ["mail"]
        assert await corpus.articles(session, ["x"]) == []
        assert await corpus.keys(session) == ({"a"}, set())
    await store(database, article("x"))
    async with database.read() as session:
        assert await changes.gone_since(session, 4) == set()


async def test_retiring_and_restoring_once_each(database):
    async with database.write() as session:
        assert await retirements.add(session, ["a:1", "x#0", "a:1"], "old") == 2
        assert await retirements.add(session, ["a:1"], "another reason") == 0
    async with database.read() as session:
        found = await retirements.everything(session)
        assert [(one.passage_id, one.reason) for one in found] == [("a:1", "old"), ("x#0", "old")]
        assert found[0].at.tzinfo is not None
    async with database.write() as session:
        assert await retirements.remove(session, ["a:1", "none"]) == 1
    async with database.read() as session:
        assert await retirements.ids(session) == {"x#0"}
    assert await logged(database) == [(RETIREMENT, "a:1"), (RETIREMENT, "x#0"), (RETIREMENT, "a:1")]
