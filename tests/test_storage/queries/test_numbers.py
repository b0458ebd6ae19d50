"""Figures in SQL, on both databases, against the plain reference; who is shown what; what lies behind one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from chatbot.storage.database import open_database
from chatbot.storage.queries import focus, judgements, numbers
from chatbot.storage.tables.conversations import ConversationRow, EventRow, MessageRow
from chatbot.storage.tables.numbers import AnswerJudgementRow, By, Figure, FocusRow
from chatbot.storage.tables.suggestions import SuggestionEventRow, SuggestionSetRow
from chatbot.storage.tables.visitors import InboxRow, VisitorRow
from tests.test_storage.queries.plain_figures import HOURS_72, Step, observed, told

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
DAY = 86400
RATINGS = st.sampled_from((None, 3, 4))
KINDS = {"asked": "handover.requested", "closed": "conversation.closed", "rated": "rating.given"}
PAUSES = (0, 1, 59, 3600, DAY, HOURS_72 - 1, HOURS_72, 5 * DAY)
STEPS = st.builds(
    Step,
    at=st.sampled_from(PAUSES),
    who=st.sampled_from(("customer", "customer", "agent", "bot", "asked", "closed", "rated")),
    name=st.sampled_from(("Mira", "Jon")),
    helped=st.sampled_from((None, None, 1, -1)),
)


def timed(steps, begin=0):
    """The same steps, their pauses added up; only people have names."""
    found, at = [], begin
    for step in steps:
        at += step.at
        name = step.name if step.who == "agent" else None
        found.append(Step(at, step.who, name, step.helped if step.who == "bot" else None))
    return found


async def visitor(session):
    """Somebody who writes to an inbox."""
    inbox = {"name": "Shop", "origins": [], "frame_ancestors": [], "verified_only": False}
    session.add(InboxRow(id="shop", created_at=BEGIN, **inbox))
    await session.flush()
    session.add(VisitorRow(id="v_1", inbox_id="shop", created_at=BEGIN))
    await session.flush()


async def store(session, name, steps, *, visitor=None, begun=0, **columns):
    """A conversation in which this happened."""
    when = BEGIN + timedelta(seconds=begun)
    row = {"status": "open", "owner": "bot", "last_seq": len(steps) + 1, "created_at": when, "updated_at": when}
    session.add(ConversationRow(id=name, visitor_id=visitor, **row, **columns))
    await session.flush()
    for seq, step in enumerate(steps, 2):
        at = BEGIN + timedelta(seconds=step.at, microseconds=999_600 if seq % 2 else 0)
        if step.who in KINDS:
            turn = {"kind": KINDS[step.who], "audience": "customer", "payload": {}}
            session.add(EventRow(conversation_id=name, seq=seq, created_at=at, **turn))
            continue
        decision = "answer" if step.who == "bot" else None
        said = {"role": step.who, "author": step.name, "text": f"{step.who} {seq}", "decision": decision}
        message = f"m_{name}_{seq}"
        session.add(MessageRow(id=message, conversation_id=name, seq=seq, feedback=step.helped, created_at=at, **said))
    await session.flush()


def asked(*figures, since=0, until=60 * DAY, agent=None, by=(), now=60 * DAY, weeks=()):
    begin, end = (BEGIN + timedelta(seconds=each) for each in (since, until))
    starts = tuple(BEGIN + timedelta(seconds=each) for each in weeks)
    before = (begin - (end - begin), begin)
    return numbers.Asked(
        figures or tuple(Figure), (begin, end), before, starts, agent, by, BEGIN + timedelta(seconds=now)
    )


async def figures(session, *wanted, of="now", **about):
    """By figure (and key, where there are groups): how many, the sum, the median and the ninth decile."""
    found = await numbers.reckon(session, asked(*wanted, **about))
    rows = [row for row in found if row.of == of]
    return {
        (row.figure, row.key) if of != "now" else row.figure: (row.n, row.value, row.median, row.p90) for row in rows
    }


@pytest.fixture(scope="module")
def module_url(tmp_path_factory, request):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('numbers') / 'app.db'}"
    else:
        with request.getfixturevalue("postgresql").lent() as url:
            yield url


@pytest.mark.parametrize("module_url", ["sqlite", "postgresql"], indirect=True)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    talks=st.lists(
        st.tuples(st.sampled_from((0, 7200, 4 * DAY)), st.lists(STEPS, min_size=1, max_size=14), RATINGS),
        min_size=2,
        max_size=4,
    ),
    since=st.sampled_from((0, 0, 0, 3600, 3 * DAY)),
    length=st.sampled_from((40 * DAY, 40 * DAY, 4 * DAY)),
)
async def test_statements_give_what_the_plain_reference_gives(module_url, talks, since, length):
    now = 45 * DAY
    steps = [timed(one, begin) for begin, one, _ in talks]
    begins = [begin for begin, _, _ in talks]
    ratings = [rating for _, _, rating in talks]
    rows = []
    for at, one in enumerate(steps):
        others = [begin for other, begin in enumerate(begins) if other != at]
        rows += observed(one, now, others, ratings[at])
    expected = {name: told(rows, since, since + length, name) for name in (None, "Mira")}
    async with open_database(module_url) as database:
        async with database.write() as session:
            for table in (EventRow, MessageRow, ConversationRow, VisitorRow, InboxRow):
                await session.execute(delete(table))
            await visitor(session)
            for at, one in enumerate(steps):
                await store(session, f"c_{at}", one, visitor="v_1", begun=begins[at], rating=ratings[at])
        async with database.read() as session:
            for name, wanted in expected.items():
                assert await figures(session, since=since, until=since + length, now=now, agent=name) == wanted


H = 3600
RULES = {
    "a close ends the wait without a reply": ("c0 x9 c20 m50", "reply", (1, 30)),
    "a person who writes first answers nobody": ("m0 c9 m10", "reply", (1, 1)),
    "who was asked for in an episode before is not waited for": ("c0 a1 x2 c80h m81h", "first_person", None),
    "who comes back just in time is resolved later": ("c0 x9 c72h+8 x80h", "resolution", (1, 80 * H)),
    "who comes back later begins anew": ("c0 x9 c72h+9 x80h", "resolution", (2, 8 * H)),
    "the bot's last word ends an episode after 72 hours": ("c0 b1 c72h+1 b72h+2", "automation", (2, 2)),
    "and not before": ("c0 b1 c72h b72h+2", "automation", (1, 1)),
    "a person's last word never does": ("c0 m1 c100h b101h", "automation", (1, 0)),
    "who was asked for and came not is no automation": ("c0 a1 b2", "automation", (1, 0)),
    "what was not answered is none": ("c0 b1 c2", "automation", (1, 0)),
    "what did not help is none": ("c0 b1?", "automation", (1, 0)),
    "a close before the first word resolves nothing": ("a0 x1 c2", "resolution", None),
}


def written(talk):
    """The steps of a talk: c(ustomer), b(ot), m (Mira), a(sked), x (closed), each with its time; ? is of no help."""
    who = {"c": "customer", "b": "bot", "m": "agent", "a": "asked", "x": "closed"}
    steps = []
    for word in talk.split():
        hours, _, seconds = word[1:].rstrip("?").rpartition("h")
        at = int(hours or 0) * H + int(seconds or 0)
        steps.append(Step(at, who[word[0]], "Mira" if word[0] == "m" else None, -1 if word.endswith("?") else None))
    return steps


@pytest.mark.parametrize("rule", RULES)
async def test_the_rules_one_by_one(sqlite_database, rule):
    talk, figure, wanted = RULES[rule]
    steps = written(talk)
    async with sqlite_database.write() as session:
        await store(session, "c_1", steps)
    async with sqlite_database.read() as session:
        found = await figures(session)
    assert found.get(figure, ())[:2] == (wanted or ())
    assert found == told(observed(steps, 60 * DAY), 0, 60 * DAY)


@pytest.mark.parametrize(("late", "thought", "held"), [(72 * H, None, 0), (72 * H + 1, None, 1), (H, 1, 1), (H, -1, 0)])
async def test_who_begins_another_conversation_has_come_back(sqlite_database, late, thought, held):
    async with sqlite_database.write() as session:
        await visitor(session)
        await store(session, "c_1", [Step(0, "customer"), Step(1, "bot", helped=thought)], visitor="v_1")
        await store(session, "c_2", [Step(1 + late, "customer")], visitor="v_1", begun=1 + late)
        await store(session, "c_3", [Step(2, "customer")], begun=2)  # nobody's
    async with sqlite_database.read() as session:
        assert (await figures(session))["automation"][:2] == (3, held)


TALK = [
    Step(0, "customer"),
    Step(10, "bot", helped=None),
    Step(100, "customer"),
    Step(110, "asked"),
    Step(700, "agent", "Mira"),
    Step(800, "customer"),
    Step(900, "agent", "Jon"),
    Step(1000, "closed"),
    Step(1100, "rated"),
]


async def test_people_see_their_own_and_what_is_nobodys(database):
    alone = [Step(0, "customer"), Step(5, "bot")]
    async with database.write() as session:
        await store(session, "c_1", TALK, rating=5, topic="refund", language="en")
        await store(session, "c_2", alone, topic=None)
    async with database.read() as session:
        everybody = await figures(session)
        assert everybody["reply"] == (2, 700, 100, 600)
        assert everybody["first_person"] == (1, 590, 590, 590)
        assert everybody["first_any"] == (2, 15, 5, 10)
        assert everybody["resolution"] == (1, 1000, 1000, 1000)
        assert everybody["csat"] == (1, 1, 1, 1)
        assert everybody["automation"] == (2, 1, 0, 1)
        mira = await figures(session, agent="Mira")
        assert mira == {
            "reply": (1, 600, 600, 600),
            "first_person": everybody["first_person"],
            "automation": everybody["automation"],
        }
        groups = await figures(session, of="agent", by=(By.AGENT, By.TOPIC))
        assert {name for name in groups if name[0] == "reply"} == {("reply", "Mira"), ("reply", "Jon")}
        topics = await figures(session, of="topic", by=(By.AGENT, By.TOPIC))
        assert topics["automation", "refund"][0] == topics["automation", ""][0] == 1
        weeks = await figures(session, of="week", weeks=(-7 * DAY, 0, 7 * DAY))
        assert {key for _, key in weeks} == {"1"}
        assert await figures(session, of="before", since=7 * DAY, until=14 * DAY) == {
            (name, ""): value for name, value in everybody.items()
        }


async def test_behind_a_figure_are_its_conversations_the_longest_first(database):
    async with database.write() as session:
        await store(session, "c_1", TALK, topic="refund")
        await store(session, "c_2", [Step(0, "customer"), Step(50, "agent", "Mira")])
    async with database.read() as session:
        total, rows = await numbers.behind(session, asked(Figure.REPLY), None, limit=9)
        assert (total, [(row.conversation_id, row.words, row.n, row.most) for row in rows]) == (
            2,
            [("c_1", "customer 2", 2, 600), ("c_2", "customer 2", 1, 50)],
        )
        about = asked(Figure.REPLY, by=(By.TOPIC,))
        assert [row.conversation_id for row in (await numbers.behind(session, about, "refund", limit=9))[1]] == ["c_1"]
        assert [row.conversation_id for row in (await numbers.behind(session, about, "", limit=9))[1]] == ["c_2"]
        assert (await numbers.behind(session, asked(Figure.REPLY), None, limit=1))[0] == 2


async def test_handle_time_is_of_who_answered_and_goes_with_its_conversation(database):
    async with database.write() as session:
        await store(session, "c_1", TALK)
        for agent, seconds in (("Mira", 40), ("Mira", 50), ("Jon", 7), ("Ada", 3)):  # Ada only looked
            await focus.add(session, agent, BEGIN, {"c_1": seconds, "c_gone": 9})
    async with database.read() as session:
        assert await figures(session, Figure.HANDLE) == {"handle": (2, 97, 7, 90)}
    async with database.write() as session:
        await session.execute(delete(EventRow))
        await session.execute(delete(MessageRow))
        await session.execute(delete(ConversationRow))
        assert await session.get(FocusRow, ("c_1", "Mira", BEGIN)) is None


async def test_answers_are_judged_in_the_order_of_their_ids_and_the_last_word_counts(database):
    async with database.write() as session:
        await store(session, "c_1", [Step(0, "customer"), Step(1, "bot"), Step(2, "customer"), Step(3, "bot")])
        await store(session, "c_2", [Step(0, "customer"), Step(1, "bot"), Step(9, "agent", "Mira")])
    span = (BEGIN, BEGIN + timedelta(days=1))
    seen = []
    async with database.write() as session:
        for said in ("wrong", "good", "unsure"):
            found = await judgements.unjudged(session, *span)
            seen.append(found.message_id)
            await judgements.keep(session, found.message_id, said, by="Mira", at=BEGIN)
        assert await judgements.unjudged(session, *span) is None
        assert seen == ["m_c_1_3", "m_c_1_5", "m_c_2_3"]
        assert await figures(session, Figure.WRONG) == {"wrong": (2, 1, 0, 1)}
        await judgements.keep(session, "m_c_1_3", "good", by="Jon", at=BEGIN)
        assert await figures(session, Figure.WRONG) == {"wrong": (2, 0, 0, 0)}
        assert await judgements.count(session, *span) == 3
        assert not await judgements.is_answer(session, "m_c_2_4")
        assert (await session.get(AnswerJudgementRow, "m_c_1_3")).by == "Jon"


async def test_suggestions_count_where_who_answered_had_them_in_view(database):
    facts = {"added": [], "dropped": []}
    outcomes = [
        ("as_is", 0.0, facts),
        ("edited", 0.25, {"added": [["number", "7"]], "dropped": []}),
        ("unused", 0.9, facts),
    ]
    async with database.write() as session:
        for at, (outcome, size, changed) in enumerate(outcomes):
            name = f"c_{at}"
            await store(session, name, [Step(0, "customer"), Step(9, "agent", "Mira")])
            made = {"suggestions": [], "blind": False, "propensity": 1.0, "created_at": BEGIN}
            sent = {"outcome": outcome, "edit_size": size, "facts": changed, "sent_id": f"m_{name}_3"}
            session.add(SuggestionSetRow(id=f"s_{at}", conversation_id=name, message_id=f"m_{name}_2", **made, **sent))
            await session.flush()
            seen_by = "Jon" if outcome == "unused" else "Mira"
            about = {"set_id": f"s_{at}", "suggestion_id": "", "by": seen_by, "client_id": "", "created_at": BEGIN}
            session.add(SuggestionEventRow(kind="shown", **about))
            session.add(
                SuggestionEventRow(kind="completed", offered=20, taken=10 * (at > 0), kept=5 * (at > 0), **about)
            )
    async with database.read() as session:
        found = await figures(session)
        assert found["shown"][:2] == (3, 2)
        assert (found["used"][:2], found["as_is"][:2], found["facts"][:2]) == ((2, 2), (2, 1), (2, 1))
        assert found["edit_size"] == (1, 0.25, 0.25, 0.25)
        parts = {
            row.figure: (row.value, row.weight) for row in await numbers.reckon(session, asked()) if row.of == "now"
        }
        assert (parts["completion"], parts["kept"]) == ((20, 60), (10, 20))
