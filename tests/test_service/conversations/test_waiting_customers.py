"""What a customer meets after a hand-over: when people answer, that they are read, and the bot meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.dialogue.answer import Decision, Evidence
from chatbot.dialogue.text.set_phrases import languages, sentence
from chatbot.errors import InputError
from chatbot.service import audit
from chatbot.service.audit import Actor
from chatbot.service.conversations import desk_hours, ownership, replying, waiting
from chatbot.service.conversations.acknowledging import TOLD_FOR
from chatbot.service.conversations.expectation import FEWEST, usual_wait
from chatbot.service.conversations.office_hours import OfficeHours
from chatbot.service.conversations.rules import Rules
from chatbot.storage.queries import agents
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries.agents import Wait
from tests.test_service.conversations.test_conversations import begin, change, record, say, snapshot
from tests.test_service.doubles import ticking

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(either_database):
    return either_database


async def handed_over(database, rules, visitors, text="Where is my parcel?", **answer):
    begun = await begin(database, visitors)
    message, _ = await say(database, rules, begun.id, text, "first")
    given = {"reply": "A person will see this.", "decision": Decision.HAND_OVER, "reason": "low_confidence", **answer}
    await record(database, rules, begun.id, message["id"], f"m_{begun.id}", **given)
    return begun.id


async def told(database, conversation_id):
    found = await snapshot(database, conversation_id)
    return [each["text"] for each in found["messages"] if each["role"] == "system"]


async def queue(database):
    async with database.read() as session:
        return await waiting.waiting(session, 10, now=NOW)


def waited(*minutes, given_up=0, lasting=()):
    ended = [Wait(NOW - timedelta(days=1), NOW - timedelta(days=1) + each * MINUTE, goes_on=False) for each in minutes]
    gone = [Wait(NOW - timedelta(days=1), None, goes_on=False)] * given_up
    return [*ended, *gone, *(Wait(NOW - each * MINUTE, None, goes_on=True) for each in lasting)]


@pytest.mark.parametrize(
    ("waits", "usual"),
    [
        (waited(*[4] * (FEWEST - 1)), None),  # too few to call anything usual
        (waited(*[4] * FEWEST), 5 * MINUTE),
        (waited(*[4] * 9, *[100] * 3), 5 * MINUTE),
        (waited(*[4] * 9, *[100] * 4), 120 * MINUTE),
        (waited(*[4] * 12, given_up=4), 5 * MINUTE),
        (waited(*[4] * 12, given_up=5), None),  # who gave up was answered in no time that could be told
        (waited(*[4] * 12, lasting=[1] * 9), 5 * MINUTE),  # who has just come says nothing yet
        (waited(*[4] * 12, lasting=[50] * 9), 60 * MINUTE),
        (waited(*[60 * 48] * 20), None),
    ],
)
def test_what_is_usual_is_what_held_for_three_of_four(waits, usual):
    assert usual_wait(waits, NOW) == usual


async def test_a_hand_over_says_when_by_the_waits_of_the_desk(database, rules, visitors):
    for _ in range(FEWEST):
        known = await handed_over(database, rules, visitors)
        await change(database, rules, known, ownership.claim, agent="Mira")
        await change(database, rules, known, replying.reply, agent="Mira", client_id="r", text="Here I am.")
        await change(database, rules, known, ownership.release, agent="Mira", to="closed")
    found = await snapshot(database, await handed_over(database, rules, visitors))
    assert found["handover"]["expected"] == "usually within 2 minutes"
    assert found["messages"][-1]["text"] == ("A person will see this. The answer comes here, usually within 2 minutes.")
    assert found["handover"]["text"] == found["messages"][-1]["text"]
    async with database.read() as session:  # nobody is there any more
        assert not await agents.anybody_since(session, NOW + timedelta(hours=9))


async def test_who_writes_on_is_told_once_in_a_while_and_by_no_person(database, visitors):
    clock = ticking()
    later = [timedelta()]
    rules = Rules(type(clock)(now=lambda: clock.now() + later[0], new_id=clock.new_id, chance=clock.chance))
    waits = await handed_over(database, rules, visitors)
    for number in range(8):
        await say(database, rules, waits, f"and number {number}", str(number))
    await say(database, rules, waits, "and number 7", "7")  # sent again
    words = await told(database, waits)
    assert words == [f"{sentence('received', 'en')} {sentence('answer_here', 'en')}"]
    found = await snapshot(database, waits)
    assert [each["role"] for each in found["messages"]].count("customer") == 9
    assert found["messages"][3]["role"] == "system", "after the first"
    later[0] = TOLD_FOR
    await say(database, rules, waits, "still there?", "8")
    assert len(await told(database, waits)) == 2
    await change(database, rules, waits, ownership.claim, agent="Mira")
    later[0] = 3 * TOLD_FOR
    await say(database, rules, waits, "hello", "9")
    assert len(await told(database, waits)) == 2, "a person is there"


async def test_what_was_told_of_when_is_brought_up_to_date(database, visitors):
    """Handed over on a Sunday; on Monday at ten people are there, and nobody is told of Monday at nine."""
    clock, later = ticking(), [timedelta()]
    moving = type(clock)(now=lambda: clock.now() + later[0], new_id=clock.new_id, chance=clock.chance)
    rules = Rules(moving, hours=OfficeHours.parse("Mon-Fri 09:00-17:00 UTC"))
    waits = await handed_over(database, rules, visitors)
    assert (await snapshot(database, waits))["handover"]["expected"] == "Monday 09:00 (UTC)"
    assert "on Monday 09:00" in (await snapshot(database, waits))["messages"][-1]["text"]
    later[0] = timedelta(hours=34)
    await say(database, rules, waits, "Anybody there?", "2")
    assert (await snapshot(database, waits))["handover"]["expected"] is None
    assert "Monday" not in (await told(database, waits))[0]


async def test_hours_laid_down_count_at_once_instead_of_those_of_the_settings(database, rules, visitors):
    rules = replace(rules, hours=OfficeHours.parse("Mon-Fri 09:00-17:00 UTC"))
    actor = Actor("Mira (p_1)", "session s", None)

    async def expected():
        return (await snapshot(database, await handed_over(database, rules, visitors)))["handover"]["expected"]

    assert await expected() == "Monday 09:00 (UTC)"
    async with database.write() as session:
        await desk_hours.lay_down(rules, session, actor, "Tue 10:00-11:00 UTC")
    assert await expected() == "Tuesday 10:00 (UTC)"
    async with database.write() as session:
        with pytest.raises(InputError):
            await desk_hours.lay_down(rules, session, actor, "Tue 10-11")
    async with database.write() as session:
        laid = await desk_hours.lay_down(rules, session, actor, None)
    assert (laid.hours, laid.by) == (None, "Mira")
    assert await expected() is None
    async with database.read() as session:
        lines = [each for each in await audit.page(session, 0, 100) if each["act"] == "hours_changed"]
        assert (await desk_hours.told(rules, session)).by == "Mira"
    assert [json.loads(each["detail"]) for each in lines] == [
        {"after": "Tue 10:00-11:00 UTC", "before": "Mon-Fri 09:00-17:00 UTC"},
        {"after": "", "before": "Tue 10:00-11:00 UTC"},
    ]


async def test_the_bot_goes_on_meanwhile_and_the_place_is_kept(database, rules, visitors):
    waits = await handed_over(database, rules, visitors)
    other = await handed_over(database, rules, visitors)
    await say(database, rules, waits, "How do I return it?", "2")
    async with database.read() as session:
        assert await stored.said_to_bot(session, waits) == []
    await change(database, rules, waits, ownership.go_on_meanwhile)
    async with database.read() as session:
        said = await stored.said_to_bot(session, waits)
        assert [each.text for each in said] == ["How do I return it?"], "what nobody has answered, and no old hand-over"
        assert list(await stored.awaiting_bot(session, now=NOW)) == [waits]
    assert await record(database, rules, waits, said[-1].id, "m_meanwhile")
    assert [(each["id"], each["with_bot"]) for each in await queue(database)] == [(waits, True), (other, False)]
    found = await snapshot(database, waits)
    assert (found["status"], found["handover"]["meanwhile"], found["messages"][-1]["role"]) == ("open", True, "bot")
    await change(database, rules, waits, ownership.claim, agent="Mira")
    last, _ = await say(database, rules, waits, "one more", "3")
    assert not await record(database, rules, waits, last["id"], "m_late"), "the bot never talks over a person"
    assert [each["id"] for each in await queue(database)] == [other]


@pytest.mark.parametrize("reason", ["crisis", "hazard", "anger"])
async def test_the_bot_is_not_offered_where_only_a_person_may_write(database, rules, visitors, reason):
    waits = await handed_over(database, rules, visitors, reason=reason)
    assert not (await snapshot(database, waits))["handover"]["meanwhile"]
    await change(database, rules, waits, ownership.go_on_meanwhile)
    assert (await snapshot(database, waits))["status"] == "waiting"


@pytest.mark.parametrize(
    ("text", "occasion", "language"),
    [("I want to kill myself", "crisis", "en"), ("Der Stecker raucht und ist sehr heiß", "hazard", "de")],
)
async def test_danger_while_waiting_is_answered_at_once_and_ends_the_offer(
    database, rules, visitors, text, occasion, language
):
    waits = await handed_over(database, rules, visitors)
    await say(database, rules, waits, "hello?", "2")
    for number in range(2):
        await say(database, rules, waits, text, f"danger {number}")
    assert (await told(database, waits))[1:] == [sentence(occasion, language)]
    assert not (await snapshot(database, waits))["handover"]["meanwhile"]


async def test_past_customers_words_do_not_leave_the_server_and_an_articles_do(database, rules, visitors):
    begun = await begin(database, visitors)
    message, _ = await say(database, rules, begun.id)
    evidence = (
        Evidence("t1:1", "moment", 0.9, "told to somebody", "somebody's ticket"),
        Evidence("a#0", "article", 0.9, "Boil it with citric acid.", "Descale", "javascript:alert(1)"),
        Evidence("b#0", "article", 0.9, "long text", "Returns", "https://help.example/returns"),
    )
    await record(database, rules, begun.id, message["id"], evidence=evidence)
    shown = (await snapshot(database, begun.id))["messages"][-1]
    assert [(each["title"], each["url"], each["text"]) for each in shown["evidence"]] == [
        ("Descale", None, "Boil it with citric acid."),
        ("Returns", "https://help.example/returns", None),
    ]
    assert shown["from_past_replies"]
    assert "somebody" not in str(shown)


async def test_a_set_phrase_rests_on_nothing(database, rules, visitors):
    begun = await begin(database, visitors)
    message, _ = await say(database, rules, begun.id, "thanks")
    await record(database, rules, begun.id, message["id"], mode="phrase", reply="You're welcome.", evidence=())
    shown = (await snapshot(database, begun.id))["messages"][-1]
    assert (shown["evidence"], shown["from_past_replies"]) == ([], False)


def test_when_is_said_in_every_language():
    for occasion in ("answer_here", "answer_from", "answer_within", "usual_minutes", "usual_hours", "received"):
        said = {sentence(occasion, each, when="-", minutes=5, hours=2) for each in languages()}
        assert len(said) == len(languages())
