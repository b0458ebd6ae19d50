"""What is learnt of a reply that was a suggestion: nothing where it was sent as it was, else how much was changed."""

from __future__ import annotations

import pytest

from chatbot.dialogue.answer import Candidate
from chatbot.service.conversations import replying
from chatbot.service.suggested import sets
from chatbot.storage.queries import conversations as stored
from data.transcripts import FROM_SUGGESTION, Role
from tests.test_service.conversations.test_archive import learnt, resolve, rules, say, talk, waiting

__all__ = ["rules"]  # a fixture

TEXT = "Press the seal in until it clicks."


@pytest.fixture
def database(either_database):
    return either_database


async def answered(database, rules, *replies, held_back=0.0):
    """A closed conversation in which Mira answered each question with this, where ``TEXT`` was suggested."""
    name = await talk(database, rules)
    for number, reply in enumerate(replies):
        await say(database, rules, name, ("customer", f"My kettle number {number} leaks."))
        async with database.write() as session:
            asked = await sets.asked(session, name)
            candidates, versions = [Candidate(TEXT, "verbatim", ())], sets.Versions(None, None, None)
            await sets.keep(session, rules.clock, name, asked.message_id, candidates, versions, held_back=held_back)
        async with database.write() as session:
            row = await stored.locked(session, name)
            await replying.reply(rules, session, row, "Mira", client_id=f"r{number}", text=reply)
    await resolve(database, rules, name)


async def test_what_was_sent_unchanged_is_no_new_evidence(database, rules):
    await answered(database, rules, TEXT, "Press the seal in till it clicks.", "Please send us a photo.")
    (item,) = await learnt(database)
    told = [(turn.text, turn.extras.get(FROM_SUGGESTION)) for turn in item.turns if turn.role is Role.AGENT]
    assert [text for text, _ in told] == ["Press the seal in till it clicks.", "Please send us a photo."]
    assert 0 < told[0][1] < 0.2
    assert told[1][1] is None
    assert [one.answer for one in await waiting(database)] == [text for text, _ in told]


async def test_where_nothing_but_a_suggestion_was_sent_nothing_is_learnt(database, rules):
    await answered(database, rules, TEXT)
    assert await learnt(database) == []


async def test_the_same_words_of_somebody_who_saw_no_suggestion_are_their_own(database, rules):
    await answered(database, rules, TEXT, held_back=1.0)
    (item,) = await learnt(database)
    assert [(turn.text, turn.extras.get(FROM_SUGGESTION)) for turn in item.turns if turn.role is Role.AGENT] == [
        (TEXT, None)
    ]
