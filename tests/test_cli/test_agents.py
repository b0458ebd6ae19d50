"""`understudy agents` and `understudy audit`."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3

import pytest
from typer.testing import CliRunner

from chatbot.cli.agents import first_link
from chatbot.cli.main import app
from chatbot.clock import real_clock
from chatbot.service.access import sign_ins
from chatbot.service.access.encryption import Encryptor
from chatbot.service.access.passwords import Passwords
from chatbot.service.access.rate_limits import Limits
from chatbot.service.serving.server_lock import server_lock
from chatbot.settings import Settings
from chatbot.storage.database import open_database

PASSWORD = "correct horse battery"


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def run(home):
    def command(*words, exit_code=0):
        result = CliRunner().invoke(app, ["--home", str(home), *words])
        assert result.exit_code == exit_code, result.output
        return result.output

    return command


def accept(home, printed, **named):
    """Follow the link that was printed, as the console's page does."""
    token = re.search(r"http://127\.0\.0\.1:\d+/console/#link=(usl_\S+)", printed)[1]

    async def follow():
        async with open_database(Settings(home=home).database()) as database:
            door = sign_ins.SignIns(database, real_clock(), Passwords(), Limits(), Encryptor(b"s" * 32))
            return await door.accept(token, PASSWORD, sign_ins.Whence("test", None), **named)

    return asyncio.run(follow())


def test_the_first_start_prints_a_link_and_the_next_does_not(home, capsys):
    settings = Settings(home=home)
    first_link(settings)(8123)
    printed = capsys.readouterr().out
    assert "http://127.0.0.1:8123/console/" in printed
    first_link(settings)(8123)  # whoever starts again before it was used gets another
    again = capsys.readouterr().out
    accept(home, again, name="Ada", email="ada@shop.example")
    first_link(settings)(8123)
    assert capsys.readouterr().out == ""


def test_a_link_leads_to_the_server_that_has_the_desk(home, run, monkeypatch):
    invite = ("agents", "invite", "mira@shop.example", "--name", "Mira")
    assert "UNDERSTUDY_PUBLIC_URL" in run(*invite)  # no server runs
    again = ("agents", "link", "mira@shop.example")
    with server_lock(Settings(home=home, host="0.0.0.0")) as tell:
        tell(8123)
        printed = run(*again)
        assert "http://127.0.0.1:8123/console/#link=" in printed
        assert "UNDERSTUDY_PUBLIC_URL" in printed
    monkeypatch.setenv("UNDERSTUDY_PUBLIC_URL", "https://help.shop.example")
    printed = run(*again)
    assert "https://help.shop.example/console/#link=" in printed
    assert "UNDERSTUDY" not in printed


def test_people_are_invited_listed_and_changed(home, run):
    assert "understudy serve" in run("agents", "list")
    accept(home, run("agents", "invite", "ada@shop.example", "--name", "Ada", "--role", "admin"))
    invited = run("agents", "invite", "Mira@shop.example", "--name", "Mira", "--json")
    told = json.loads(invited.splitlines()[-1])
    assert (told["role"], told["state"], told["link"]) == ("agent", "invited", invited.splitlines()[-2])
    accept(home, invited)
    assert re.search(r"p_\w+  Mira <mira@shop.example>  agent  active", run("agents", "list"))
    assert "lead  active" in run("agents", "role", "mira@shop.example", "lead")
    assert "lead  disabled" in run("agents", "disable", told["id"])
    assert "lead  active" in run("agents", "enable", "MIRA@shop.example")
    accept(home, run("agents", "link", "mira@shop.example"))
    assert "lead  active" in run("agents", "remove-factor", "mira@shop.example")
    assert {each["name"] for each in json.loads(run("agents", "list", "--json").splitlines()[-1])["people"]} == {
        "Ada",
        "Mira",
    }


def test_mistakes_are_told(home, run):
    accept(home, run("agents", "invite", "ada@shop.example", "--name", "Ada", "--role", "admin"))
    assert "only admin" in run("agents", "disable", "ada@shop.example", exit_code=1)
    assert "only admin" in run("agents", "role", "ada@shop.example", "agent", exit_code=1)
    assert "agents list" in run("agents", "role", "eve@shop.example", "agent", exit_code=1)
    assert "already" in run("agents", "invite", "eve@shop.example", "--name", "ADA", exit_code=1)
    assert "mira@shop.example" in run("agents", "invite", "nonsense", "--name", "Eve", exit_code=1)
    assert run("agents", "invite", "eve@shop.example", "--name", "Eve", "--role", "boss", exit_code=2)


def test_the_audit_log_is_checked_and_exported(home, run, tmp_path):
    assert "0 lines" in run("audit", "verify")
    accept(home, run("agents", "invite", "ada@shop.example", "--name", "Ada", "--role", "admin"))
    run("keys", "create", "help desk")
    lines = [json.loads(line) for line in run("audit", "export").splitlines()]
    acts = [line["act"] for line in lines]
    assert acts == ["invited", "password_set", "signed_in", "key_made"]
    assert {line["via"].partition(" ")[0] for line in lines} == {"command", "link", "session"}
    run("audit", "export", str(tmp_path / "log.jsonl"))
    assert (tmp_path / "log.jsonl").read_text().count("\n") == 5  # and that it was exported
    told = json.loads(run("audit", "verify", "--json").splitlines()[-1])
    assert (told["ok"], told["lines"]) == (True, 6)
    run("audit", "verify", "--head", told["hash"])
    with sqlite3.connect(home / "app.db") as database:
        database.execute("UPDATE audit SET subject = 'p_eve' WHERE seq = 2")
    broken = run("audit", "verify", "--json", exit_code=1)
    assert "line 2 was changed" in broken
    assert json.loads(broken.splitlines()[-1])["lines"] == 1
