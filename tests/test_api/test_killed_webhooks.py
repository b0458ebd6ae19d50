"""A server that is killed again and again while it sends webhooks: none is lost, none overtakes another."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from collections import defaultdict

import pytest
from standardwebhooks import Webhook

from chatbot.clock import real_clock
from chatbot.service.access.encryption import Encryptor
from chatbot.service.access.secret_key import secret_key
from chatbot.service.outgoing.door import Door
from chatbot.service.webhooks import endpoints
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from tests.test_api.test_killed_server import process
from tests.webhook_receiver import receiving

pytestmark = pytest.mark.integration
CONVERSATIONS, ROUNDS, MESSAGES = 4, 3, 3


async def make(home, url):
    settings = Settings(home=home, outgoing_allow="127.0.0.1")
    encryptor = Encryptor(secret_key(settings.desk().create()))
    change = endpoints.Change(url=url)
    async with open_database(settings.database()) as database, database.write() as session:
        return (await endpoints.create(session, change, Door.of(settings), encryptor, real_clock()))[1]


async def stored(home):
    """What the desk's log holds that is told, by conversation, in its order."""
    told = defaultdict(list)
    from chatbot.service.webhooks import events
    from chatbot.storage.queries import events as log

    async with open_database(Settings(home=home).database()) as database:
        async with database.write() as session:
            await log.number(session)
        async with database.read() as session:
            for event in await log.numbered_after(session, 0, limit=10_000):
                if events.told(event, ()) is not None:
                    told[event.conversation_id].append(event.entry.seq)
    return told


async def test_none_is_lost_and_none_overtakes_another_under_kill_9(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_OUTGOING_ALLOW", "127.0.0.1")
    chance = random.Random(7)
    with receiving() as receiver:
        receiver.answer = lambda _: None if chance.random() < 0.05 else (204, {}, "")  # at times it hangs up
        secret = await make(tmp_path, receiver.url)
        talks = []
        for _ in range(ROUNDS):
            async with process(tmp_path, way="answers") as (child, client):
                while len(talks) < CONVERSATIONS:
                    made = (await client.post("/v1/conversations")).json()
                    talks.append((f"/v1/conversations/{made['id']}", {"Authorization": f"Bearer {made['token']}"}))
                for _ in range(MESSAGES):
                    for url, headers in talks:
                        said = {"client_id": f"{chance.random()}", "text": "hello"}
                        sent = await client.post(f"{url}/messages", json=said, headers=headers)
                        assert sent.status_code == 201
                    await asyncio.sleep(chance.random() * 0.15)
                child.send_signal(signal.SIGKILL)
                await child.wait()
        async with process(tmp_path, way="answers"):
            for _ in range(300):
                expected = await stored(tmp_path)
                if sum(map(len, expected.values())) <= len({each.id for each in receiver.taken}):
                    break
                await asyncio.sleep(0.1)
        expected = await stored(tmp_path)
    heard = defaultdict(list)
    for each in receiver.taken:
        assert Webhook(secret).verify(each.text, each.headers) == json.loads(each.text)
        of = heard[each.data["conversation_id"]]
        if not of or of[-1] != each.data["conversation_seq"]:  # the same again, where a server died before it noted it
            of.append(each.data["conversation_seq"])
    assert len(expected) == CONVERSATIONS
    assert sum(map(len, expected.values())) >= CONVERSATIONS * (1 + ROUNDS * MESSAGES)
    assert heard == expected
