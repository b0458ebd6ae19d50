"""A server that is killed again and again while it writes into a help desk: nothing is lost there, nothing doubled."""

from __future__ import annotations

import asyncio
import json
import random
import re
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from chatbot.clock import real_clock
from chatbot.service.access.encryption import Encryptor
from chatbot.service.access.secret_key import secret_key
from chatbot.service.connectors import setting_up
from chatbot.service.outgoing.door import Door
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from chatbot.storage.tables.connectors import Level
from tests.test_api.test_killed_server import process
from tests.webhook_receiver import receiving

pytestmark = pytest.mark.integration
ROUNDS, TICKETS = 4, 3


@dataclass
class Tickets:
    """As much of a django-helpdesk as the connector calls; some writes arrive and are not confirmed."""

    chance: random.Random
    tickets: dict[int, dict] = field(default_factory=dict)

    def ask(self, text):
        number = len(self.tickets) + 1
        about = {"title": "A question", "description": text, "submitter_email": "ada@shop.example", "priority": 3}
        self.tickets[number] = {"id": number, "status": 1, "on_hold": False, "followup_set": [], **about}

    def answer(self, heard):
        path, number = heard.path.partition("?")[0], re.search(r"/tickets/([0-9]+)/$", heard.path.partition("?")[0])
        if heard.method == "POST":
            given = json.loads(heard.text)
            said = self.tickets[given.pop("ticket")]["followup_set"]
            date = datetime.now(UTC).isoformat()
            written = {"id": len(said) + 1, "user": 9, "title": "", "date": date, **given}
            said.append(written)
            return None if self.chance.random() < 0.2 else (201, {}, json.dumps(written))
        if heard.method == "PATCH" and number:
            self.tickets[int(number[1])].update(json.loads(heard.text))
        if number:
            found = self.tickets[int(number[1])]
        else:
            assert path.endswith("/tickets/")
            found = {"count": len(self.tickets), "next": None, "results": [*self.tickets.values()]}
        return 200, {}, json.dumps(found)


async def connected(home, url):
    settings = Settings(home=home, outgoing_allow="127.0.0.1")
    encryptor = Encryptor(secret_key(settings.desk().create()))
    wanted = setting_up.Wanted("help", "django-helpdesk", url, {"password": "x"}, Level.ANSWER)
    async with open_database(settings.database()) as database, database.write() as session:
        await setting_up.create(session, wanted, Door.of(settings), encryptor, real_clock())


async def read_once(home):
    """What lay there before is read: that gets nothing."""
    async with open_database(Settings(home=home).database()) as database:
        for _ in range(300):
            async with database.read() as session:
                (row,) = await setting_up.list_all(session)
            if row.synced_at is not None:
                return
            await asyncio.sleep(0.1)
    raise AssertionError("the help desk was not read within half a minute")


async def test_each_customer_is_answered_once_and_each_hard_one_noted_once_under_kill_9(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_OUTGOING_ALLOW", "127.0.0.1")
    monkeypatch.setenv("UNDERSTUDY_CONNECTOR_SECONDS", "1")
    monkeypatch.setenv("UNDERSTUDY_HELD_BACK", "0")
    chance = random.Random(3)
    theirs = Tickets(chance)
    with receiving() as help_desk:
        help_desk.answer = theirs.answer
        await connected(tmp_path, help_desk.url.removesuffix("/hooks"))
        async with process(tmp_path, way="promises"):
            await read_once(tmp_path)
        for _ in range(ROUNDS):
            async with process(tmp_path, way="promises") as (child, _):
                for _ in range(TICKETS):
                    theirs.ask(f"Question {len(theirs.tickets)}")
                    theirs.ask("I want a person")
                    await asyncio.sleep(chance.random())
                child.send_signal(signal.SIGKILL)
                await child.wait()
        async with process(tmp_path, way="promises"):
            for _ in range(400):
                if all(each["followup_set"] for each in theirs.tickets.values()):
                    break
                await asyncio.sleep(0.1)
            await asyncio.sleep(3)  # what would be written twice is written now
    assert len(theirs.tickets) == ROUNDS * TICKETS * 2
    for each in theirs.tickets.values():
        (said,) = each["followup_set"]
        assert said["public"] is (each["description"] != "I want a person")
        assert said["public"] is (said["comment"] == f"You said: {each['description']}")
