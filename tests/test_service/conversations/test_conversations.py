"""The rules of a conversation, and the log that tells of each change exactly once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.dialogue.answer import Answer, Decision, Evidence
from chatbot.dialogue.text.language import language_of
from chatbot.dialogue.text.set_phrases import sentence
from chatbot.errors import AnotherTextError, ClosedError, FullError, InputError, NotFoundError, UnauthorisedError
from chatbot.service.conversations import feedback, messages, opening, ownership, replying
from chatbot.service.conversations.office_hours import OfficeHours
from chatbot.service.conversations.rules import Rules
from chatbot.service.realtime.follow import read_log
from chatbot.service.visitors.visitors import Visitors
from chatbot.storage.database import open_database
from chatbot.storage.queries import conversations as stored
from chatbot.storage.tables.conversations import Audience
from tests.test_service.conversations.event_replay import reduced
from tests.test_service.doubles import ticking

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def database(either_database):
    return either_database


def answer_of(**changes):
    values = {
        "reply": "Here it is.",
        "decision": Decision.ANSWER,
        "mode": "verbatim",
        "confidence": 0.9,
        "reason": "confident",
        "evidence": (Evidence("a#0", "article", 0.9, "words", "Help"),),
        "trace": {"question": "q"},
    }
    return Answer(**{**values, **changes})


async def begin(database, visitors):
    async with database.write() as session:
        return await opening.start(visitors, session)


async def say(database, rules, conversation_id, text="hello", client_id="1"):
    async with database.write() as session:
        row = await stored.locked(session, conversation_id)
        return await messages.send(rules, session, row, client_id=client_id, text=text)


async def snapshot(database, conversation_id):
    async with database.read() as session:
        return await opening.snapshot(session, await stored.find(session, conversation_id))


async def record(database, rules, conversation_id, to, message_id="m_bot", **changes):
    async with database.write() as session:
        return await messages.record(
            rules, session, conversation_id, answer_of(**changes), message_id=message_id, in_reply_to=to
        )


async def change(database, rules, conversation_id, act, **arguments):
    async with database.write() as session:
        return await act(rules, session, await stored.locked(session, conversation_id), **arguments)


async def test_only_the_token_opens_it(database, rules, visitors):
    one, other = await begin(database, visitors), await begin(database, visitors)
    assert one.token != other.token
    async with database.read() as session:
        assert (await opening.by_token(visitors, session, one.id, one.token)).id == one.id
        for wrong in (other.token, "usv_made_up", "us_key", "\ud83d"):
            with pytest.raises(NotFoundError):
                await opening.by_token(visitors, session, one.id, wrong)
        with pytest.raises(NotFoundError):
            await opening.by_token(visitors, session, "c_none", one.token)
        for nothing in (None, ""):
            with pytest.raises(UnauthorisedError):
                await opening.by_token(visitors, session, one.id, nothing)


async def test_a_message_is_answered_once(database, rules, visitors):
    begun = await begin(database, visitors)
    message, _ = await say(database, rules, begun.id)
    assert await record(database, rules, begun.id, message["id"], "m_1")
    assert not await record(database, rules, begun.id, message["id"], "m_2")
    found = await snapshot(database, begun.id)
    assert [one["id"] for one in found["messages"]] == [message["id"], "m_1"]
    async with database.read() as session:
        assert await stored.trace_of(session, "m_1") == {"question": "q"}
        assert await stored.trace_of(session, message["id"]) is None


async def test_an_answer_to_an_older_message_is_not_stored(database, rules, visitors):
    begun = await begin(database, visitors)
    first, _ = await say(database, rules, begun.id)
    second, _ = await say(database, rules, begun.id, "and this", "2")
    assert not await record(database, rules, begun.id, first["id"])
    assert await record(database, rules, begun.id, second["id"])


async def test_the_bot_has_no_say_after_a_hand_over_or_a_closure(database, rules, visitors):
    for act in (ownership.hand_over, ownership.close):
        begun = await begin(database, visitors)
        message, _ = await say(database, rules, begun.id)
        await change(database, rules, begun.id, act)
        assert not await record(database, rules, begun.id, message["id"], f"m_{begun.id}")


async def test_a_race_between_answer_and_hand_over_has_one_winner(database, rules, visitors):
    for _ in range(5):
        begun = await begin(database, visitors)
        message, _ = await say(database, rules, begun.id)
        kept, _ = await asyncio.gather(
            record(database, rules, begun.id, message["id"], f"m_{begun.id}"),
            change(database, rules, begun.id, ownership.hand_over),
        )
        found = await snapshot(database, begun.id)
        assert len(found["messages"]) == 1 + kept
        assert found["status"] == "waiting"


async def test_who_waits_for_the_bot(database, rules, visitors):
    begun = [await begin(database, visitors) for _ in range(5)]
    said = [(await say(database, rules, one.id))[0] for one in begun[:4]]
    await record(database, rules, begun[1].id, said[1]["id"])
    await change(database, rules, begun[2].id, ownership.hand_over)
    async with database.read() as session:
        assert list(await stored.awaiting_bot(session, now=NOW)) == [begun[0].id, begun[3].id]
    await say(database, rules, begun[1].id, "and then?", "2")
    async with database.read() as session:
        assert list(await stored.awaiting_bot(session, now=NOW)) == [begun[0].id, begun[3].id, begun[1].id]


async def test_customers_do_not_see_what_is_for_agents(database, rules, visitors):
    begun = await begin(database, visitors)
    message, _ = await say(database, rules, begun.id)
    evidence = (
        Evidence("t1:1", "moment", 0.9, "somebody's words", "somebody's ticket"),
        Evidence("a#0", "article", 0.9, "words", "Help", "https://help.example"),
    )
    await record(database, rules, begun.id, message["id"], evidence=evidence, reason="secret", detail="secret")
    customers = await read_log(database, begun.id, 0, audience=Audience.CUSTOMER)
    agents = await read_log(database, begun.id, 0, audience=Audience.AGENT)
    assert [event.kind for event in agents] == [*(event.kind for event in customers), "answer.traced"]
    assert [event.seq for event in agents] == [1, 2, 3, 4]
    seen = str([event.payload for event in customers]) + str(await snapshot(database, begun.id))
    assert "secret" not in seen
    assert "somebody's" not in seen
    assert "https://help.example" in seen


HOURS = OfficeHours.parse("Mon-Fri 09:00-17:00 Europe/Berlin")  # the clock of these tests stands on a Sunday


@pytest.mark.parametrize(
    ("text", "passed_on", "opens"),
    [
        ("Where is my parcel?", "I am passing this on to a colleague", "Monday 09:00 (Europe/Berlin)"),
        ("Wo ist mein Paket?", "Ich gebe das an eine Kollegin", "Montag, 09:00 Uhr (Europe/Berlin)"),
        ("我的包裹在哪里？", "我已把您的问题转给同事", "星期一 09:00（Europe/Berlin）"),
    ],
)
async def test_a_customer_reads_their_own_language(database, visitors, text, passed_on, opens):
    """Asked for, at a failure (an answer without words), and at a stop."""
    rules = Rules(ticking(), hours=HOURS)
    asks, fails, stops = [await begin(database, visitors) for _ in range(3)]
    (_, failing, _) = [(await say(database, rules, one.id, text))[0] for one in (asks, fails, stops)]
    await change(database, rules, asks.id, ownership.hand_over)
    failed = {"reply": "", "decision": Decision.HAND_OVER, "reason": messages.FAILED}
    assert await record(database, rules, fails.id, failing["id"], **failed)
    for one, reason in ((asks, "customer_asked"), (fails, "failure")):
        handover = (await snapshot(database, one.id))["handover"]
        assert handover["text"].startswith(passed_on)
        assert (handover["reason"], handover["expected"]) == (reason, opens)
    assert (await snapshot(database, fails.id))["messages"][-1]["text"].startswith(passed_on)
    assert await change(database, rules, stops.id, messages.stop_answer, draft=None)
    stopped = (await snapshot(database, stops.id))["messages"][-1]["text"]
    assert stopped == sentence("stopped", language_of(text))


async def test_the_newest_words_say_which_language(database, rules, visitors):
    begun = await begin(database, visitors)
    for number, text in enumerate(("Where is my parcel?", "Wo ist mein Paket?", "12345")):
        await say(database, rules, begun.id, text, str(number))
    await change(database, rules, begun.id, ownership.hand_over)
    assert (await snapshot(database, begun.id))["handover"]["text"].startswith(sentence("handover", "de"))


async def test_limits(database, visitors):
    rules = Rules(ticking(), longest_message=5)
    begun = await begin(database, visitors)
    for text in ("", " \t", "123456"):
        with pytest.raises(InputError):
            await say(database, rules, begun.id, text)
    assert (await say(database, rules, begun.id, "12345"))[1]
    await change(database, rules, begun.id, ownership.close)
    with pytest.raises(ClosedError):
        await say(database, rules, begun.id, "more", "2")
    assert not (await say(database, rules, begun.id, "12345"))[1]


async def test_a_conversation_holds_so_many_messages_and_no_more(database, visitors):
    rules = Rules(ticking(), most_messages=3)
    begun, other = await begin(database, visitors), await begin(database, visitors)
    for number in range(3):
        assert (await say(database, rules, begun.id, "hello", str(number)))[1]
    with pytest.raises(FullError):
        await say(database, rules, begun.id, "hello", "3")
    assert not (await say(database, rules, begun.id, "hello", "2"))[1]  # it is here already
    assert (await say(database, rules, other.id, "hello", "3"))[1]
    # People go on, and end it.
    await change(database, rules, begun.id, ownership.claim, agent="Mira")
    for number in range(3):
        await change(database, rules, begun.id, replying.reply, agent="Mira", client_id=f"r{number}", text="Yes?")
    with pytest.raises(FullError):
        await say(database, rules, begun.id, "hello", "4")
    await change(database, rules, begun.id, ownership.release, agent="Mira", to="closed")
    assert (await snapshot(database, begun.id))["status"] == "closed"


@pytest.mark.parametrize(("text", "fit"), [("x" * 10, 10), ("é" * 5, 10), ("😀" * 5, 5), ("\\x", 50)])
async def test_a_conversation_holds_so_many_bytes_and_no_more(database, visitors, text, fit):
    rules = Rules(ticking(), most_bytes=100)
    begun = await begin(database, visitors)
    for number in range(fit):
        assert (await say(database, rules, begun.id, text, str(number)))[1]
    with pytest.raises(FullError):
        await say(database, rules, begun.id, text, "more")


async def test_many_long_messages_are_counted_in_bytes(database, visitors):
    """With the limits as they are: thirty of the longest fit, and a little."""
    rules = Rules(ticking())
    begun = await begin(database, visitors)
    for number in range(31):
        await say(database, rules, begun.id, "😀" * 8000, str(number))
    with pytest.raises(FullError):
        await say(database, rules, begun.id, "😀" * 8000, "more")


async def test_a_client_id_belongs_to_one_text(database, rules, visitors):
    begun = await begin(database, visitors)
    await say(database, rules, begun.id, "hello")
    with pytest.raises(AnotherTextError):
        await say(database, rules, begun.id, "hello!")
    await change(database, rules, begun.id, ownership.claim, agent="Mira")
    reply = {"agent": "Mira", "client_id": "r", "text": "Yes?"}
    await change(database, rules, begun.id, replying.reply, **reply)
    await change(database, rules, begun.id, replying.reply, **reply)
    for other in ({"text": "No."}, {"agent": "Jon"}, {"client_id": "1", "text": "hello"}):
        with pytest.raises(AnotherTextError):
            await change(database, rules, begun.id, replying.reply, **{**reply, **other})
    with pytest.raises(AnotherTextError):
        await say(database, rules, begun.id, "Yes?", "r")
    assert len((await snapshot(database, begun.id))["messages"]) == 2


ACTIONS = st.one_of(
    st.tuples(st.just("say"), st.integers(0, 4)),
    st.tuples(st.just("answer"), st.booleans()),
    st.tuples(st.just("hand over"), st.none()),
    st.tuples(st.just("close"), st.none()),
    st.tuples(st.just("rate"), st.integers(1, 5)),
)


async def act(database, rules, conversation_id, what, how, number):
    """One thing that a customer or the bot might do; what is not possible now changes nothing."""
    try:
        match what:
            case "say":
                await say(database, rules, conversation_id, f"message {how}", str(how))
            case "answer":
                async with database.read() as session:
                    newest = await stored.newest_message(session, conversation_id)
                if newest is not None:
                    decision = Decision.HAND_OVER if how else Decision.ANSWER
                    await record(database, rules, conversation_id, newest.id, f"m_bot_{number}", decision=decision)
            case "hand over":
                await change(database, rules, conversation_id, ownership.hand_over)
            case "close":
                await change(database, rules, conversation_id, ownership.close)
            case "rate":
                await change(database, rules, conversation_id, feedback.rate, score=how)
    except ClosedError:
        pass


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(ACTIONS, max_size=14), cut=st.integers(0, 14))
async def test_old_state_and_events_give_the_new_state(tmp_path_factory, actions, cut):
    url = f"sqlite:///{tmp_path_factory.mktemp('replay') / 'app.db'}"
    async with open_database(url) as database:
        clock = ticking()
        rules, visitors = Rules(clock), Visitors(clock, b"secret")
        begun = await begin(database, visitors)
        before = await snapshot(database, begun.id)
        for number, (what, how) in enumerate(actions):
            if number == cut:
                before = await snapshot(database, begun.id)
            await act(database, rules, begun.id, what, how, number)
        after = await snapshot(database, begun.id)
        log = await read_log(database, begun.id, before["seq"], audience=Audience.AGENT)
        assert reduced(before, log) == after
        assert reduced(after, log) == after
        whole = await read_log(database, begun.id, 0, audience=Audience.AGENT)
        assert [event.seq for event in whole] == list(range(1, after["seq"] + 1))
        sent = [one["client_id"] for one in after["messages"] if one["role"] == "customer"]
        assert len(sent) == len(set(sent))
