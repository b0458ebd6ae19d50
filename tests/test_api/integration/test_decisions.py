"""May this be answered by itself? And having it done: once, by the bot, where it may; on both databases."""

from __future__ import annotations

import asyncio

import pytest

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.service.audit import COMMAND_LINE
from chatbot.service.serving import alone
from tests.test_api.conftest import eventually, serving
from tests.test_api.integration.test_triage import ASK, ELSEWHERE
from tests.test_service.doubles import Promising


@pytest.fixture
def loader():
    return Promising()


@pytest.fixture
async def desk(settings, database_url, loader):
    async with serving(settings.model_copy(update={"database_url": database_url}), loader) as running:
        yield running


@pytest.fixture
async def call(desk):
    key = await api_keys.create(desk.app.state.running.database, "help desk", scopes=[*Scope])

    async def post(path, body, **headers):
        headers = {"Authorization": f"Bearer {key}", **headers}
        return await desk.client.post(f"/v1{path}", json=body, headers=headers)

    post.headers = {"Authorization": f"Bearer {key}"}
    return post


@pytest.fixture
async def waiting(desk):
    """A conversation that the bot has and has not answered: it is kept from that, as where no chat is live."""
    running = desk.app.state.running
    running.answering.notice = lambda _: None
    running.answering._sweep = lambda _: asyncio.sleep(0)
    visitor = await desk.start()
    await visitor.say(ASK, "1")
    return visitor


async def test_a_decision_sends_nothing_unless_asked(call, waiting):
    told = (await call("/decisions", {"ticket_id": waiting.id})).json()
    assert (told["action"], told["reason"], told["contract"]) == ("answer", "confident", "c1")
    assert told["reply"]["text"] == f"You said: {ASK}"
    assert told["reply"]["evidence"][0]["id"] == "t1:1"
    assert (told["acted"], told["why"]["code"], told["message_id"]) == (False, "not_asked", None)
    assert len((await waiting.get()).json()["messages"]) == 1
    elsewhere = (await call("/decisions", {"messages": ELSEWHERE})).json()
    assert elsewhere["reply"]["text"] == "You said: And when does it come?"
    silent = (await call("/decisions", {"messages": [{"role": "agent", "text": "hi"}]})).json()
    assert (silent["action"], silent["reason"], silent["reply"]) == ("hand_over", "no_customer_words", None)
    assert (await call("/decisions", {"messages": ELSEWHERE, "act": True})).status_code == 422


async def test_an_act_is_one_answer_of_the_bot_however_often_it_is_sent(call, waiting, desk):
    body, key = {"ticket_id": waiting.id, "act": True}, {"Idempotency-Key": "k1"}
    first, *others = await asyncio.gather(*(call("/decisions", body, **key) for _ in range(3)))
    told = [each.json() for each in (first, *others)]
    acted = [each for each in told if each["acted"]]
    assert acted
    assert len({each["message_id"] for each in acted}) == 1
    again = await call("/decisions", body, **key)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["message_id"] == acted[0]["message_id"]
    said = (await waiting.get()).json()["messages"]
    assert [(each["role"], each["id"]) for each in said[1:]] == [("bot", acted[0]["message_id"])]
    assert said[1]["decision"] == "answer"
    kinds = [event["kind"] for event in await waiting.until("message.done")]
    assert kinds.count("message.done") == 1
    without_key = (await call("/decisions", body)).json()
    assert (without_key["acted"], without_key["why"]["code"]) == (False, "answered")
    other = await call("/decisions", {"ticket_id": waiting.id, "act": False}, **key)
    assert other.status_code in {200, 422}
    trace = await desk.client.get(
        f"/v1/messages/{acted[0]['message_id']}/trace",
        headers={"Authorization": first.request.headers["authorization"]},
    )
    assert trace.status_code == 200


async def test_a_person_has_it(call, waiting):
    assert (await call(f"/conversations/{waiting.id}/claim", {"agent": "Mira"})).status_code == 200
    told = (await call("/decisions", {"ticket_id": waiting.id, "act": True})).json()
    assert (told["action"], told["acted"], told["why"]["code"]) == ("answer", False, "with_a_person")
    assert len((await waiting.get()).json()["messages"]) == 1


async def test_who_takes_it_while_it_is_decided_has_it(call, waiting, loader):
    loader.pipeline.released.clear()
    deciding = asyncio.create_task(call("/decisions", {"ticket_id": waiting.id, "act": True}))
    await eventually(lambda: bool(loader.pipeline.asked))
    assert (await call(f"/conversations/{waiting.id}/claim", {"agent": "Mira"})).status_code == 200
    loader.pipeline.released.set()
    told = (await deciding).json()
    assert (told["acted"], told["why"]["code"]) == (False, "with_a_person")
    assert [each["role"] for each in (await waiting.get()).json()["messages"]] == ["customer"]


