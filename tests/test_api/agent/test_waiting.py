"""Who has a conversation, over HTTP: hand-over, claim, reply, release, re-opening; and following it by asking."""

from __future__ import annotations

import asyncio

import pytest

from chatbot.service.access import api_keys
from chatbot.storage.database import open_database
from tests.test_api.conftest import eventually


@pytest.fixture
def settings(settings, database_url):
    # Never open but for one minute a week: whoever is handed over reads when that is.
    return settings.model_copy(update={"database_url": database_url, "hours": "Wed 03:07-03:08 Europe/Berlin"})


@pytest.fixture
async def team(desk, settings):
    """Calls the agents' routes."""
    async with open_database(settings.database()) as database:
        key = await api_keys.create(database, "help desk")

    async def call(method, path, body=None):
        return await desk.client.request(method, f"/v1{path}", json=body, headers={"Authorization": f"Bearer {key}"})

    return call


async def test_a_person_takes_over_answers_and_gives_back(desk, team):
    visitor = await desk.start()
    await visitor.say("a person please", "1")
    await visitor.until("handover.requested")
    (waiting,) = (await team("GET", "/queue")).json()["waiting"]
    assert (waiting["id"], waiting["handover"]["reason"]) == (visitor.id, "customer_asked")

    path = f"/conversations/{visitor.id}"
    hello = {"agent": "Mira", "visible_to": "customer", "client_id": "r1", "text": "Hello!"}
    early = await team("POST", f"{path}/replies", hello)
    assert (early.status_code, early.json()["code"]) == (409, "not_yours")
    assert (await team("POST", f"{path}/claim", {"agent": "Mira"})).json()["status"] == "agent"
    taken = await team("POST", f"{path}/claim", {"agent": "Bo"})
    assert (taken.status_code, taken.json()["code"]) == (409, "already_taken")
    assert "Mira" in taken.json()["detail"]
    sent = [(await team("POST", f"{path}/replies", hello)).status_code for _ in range(2)]
    assert sent == [201, 200]
    await visitor.say("thank you", "2")
    await eventually(desk.idle)
    snapshot = (await visitor.get()).json()
    assert [(one["role"], one["author"]) for one in snapshot["messages"]] == [
        ("customer", None),
        ("bot", None),
        ("agent", "Mira"),
        ("customer", None),
    ]
    assert (snapshot["status"], snapshot["agent"]) == ("agent", "Mira")
    thread = (await team("GET", f"/queue/{visitor.id}")).json()
    of_team = {"seq", "visible_to", "mentions", "held_until", "acts"}
    assert {name: thread[name] for name in snapshot if name != "messages"} | {
        "messages": [{name: one[name] for name in one if name not in of_team} for one in thread["messages"]]
    } == snapshot

    assert (await team("POST", f"{path}/release", {"agent": "Mira", "to": "bot"})).json()["status"] == "open"
    await visitor.say("one more thing", "3")
    await visitor.until("message.done", after=snapshot["seq"])
    assert desk.loader.pipeline.asked[-1] == ("one more thing",)  # the bot reads its own episode only


async def test_of_many_claims_at_once_one_wins(desk, team):
    visitor = await desk.start()
    names = [f"agent {number}" for number in range(8)]
    answers = await asyncio.gather(
        *(team("POST", f"/conversations/{visitor.id}/claim", {"agent": name}) for name in names)
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    (winner,) = (name for name, answer in zip(names, answers, strict=True) if answer.status_code == 200)
    assert all(winner in answer.json()["detail"] for answer in answers if answer.status_code == 409)
    joined = [event for event in await visitor.until("agent.joined") if event["kind"] == "agent.joined"]
    assert [event["payload"] for event in joined] == [{"name": winner}]


async def test_where_nobody_is_there_the_customer_reads_when_and_leaves_an_address(desk, team):
    visitor = await desk.start()
    await visitor.post("/handover")
    handover = (await visitor.get()).json()["handover"]
    assert handover["expected"] == "Wednesday 03:07 (Europe/Berlin)"
    assert (await visitor.post("/contact", {"email": "not an address"})).status_code == 422
    assert (await visitor.post("/contact", {"email": "mira@example.com"})).status_code == 200
    assert (await visitor.until("contact.given"))[-1]["payload"] == {"email": "mira@example.com"}
    assert (await team("GET", "/queue")).json()["waiting"][0]["contact"] == "mira@example.com"

    assert (await team("POST", "/presence", {"agent": "Mira"})).status_code == 200
    other = await desk.start()
    await other.post("/handover")
    assert (await other.get()).json()["handover"]["expected"] is None


async def test_a_closed_conversation_goes_on_as_a_new_episode(desk):
    visitor = await desk.start()
    await visitor.say("a person please", "1")
    await visitor.until("handover.requested")
    await visitor.post("/closure")
    closed = (await visitor.get()).json()
    assert (await visitor.post("/reopening")).json()["status"] == "open"
    assert (await visitor.post("/reopening")).json()["seq"] == closed["seq"] + 1
    await visitor.say("me again", "2")
    await visitor.until("message.done", after=closed["seq"])
    snapshot = (await visitor.get()).json()
    assert (snapshot["status"], snapshot["handover"]) == ("open", None)
    assert desk.loader.pipeline.asked[-1] == ("me again",)


async def test_who_cannot_stream_asks(desk):
    visitor = await desk.start()
    headers = {"Accept": "application/json"}

    async def ask(after, wait=0):
        url = f"/v1/conversations/{visitor.id}/events?after={after}&wait={wait}"
        return (await desk.client.get(url, headers={**visitor.headers, **headers})).json()

    first = await ask(0)
    assert [(one["seq"], one["kind"]) for one in first["events"]] == [(1, "conversation.started")]
    assert first["seq"] == 1
    assert await ask(1, wait=0.05) == {"events": [], "seq": 1}
    asking = asyncio.create_task(ask(1, wait=20))
    await asyncio.sleep(0.1)
    assert not asking.done()
    await visitor.post("/handover")
    found = await asking
    assert [one["kind"] for one in found["events"]] == ["handover.requested"]
    streamed = await visitor.until("handover.requested", after=1)
    assert streamed[-1]["payload"] == found["events"][0]["payload"]
