"""The acts of the sample shop's queue are known; tests/test_web/test_console_demo.py holds them."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading

from typer.testing import CliRunner

from chatbot.cli import demo_desk
from chatbot.cli.demo_desk import LEAD, open_desk
from chatbot.cli.main import app
from chatbot.clock import real_clock
from chatbot.home import Home
from chatbot.service.access.encryption import Encryptor
from chatbot.service.access.passwords import Passwords
from chatbot.service.access.rate_limits import Limits
from chatbot.service.access.sign_ins import SignIns, Whence
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from data.sample import QUEUE

KNOWN = {
    "customer": {"says", "asks_for_a_person", "leaves", "rates"},
    "Maren": {"claim", "tag", "replies", "notes", "snooze", "done"},
    "Tomek": {"claim", "tag", "replies", "notes", "snooze", "done"},
}


def test_the_queue_is_what_its_reader_knows():
    held = [json.loads(line) for line in QUEUE.read_text("utf-8").splitlines()]
    assert len(held) == 12
    assert all(acts[0][:2] == ["customer", "says"] for acts in held)
    assert [(who, what) for acts in held for who, what, *_ in acts if what not in KNOWN[who]] == []


def test_the_lead_proves_who_they_are_by_the_password_that_is_printed(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(demo_desk, "_fill", lambda *_: None)  # there is no server
    settings = Settings(home=tmp_path, demo=True)
    Home(tmp_path).create()

    async def asked(what):
        async with open_database(settings.database()) as database:
            door = SignIns(database, real_clock(), Passwords(), Limits(), Encryptor(b"s" * 32), demo=True)
            return await what(door)

    def started():
        with open_desk(settings) as tell:
            tell(8123)
        printed = capsys.readouterr().out
        password = re.search(rf"{LEAD[0]}, password (\S+)", printed)
        return re.search(r"#link=(\S+)", printed)[1], password and password[1]

    here = Whence("test", "127.0.0.1")
    started()
    token, password = started()  # another start, another password
    _, lead = asyncio.run(asked(lambda door: door.accept(token, None, here)))
    assert lead.person.state == "active"
    asyncio.run(asked(lambda door: door.prove(lead, password, here.address)))
    listed = CliRunner().invoke(app, ["--home", str(tmp_path), "agents", "list"]).output
    assert "active" in listed
    assert "invited" not in listed
    printed = CliRunner().invoke(app, ["--home", str(tmp_path), "agents", "link", LEAD[0]]).output
    own = re.search(r"#link=(\S+)", printed)[1]
    asyncio.run(asked(lambda door: door.accept(own, "correct horse battery", here)))
    assert started()[1] is None  # theirs stays


def test_a_server_that_stops_while_its_queue_is_filled_is_waited_for_and_leaves_no_key(tmp_path, capsys):
    settings = Settings(home=tmp_path, demo=True)
    Home(tmp_path).create()
    with socket.socket() as nobody:  # bound, and not listening
        nobody.bind(("127.0.0.1", 0))
        with open_desk(settings) as tell:
            tell(nobody.getsockname()[1])
    assert not [each for each in threading.enumerate() if "_fill" in each.name]
    capsys.readouterr()
    listed = CliRunner().invoke(app, ["--home", str(tmp_path), "keys", "list"]).output
    assert demo_desk._KEY in listed
    assert "revoked" in listed