async def test_what_was_said_meanwhile_is_not_passed_over(call, waiting, loader):
    loader.pipeline.released.clear()
    deciding = asyncio.create_task(call("/decisions", {"ticket_id": waiting.id, "act": True}))
    await eventually(lambda: bool(loader.pipeline.asked))
    await waiting.say("it is urgent", "2")
    loader.pipeline.released.set()
    told = (await deciding).json()
    assert (told["acted"], told["why"]["code"]) == (False, "changed")


async def test_what_is_for_a_person_is_left_as_it_is(call, waiting):
    await waiting.say("a person please", "2")
    before = (await waiting.get()).json()
    told = (await call("/decisions", {"ticket_id": waiting.id, "act": True})).json()
    assert (told["action"], told["acted"], told["why"]["code"]) == ("hand_over", False, "not_sure")
    assert (await waiting.get()).json() == before


async def test_stopped_and_closed(call, waiting, desk):
    running = desk.app.state.running
    async with running.database.write() as session:
        await alone.switch(running.clock, session, COMMAND_LINE, on=False)
    told = (await call("/decisions", {"ticket_id": waiting.id, "act": True})).json()
    assert (told["acted"], told["why"]["code"]) == (False, "stopped")
    await waiting.post("/closure")
    told = (await call("/decisions", {"ticket_id": waiting.id, "act": True})).json()
    assert (told["acted"], told["why"]["code"]) == (False, "closed")
    assert [each["role"] for each in (await waiting.get()).json()["messages"]] == ["customer"]


@pytest.mark.parametrize("loader", [Promising(contract=None)])
async def test_without_a_contract_nothing_is_sent(call, waiting):
    answer = await call("/decisions", {"ticket_id": waiting.id, "act": True})
    told = answer.json()
    assert (answer.status_code, told["acted"], told["why"]["code"], told["contract"]) == (
        200,
        False,
        "no_contract",
        None,
    )
    assert len((await waiting.get()).json()["messages"]) == 1


async def test_nothing_was_asked(call, desk):
    silent = await desk.start()
    told = (await call("/decisions", {"ticket_id": silent.id, "act": True})).json()
    assert (told["action"], told["acted"], told["why"]["code"]) == ("hand_over", False, "nothing_asked")


async def test_a_ticket_that_nobody_has_is_answered_and_is_nobodys_again(call, desk):
    said = [{"role": "customer", "text": ASK, "audience": "customer"}]
    ticket = (await call("/tickets", {"messages": said})).json()
    act = {"ticket_id": ticket["id"], "act": True}
    assert (await call("/decisions", act)).json()["acted"]
    read = await tickets_of(call, desk)
    assert [(each["owner"], each["waiting_since"], each["category"]) for each in read] == [(None, None, "open")]
    assert [each["role"] for each in read[0]["messages"]] == ["customer", "bot"]
    assert (await call("/decisions", act)).json()["why"]["code"] == "answered"
    url = f"/tickets/{ticket['id']}/messages"
    again = {"client_id": "2", "role": "customer", "text": "and when?", "audience": "customer"}
    assert (await call(url, again)).status_code == 201
    assert (await tickets_of(call, desk))[0]["waiting_since"] is not None
    assert (await call("/decisions", act)).json()["acted"]
    assert (await call(f"/tickets/{ticket['id']}/claim", {"agent": "Mira"})).status_code == 200
    reply = {"agent": "Mira", "client_id": "3", "text": "Tomorrow.", "audience": "customer"}
    assert (await call(url, reply)).status_code == 201
    assert (await call(f"/tickets/{ticket['id']}/release", {"agent": "Mira", "to": "waiting"})).status_code == 200
    assert (await call(url, {**again, "client_id": "4"})).status_code == 201
    assert (await call("/decisions", act)).json()["why"]["code"] == "waits_for_a_person"


async def test_who_asked_for_a_person_gets_one(call, waiting):
    await waiting.post("/handover")
    told = (await call("/decisions", {"ticket_id": waiting.id, "act": True})).json()
    assert (told["acted"], told["why"]["code"]) == (False, "waits_for_a_person")


async def tickets_of(call, desk):
    answer = await desk.client.get("/v1/tickets", params={"include": "messages"}, headers=call.headers)
    return answer.json()["items"]
