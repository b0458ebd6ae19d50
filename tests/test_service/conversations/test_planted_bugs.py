"""The machine of ``talk_machine.py`` can fail: each bug planted here is one that it has to find."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import select

from chatbot.errors import NotFoundError
from chatbot.service.conversations import appending, messages, opening, ownership, snoozing
from chatbot.service.realtime.event import EventKind
from chatbot.service.worklist import acts, teams
from chatbot.storage.database import Database
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import drafts, worklist
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import Audience, EventRow, MessageRow, Owner
from tests.test_service.conversations.event_replay import reduced
from tests.test_service.conversations.talk_acts import with_tables
from tests.test_service.conversations.talk_machine import TalkMachine
from tests.test_service.conversations.widget_reducer import WEB, widget_reducer
from tests.test_service.doubles import ticking

pytestmark = pytest.mark.slow
# What is found is not made smaller.
SEARCH = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
SEARCHES = 4
"""Seeds. Hypothesis takes constants from all modules loaded, so that one plays other steps beside other tests."""
# A start says nothing that the snapshot does not, some are for agents only, the last three are not stored.
FOR_AGENTS_ONLY = {
    EventKind.ANSWER_TRACED,
    EventKind.SNOOZED,
    EventKind.WOKEN,
    EventKind.TAGGED,
    EventKind.NOTED,
    EventKind.HELD,
    EventKind.WITHDRAWN,
    EventKind.ASSIGNED,
    EventKind.ACT_REFUSED,
    EventKind.TICKET_CHANGED,
    EventKind.TICKET_MERGED,
}
UNTOLD = {EventKind.STARTED, *FOR_AGENTS_ONLY, EventKind.TYPING, EventKind.DELTA, EventKind.LOOKING}
TOLD_TO_CUSTOMERS = [kind for kind in EventKind if kind not in UNTOLD]
append, write = log.append, Database.write
send, record, snapshot, assign = messages.send, messages.record, opening.snapshot, teams.assign


def explore(folder, record_case=lambda *_: None):
    around = ticking()
    for search in range(SEARCHES):
        url = f"sqlite:///{folder / f'{search}.db'}"
        asyncio.run(with_tables(url))
        machine = seed(search)(partial(TalkMachine, url, around, None, record_case))
        run_state_machine_as_test(machine, settings=SEARCH)


async def untold(kind, session, conversation, told, payload, **rest):
    """The change is made and the event forgotten."""
    if told == kind:
        return None
    return await append(session, conversation, told, payload, **rest)


async def uncounted(session, conversation, kind, payload, **rest):
    """Two numbers for an event now and then: a gap, which a client would wait for."""
    if kind == EventKind.RATED:
        conversation.last_seq += 1
    return await append(session, conversation, kind, payload, **rest)


async def told_to_customers(session, conversation, kind, payload, **rest):
    return await append(session, conversation, kind, payload, **{**rest, "audience": Audience.CUSTOMER})


async def told_to_agents(hidden, session, conversation, kind, payload, **rest):
    audience = Audience.AGENT if kind == hidden else rest.pop("audience", Audience.CUSTOMER)
    return await append(session, conversation, kind, payload, **{**rest, "audience": audience})


async def log_of_everybody(session, conversation_id, seq, *, audience, limit=500):
    query = select(EventRow).where(EventRow.seq > seq).order_by(EventRow.seq).limit(limit)
    rows = (await session.scalars(query)).all()
    return [log.Entry(row.seq, row.kind, row.audience, row.payload, row.created_at) for row in rows]


async def messages_of_everybody(session, conversation_id, *, up_to, after=0):
    query = select(MessageRow).where(MessageRow.seq <= up_to).order_by(MessageRow.seq)
    return (await session.scalars(query)).all()


async def sent_again(rules, session, conversation, *, client_id, text):
    """A repeated client_id is taken for a new message."""
    return await send(rules, session, conversation, client_id=rules.clock.new_id(client_id), text=text)


async def sent_twice(rules, session, conversation, *, client_id, text):
    """One send, two messages; the answer names one of them."""
    await send(rules, session, conversation, client_id=f"{client_id} too", text=text)
    return await send(rules, session, conversation, client_id=client_id, text=text)


async def sent_nowhere(rules, session, conversation, *, client_id, text):
    """Acknowledged, and stored nowhere."""
    if await stored.message_sent_as(session, conversation.id, client_id):
        return await send(rules, session, conversation, client_id=client_id, text=text)
    ownership.check_open(conversation)
    return {"text": text}, True


@asynccontextmanager
async def written_in_any_case(self):
    """What was written before a request failed is committed all the same."""
    failed = None
    async with write(self) as session:
        try:
            yield session
        except NotFoundError as error:
            failed = error
    if failed:
        raise failed


async def recorded_without_lease(rules, session, conversation_id, answer, **given):
    conversation = await stored.locked(session, conversation_id)
    return await record(rules, session, conversation_id, answer, **{**given, "lease": conversation.lease})


async def recorded_late(rules, session, conversation_id, answer, **given):
    newest = await stored.newest_message(session, conversation_id)
    return await record(rules, session, conversation_id, answer, **{**given, "in_reply_to": newest.id})


async def never_recorded(rules, session, conversation_id, answer, **given):
    return False


async def snapshot_ahead(session, conversation):
    """The number is later than the messages: what came between is never asked for."""
    found = await stored.messages(session, conversation.id, up_to=conversation.last_seq - 1)
    return opening.conversation_view(conversation, found)


async def snapshot_behind(session, conversation):
    """The number is older than what is shown: an event is applied to what has it already."""
    view = await snapshot(session, conversation)
    return {**view, "seq": view["seq"] - 1}


async def lease_for_all(session, conversation_id, holder, *, now, until):
    return True


async def claimed_by_two(rules, session, conversation, agent):
    ownership.check_open(conversation)
    conversation.owner, conversation.agent = Owner.AGENT, agent
    await append(session, conversation, EventKind.AGENT_JOINED, {"name": agent}, at=rules.clock.now())


async def given_by_anybody(rules, session, conversation, **given):
    """An agent gives away what a colleague has."""
    return await assign(rules, session, conversation, **{**given, "leads": True})


async def same_episode(session, conversation, now):
    """An old question is answered when the conversation is opened again."""
    conversation.owner, conversation.agent = Owner.BOT, None
    conversation.handover_reason = conversation.handover_text = None
    await append(session, conversation, EventKind.REOPENED, {"episode": conversation.episode}, at=now)


async def nobody_waits(session, *, now):
    return []


async def unmoved(*_, **__):
    """Nothing is done."""


def seen_whole(row):
    """A message with all its evidence, also somebody else's words."""
    return {**message_view(row), "evidence": row.evidence or []}


