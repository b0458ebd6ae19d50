"""Pairs of answers from what agents did with suggestions: only reviewed, only masked, only what was a choice."""

from __future__ import annotations

from chatbot.dialogue.answer import Candidate
from chatbot.learning.training.preference_pairs import (
    FEWEST_LEARNT,
    FEWEST_MEASURED,
    Preference,
    divided,
    preferences,
    too_few,
)
from chatbot.service.conversations import replying
from chatbot.service.corpus import review
from chatbot.service.suggested import feedback, sets
from chatbot.storage.queries import conversations as stored
from data.moments import Moment
from tests.test_service.conversations.test_archive import resolve, rules, say, talk, waiting

__all__ = ["rules"]  # a fixture

SEAL, PHOTO, WAIT = "Press the seal in until it clicks.", "Please send us a photo.", "Write to me@example.org."
EDITED = "Press the seal in firmly until it clicks."


async def answered(database, rules, *replies, held_back=0.0, refused=()):
    """A closed conversation in which Mira answered each question so, where three replies were suggested."""
    name = await talk(database, rules)
    for number, reply in enumerate(replies):
        await say(database, rules, name, ("customer", f"My kettle number {number} leaks."))
        async with database.write() as session:
            asked = await sets.asked(session, name)
            candidates = [
                Candidate(text, "verbatim", (text,), probability=share)
                for text, share in ((SEAL, 0.9), (PHOTO, 0.6), (WAIT, 0.3))  # so far apart that none change places
            ]
            versions = sets.Versions(None, None, None)
            row = await sets.keep(
                session, rules.clock, name, asked.message_id, candidates, versions, held_back=held_back
            )
            events = [
                {"kind": "rejected", "suggestion_id": each["id"], "client_id": each["id"]}
                for each in row.suggestions
                if each["text"] in refused
            ]
            blank = {"reason": None, "words": None, "offered": None, "taken": None, "kept": None}
            await feedback.note(session, rules.clock, row.id, "Mira", [{**blank, **event} for event in events])
        async with database.write() as session:
            row = await stored.locked(session, name)
            await replying.reply(rules, session, row, "Mira", client_id=f"r{number}", text=reply)
    await resolve(database, rules, name)
    return name


async def approve_all(database):
    for one in await waiting(database):
        async with database.write() as session:
            await review.approve(session, one.id)


async def test_an_edited_suggestion_gives_way_to_what_was_sent(database, rules):
    await answered(database, rules, EDITED)
    assert await preferences(database) == []  # it waits for a person
    await approve_all(database)
    (pair,) = await preferences(database)
    assert (pair.moment.answer, pair.rejected) == (EDITED, SEAL)
    assert [turn.text for turn in pair.moment.context] == ["My kettle number 0 leaks."]
    assert pair.evidence == ()


async def test_one_taken_as_it_was_counts_against_those_above_it(database, rules):
    await answered(database, rules, PHOTO, "That is a known fault of this series.")
    await approve_all(database)
    (pair,) = await preferences(database)
    assert (pair.moment.answer, pair.rejected) == (PHOTO, SEAL)
    assert pair.evidence == (PHOTO,)


async def test_one_that_was_refused_counts_whatever_was_sent_and_is_masked(database, rules):
    await answered(database, rules, "That is a known fault of this series.", refused=(WAIT,))
    await approve_all(database)
    (pair,) = await preferences(database)
    assert pair.moment.answer == "That is a known fault of this series."
    assert "me@example.org" not in pair.rejected
    assert pair.rejected.startswith("Write to [EMAIL")


async def test_what_was_held_back_is_no_choice(database, rules):
    await answered(database, rules, EDITED, held_back=1.0)
    await approve_all(database)
    assert await preferences(database) == []


def test_pairs_of_a_conversation_are_on_one_side_and_few_are_told():
    made = [
        Preference(Moment(f"c{number // 2}:{number}", f"c{number // 2}", 1, (), "Yes."), "No.") for number in range(400)
    ]
    learnt, measured = divided(made)
    assert len(learnt) + len(measured) == 400
    assert {each.moment.conversation_id for each in learnt}.isdisjoint(each.moment.conversation_id for each in measured)
    assert len(learnt) > len(measured) > 40
    assert too_few(FEWEST_LEARNT, FEWEST_MEASURED) is None
    assert "5 suggestions were edited" in too_few(3, 2)
