"""Who looks and types: told once a change, in every process the same, and over by itself."""

from __future__ import annotations

import asyncio

from chatbot.clock import real_clock
from chatbot.service.realtime import looking
from chatbot.service.realtime.hub import DESK, Hub
from chatbot.service.realtime.looking import digest


def hubs():
    """Two processes, each told of what the other forwards."""
    here, there = Hub(real_clock()), Hub(real_clock())
    here.forward, there.forward = there.receive, here.receive
    return here, there


async def test_what_one_process_is_told_all_of_them_know():
    here, there = hubs()
    with there.listen(DESK) as desk, there.listen("c_1") as customers, here.listen("c_1") as own:
        here.look("c_1", name="Mira", looks=True)
        there.look("c_1", name="Jon", looks=True)
        here.look("c_1", types=True)
        told = [event.payload for event in desk.drain().passing]
        assert customers.drain().passing == own.drain().passing == []
    assert here.looking.now() == there.looking.now()
    assert digest(here.looking.now()) == digest(there.looking.now())
    assert told[-1] == {
        "conversation_id": "c_1",
        "viewers": [{"name": "Jon", "typing": False}, {"name": "Mira", "typing": False}],
        "customer_types": True,
    }
    here.close()
    there.close()


async def test_only_changes_are_told(monkeypatch):
    monkeypatch.setattr(looking, "LOOKS_SECONDS", 0.05)
    told = []
    where = looking.Looking(real_clock(), told.append)
    for _ in range(3):
        where.hear("c_1", {"name": "Mira", "looks": True})
    where.hear("c_1", {"name": "Jon", "looks": False})
    assert len(told) == 1
    empty = digest({})
    assert digest(where.now()) != empty
    await asyncio.sleep(0.2)
    assert [event.payload["viewers"] for event in told] == [[{"name": "Mira", "typing": False}], []]
    assert digest(where.now()) == empty


async def test_more_conversations_than_there_is_room_for_are_not_kept(monkeypatch):
    monkeypatch.setattr(looking, "_MOST", 2)
    where = looking.Looking(real_clock(), lambda _: None)
    for name in ("c_1", "c_2", "c_3"):
        where.hear(name, {"types": True})
    assert list(where.now()) == ["c_1", "c_2"]
    where.close()