message_view = messages.message_view
BUGS = {
    **{f"{kind} is not told": (log, "append", partial(untold, kind)) for kind in TOLD_TO_CUSTOMERS},
    "an event is told to agents only": (log, "append", partial(told_to_agents, EventKind.MESSAGE_DONE)),
    "an agents' event is told to customers": (log, "append", told_to_customers),
    "a number is left out": (log, "append", uncounted),
    "the log shows another conversation": (log, "after", log_of_everybody),
    "a snapshot shows another conversation": (stored, "messages", messages_of_everybody),
    "a repeated client_id is a new message": (messages, "send", sent_again),
    "a send is stored twice": (messages, "send", sent_twice),
    "a send is acknowledged and lost": (messages, "send", sent_nowhere),
    "a send outlives the crash of its request": (Database, "write", written_in_any_case),
    "a closed conversation takes messages": (ownership, "check_open", lambda *_: None),
    "a reply without lease": (messages, "record", recorded_without_lease),
    "two servers have one lease": (stored, "take_lease", lease_for_all),
    "a reply to what is no longer the last word": (messages, "record", recorded_late),
    "the bot talks over a person": (ownership, "bot_may_speak", lambda _: True),
    "the bot never answers": (messages, "record", never_recorded),
    "a snapshot older than its number": (opening, "snapshot", snapshot_ahead),
    "a snapshot newer than its number": (opening, "snapshot", snapshot_behind),
    "two people have one conversation": (ownership, "claim", claimed_by_two),
    "what is given away stays where it was": (ownership, "give", unmoved),
    "agents give away what colleagues have": (teams, "assign", given_by_anybody),
    "what was the bot's is given back to nobody": (acts, "_given_back", lambda _: acts.Act(acts.Do.RELEASE)),
    "a reply that went out is held still": (drafts, "end_hold", unmoved),
    "who has nothing replies": (ownership, "check_holder", lambda *_: None),
    "an old question waits in a new episode": (ownership, "_begin_episode", same_episode),
    "after a restart nobody waits": (stored, "awaiting_bot", nobody_waits),
    "what is put off stays so when the customer writes": (snoozing, "wake", unmoved),
    "tags are told and not kept": (worklist, "change_tags", unmoved),
    "what was said is not found": (stored, "words_of", lambda _: []),
    "evidence of other customers is shown": (appending, "message_view", seen_whole),
}


