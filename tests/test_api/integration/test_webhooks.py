"""Webhooks of a running server, received by a real server beside it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from chatbot.clock import real_clock
from chatbot.service import audit
from chatbot.service.access import api_keys
from chatbot.service.access.encryption import Encryptor
from chatbot.service.access.scopes import Scope
from chatbot.service.webhooks import sending
from chatbot.storage.queries import webhooks as stored
from tests.test_api.conftest import eventually, serving, until_told
from tests.test_service.doubles import RulePipeline, StandInLoader
from tests.webhook_receiver import receiving

WORDS = "my parcel to 12 Nightingale Lane is lost"


class Clock:
    def __init__(self):
        self.late = timedelta()

    def now(self):
        return datetime.now(UTC) + self.late


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(sending, "_LOOK_SECONDS", 0.05)


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url, "outgoing_allow": ("127.0.0.1",)})


@pytest.fixture
async def desk(settings, clock):
    loader = StandInLoader(RulePipeline.at_once())
    async with serving(settings, loader, replace(real_clock(), now=clock.now)) as running:
        key = await api_keys.create(running.app.state.running.database, "crm", scopes=[Scope.ADMIN])
        running.client.headers["Authorization"] = f"Bearer {key}"
        yield running


async def ask(desk, method, rest="", *, expect=200, **given):
    answer = await desk.client.request(method, f"/v1/webhooks{rest}", **given)
    assert answer.status_code == expect, answer.text
    return answer.json() if answer.content else None


async def add(desk, url, **more):
    return await ask(desk, "POST", expect=201, json={"url": url, **more})


async def talk(desk, *texts):
    """A new conversation in which a customer says this, and is answered each time."""
    visitor = await desk.start()
    for place, text in enumerate(texts):
        assert (await visitor.say(text, f"{place}")).status_code == 201
        await visitor.until("message.done")
    return visitor


async def test_what_happens_is_told_signed_and_without_a_customers_words(desk, receiver):
    made = await add(desk, receiver.url, description="CRM")
    visitor = await talk(desk, WORDS)
    await visitor.post("/handover")
    await visitor.post("/rating", {"score": 4, "comment": WORDS})
    await visitor.post("/closure")
    await eventually(lambda: len(receiver.taken) == 6)
    told = [each.said for each in receiver.heard]
    assert [each["type"] for each in told] == [
        "conversation.created",
        "message.created",
        "message.created",
        "conversation.handed_over",
        "conversation.rated",
        "conversation.closed",
    ]
    assert [each["data"]["role"] for each in told[1:3]] == ["customer", "bot"]
    assert told[4]["data"]["score"] == 4
    assert {each["data"]["conversation_id"] for each in told} == {visitor.id}
    seqs = [each["data"]["seq"] for each in told]
    assert seqs == sorted(set(seqs))
    for heard in receiver.heard:
        assert Webhook(made["secret"]).verify(heard.text, heard.headers) == heard.said
        assert "Nightingale" not in heard.text
        assert "." not in heard.id
    assert len({heard.id for heard in receiver.heard}) == 6
    listed = await ask(desk, "GET", f"/{made['id']}/deliveries?limit=4")
    more = await ask(desk, "GET", f"/{made['id']}/deliveries?limit=4&cursor={listed['next']}")
    assert [each["body"] for each in listed["deliveries"] + more["deliveries"]] == [
        each.text for each in reversed(receiver.heard)
    ]
    assert more["next"] is None
    assert listed["deliveries"][0]["tries"][0]["status"] == 204
    metrics = (await desk.client.get("/metrics")).text
    assert 'understudy_webhook_tries_total{state="delivered"} 6.0' in metrics


async def test_only_the_types_that_were_asked_for(desk, receiver):
    await add(desk, receiver.url, types=["conversation.closed", "conversation.created"])
    visitor = await talk(desk, "hello")
    await visitor.post("/closure")
    await eventually(lambda: len(receiver.taken) == 2)
    assert [each.said["type"] for each in receiver.heard] == ["conversation.created", "conversation.closed"]


async def test_a_conversation_keeps_its_order_and_holds_up_no_other(desk, receiver, clock):
    made = await add(desk, receiver.url, types=["message.created"])
    stuck = await talk(desk, "first")
    await eventually(lambda: len(receiver.taken) == 2)
    receiver.answer = lambda heard: (500 if heard.data["conversation_id"] == stuck.id else 204, {}, "")
    await stuck.say("second", "b")
    await stuck.until("message.done", after=4)
    await talk(desk, "other")
    await eventually(lambda: len(receiver.taken) == 4)
    await asyncio.sleep(0.3)
    assert [each.data["conversation_id"] for each in receiver.heard].count(stuck.id) == 3  # the fourth waits for it
    pending = (await ask(desk, "GET", f"/{made['id']}/deliveries?state=pending"))["deliveries"]
    assert [len(each["tries"]) for each in pending] == [0, 1]
    assert pending[1]["answer"] is None  # what a host of one's own network says is not shown to who chose the URL
    receiver.answer = lambda _: (204, {}, "")
    clock.late += timedelta(seconds=7)
    await eventually(lambda: len(receiver.taken) == 6)
    seqs = [each.data["seq"] for each in receiver.taken if each.data["conversation_id"] == stuck.id]
    assert seqs == sorted(seqs)
    assert receiver.heard[-2].id in {each.id for each in receiver.heard[:-2]}  # the same id in every try


async def test_another_secret_signs_beside_the_old_one_until_its_time_is_over(desk, receiver, clock):
    made = await add(desk, receiver.url, types=["conversation.created"])
    new = await ask(desk, "POST", f"/{made['id']}/secret", expect=201, json={"overlap_hours": 24})
    await desk.start()
    await eventually(lambda: len(receiver.taken) == 1)
    heard = receiver.heard[0]
    for secret in (made["secret"], new["secret"]):
        Webhook(secret).verify(heard.text, heard.headers)
    clock.late += timedelta(hours=25)
    await desk.start()
    await eventually(lambda: len(receiver.taken) == 2)
    last = receiver.heard[1]
    at = datetime.fromtimestamp(int(last.headers["webhook-timestamp"]), UTC)
    assert last.headers["webhook-signature"] == Webhook(new["secret"]).sign(last.id, at, last.text)
    old = {**last.headers, "webhook-signature": Webhook(made["secret"]).sign(last.id, at, last.text)}
    said = await verified(desk, made, old, last.text)
    assert not said["valid"]
    assert "rotation" in said["why"]


async def verified(desk, made, headers, text):
    return await ask(desk, "POST", f"/{made['id']}/verification", json={"headers": headers, "body": text})


async def test_whoever_cannot_verify_a_request_is_told_why(desk, receiver, clock):
    made = await add(desk, receiver.url, types=["conversation.created"])
    await desk.start()
    await eventually(lambda: len(receiver.taken) == 1)
    headers, text = receiver.heard[0].headers, receiver.heard[0].text
    assert (await verified(desk, made, headers, text))["valid"]
    upper = {name.title(): value for name, value in headers.items()}
    assert (await verified(desk, made, upper, text))["valid"]
    wrong = {
        "missing": ({}, text),
        "number of seconds": ({**headers, "webhook-timestamp": "2026-03-02"}, text),
        "written anew": (headers, json.dumps(json.loads(text))),
        "was changed": (headers, text.replace("created", "closed")),
        "another secret": ({**headers, "webhook-signature": "v1," + "A" * 43 + "="}, text),
        "no signature of version": ({**headers, "webhook-signature": "v1a,xxxx"}, text),
        "not by this webhook": ({**headers, "webhook-id": "msg_other"}, text),
    }
    for word, (sent, body) in wrong.items():
        said = await verified(desk, made, sent, body)
        assert not said["valid"]
        assert word in said["why"], said
    clock.late += timedelta(minutes=6)
    assert "seconds old" in (await verified(desk, made, headers, text))["why"]


async def test_gone_switches_it_off_and_on_again_it_gets_what_it_missed(desk, receiver):
    made = await add(desk, receiver.url, types=["conversation.created"])
    receiver.answer = lambda _: (410, {}, "")
    await desk.start()

    async def now():
        return await ask(desk, "GET", f"/{made['id']}")

    await until_told(now, lambda told: not told["on"])
    assert (await now())["off_because"] == "it answered 410 Gone"
    later = await desk.start()
    await asyncio.sleep(0.3)
    assert len(receiver.heard) == 1
    receiver.answer = lambda _: (204, {}, "")
    assert (await ask(desk, "PUT", f"/{made['id']}", json={"on": True}))["on"]
    await eventually(lambda: len(receiver.taken) == 1)
    assert receiver.taken[0].data["conversation_id"] == later.id
    async with desk.app.state.running.database.read() as session:
        acts = [line["act"] for line in await audit.page(session, 0, 50)]
    assert acts[-3:] == ["webhook_made", "webhook_off", "webhook_changed"]


async def test_what_was_given_up_is_sent_again_one_or_all(desk, receiver, clock):
    made = await add(desk, receiver.url, types=["conversation.created"])
    receiver.answer = lambda _: (500, {}, "")
    before = clock.now()
    for _ in range(3):
        await desk.start()
    failed = f"/{made['id']}/deliveries?state=failed"
    while len(given_up := (await ask(desk, "GET", failed))["deliveries"]) < 3:
        clock.late += timedelta(hours=30)
        await asyncio.sleep(0.1)
        if not (await ask(desk, "GET", f"/{made['id']}"))["on"]:  # five days are over
            await ask(desk, "PUT", f"/{made['id']}", json={"on": True})
    assert {len(each["tries"]) for each in given_up} == {10}
    receiver.answer = lambda _: (204, {}, "")
    await ask(desk, "PUT", f"/{made['id']}", json={"on": True})
    again = await ask(desk, "POST", f"/{made['id']}/deliveries/{given_up[0]['id']}/resend")
    assert again["state"] == "pending"
    await eventually(lambda: len(receiver.taken) == 1)
    assert receiver.taken[0].id == given_up[0]["id"]
    receiver.answer = lambda heard: (500 if heard.id in {each["id"] for each in given_up} else 204, {}, "")
    count = await ask(desk, "POST", f"/{made['id']}/deliveries/resend", json={"since": before.isoformat()})
    assert count == {"count": 2}
    receiver.answer = lambda _: (204, {}, "")
    await ask(desk, "PUT", f"/{made['id']}", json={"on": True, "url": receiver.url})  # another try for all, now
    await eventually(lambda: len(receiver.taken) == 3)
    assert {each.id for each in receiver.taken} == {each["id"] for each in given_up}
    await ask(desk, "POST", f"/{made['id']}/deliveries/msg_none/resend", expect=404)


async def test_a_test_tells_at_once_what_comes_of_it(desk, receiver):
    made = await add(desk, receiver.url, types=["conversation.closed"])
    sent = await ask(desk, "POST", f"/{made['id']}/test")
    assert (sent["state"], sent["type"], sent["tries"][0]["status"]) == ("delivered", "webhook.test", 204)
    Webhook(made["secret"]).verify(receiver.heard[0].text, receiver.heard[0].headers)
    receiver.answer = lambda _: (302, {"location": receiver.url}, "")
    sent = await ask(desk, "POST", f"/{made['id']}/test")
    assert (sent["state"], sent["tries"][0]["status"]) == ("failed", 302)
    assert len(receiver.heard) == 2
    await ask(desk, "PUT", f"/{made['id']}", json={"url": "https://nobody.invalid/"})
    sent = await ask(desk, "POST", f"/{made['id']}/test")
    assert (sent["state"], sent["tries"][0]["status"]) == ("failed", None)
    assert "nobody.invalid does not answer" in sent["tries"][0]["error"]
    assert (await ask(desk, "GET", f"/{made['id']}"))["failures"] == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"url": "http://crm.example/"}, 422, "invalid_input"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, 502, "address_refused"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, 502, "address_refused"),
        ({"url": "https://2130706434/"}, 502, "address_refused"),
        ({"url": "https://u:p@crm.example/"}, 422, "invalid_input"),
        ({"url": "https://crm.example/", "types": ["message.sent"]}, 422, "invalid_input"),
        ({"url": "https://crm.example/", "secret": "whsec_c2hvcnQ="}, 422, "invalid_input"),
        ({"url": "https://crm.example/", "secret": "not base64"}, 422, "invalid_input"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused_at_once(desk, body, status, code):
    refused = await ask(desk, "POST", json=body, expect=status)
    assert refused["code"] == code


async def test_secrets_are_shown_once_and_stored_encrypted(desk, receiver, all_that_is_stored):
    own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
    made = await add(desk, receiver.url, secret=own)
    assert made["secret"] == own
    assert own not in json.dumps(await ask(desk, "GET"))
    await desk.start()
    await eventually(lambda: len(receiver.taken) == 1)
    Webhook(own).verify(receiver.heard[0].text, receiver.heard[0].headers)
    await desk.stop()
    assert own[6:30].encode() not in all_that_is_stored()


async def test_one_whose_secret_cannot_be_read_any_more_goes_on_with_another(desk, receiver):
    made = await add(desk, receiver.url, types=["conversation.created"])
    async with desk.app.state.running.database.write() as session:
        row = await stored.webhook(session, made["id"])
        row.secret = Encryptor(b"another").encrypt(made["secret"])
    await desk.start()
    await asyncio.sleep(0.3)
    assert receiver.heard == []
    new = await ask(desk, "POST", f"/{made['id']}/secret", expect=201, json={})
    await eventually(lambda: len(receiver.taken) == 1)
    Webhook(new["secret"]).verify(receiver.heard[0].text, receiver.heard[0].headers)


async def test_a_removed_one_is_told_nothing_more(desk, receiver):
    made = await add(desk, receiver.url)
    await desk.start()
    await eventually(lambda: len(receiver.taken) == 1)
    await ask(desk, "DELETE", f"/{made['id']}", expect=204)
    await ask(desk, "GET", f"/{made['id']}", expect=404)
    await desk.start()
    await asyncio.sleep(0.3)
    assert len(receiver.heard) == 1


async def test_one_that_stalls_keeps_no_other_waiting(desk, receiver):
    held = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stall(_):
        asyncio.run_coroutine_threadsafe(held.wait(), loop).result(20)
        return 204, {}, ""

    with receiving() as slow:
        slow.answer = stall
        await add(desk, slow.url, types=["conversation.created"])
        await add(desk, receiver.url, types=["conversation.created"])
        for _ in range(12):
            await desk.start()
        await eventually(lambda: len(receiver.taken) == 12)
        await asyncio.sleep(0.1)
        assert len(slow.heard) == 8  # as many as one webhook has under way at once
        held.set()
        await eventually(lambda: len(slow.taken) == 12)


async def test_two_servers_on_one_database_send_each_thing_once_and_in_order(settings, desk, receiver, clock):
    if not desk.app.state.running.database.server:
        pytest.skip("one server has an SQLite desk to itself")
    other_home = settings.model_copy(update={"home": settings.home})
    async with serving(other_home, StandInLoader(RulePipeline.at_once()), replace(real_clock(), now=clock.now)):
        await add(desk, receiver.url)
        talked = [await talk(desk, "one", "two") for _ in range(4)]
        await eventually(lambda: len(receiver.taken) >= 20)
        await asyncio.sleep(0.5)
    assert len(receiver.heard) == 20
    for each in talked:
        seqs = [heard.data["seq"] for heard in receiver.heard if heard.data["conversation_id"] == each.id]
        assert len(seqs) == 5
        assert seqs == sorted(seqs)