# What is changed in the widget's source, and to what.
WIDGET_BUGS = {
    **{f"{kind} is ignored": (f'case "{kind}":', 'case "unknown":') for kind in TOLD_TO_CUSTOMERS},
    "what came late is applied again": ("if (event.seq <= state.seq) return state;", ""),
    "a number that is not the next is refused": ("event.seq <= state.seq", "event.seq !== state.seq + 1"),
    "the number stands still": ("{ ...withStored(state, event), seq: event.seq }", "withStored(state, event)"),
    "the newest message comes first": ("[...state.messages, message]", "[message, ...state.messages]"),
    "feedback is not taken back": ("payload.value || null", "payload.value"),
    "an old hand-over stays": ('status: "open", handover: null,', 'status: "open",'),
    "who has left stays": (": state.status, agent: null,", ": state.status,"),
    "the words of a hand-over are lost": ("handover: { ...payload }", "handover: null"),
    "a snapshot's messages are not taken": ("messages: [...snapshot.messages]", "messages: state.messages"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_in_the_server_is_found(bug, tmp_path, monkeypatch):
    monkeypatch.setattr(*BUGS[bug])
    with pytest.raises(AssertionError):
        explore(tmp_path)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """What a sound server shows in all those runs, in which nothing is found: snapshot, events, snapshot after them."""
    collected = []
    explore(tmp_path_factory.mktemp("sound"), lambda *case: collected.append(case))
    return [case for case in collected if case[1]]


@pytest.mark.parametrize("kind", TOLD_TO_CUSTOMERS)
def test_a_python_reducer_that_is_blind_for_a_kind_is_found(kind, cases):
    def blind(events):
        return [replace(event, kind="unknown") if event.kind == kind else event for event in events]

    assert any(reduced(before, blind(events)) != {**now, "seq": events[-1].seq} for before, events, now in cases)


@pytest.mark.parametrize("bug", WIDGET_BUGS)
def test_a_bug_in_the_widget_is_found(bug, cases, tmp_path):
    right, wrong = WIDGET_BUGS[bug]
    source = (WEB / "widget/state.js").read_text()
    assert right in source
    (tmp_path / "state.mjs").write_text(source.replace(right, wrong, 1))
    with widget_reducer(tmp_path / "state.mjs") as widget:
        if widget is None:
            pytest.skip("Node is not installed.")
        assert not all(widget.agrees(*case) for case in cases)


def test_the_widget_as_it_is_agrees_with_every_case(cases):
    with widget_reducer() as widget:
        if widget is None:
            pytest.skip("Node is not installed.")
        assert all(widget.agrees(*case) for case in cases)
