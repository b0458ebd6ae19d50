"""`understudy webhooks`: made, tested, listed, switched, given another secret, removed; and what the doctor says."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook
from typer.testing import CliRunner

from chatbot.cli.main import app
from chatbot.errors import NotReadyError
from chatbot.service.monitoring import doctor
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from chatbot.storage.queries import webhooks as stored
from tests.webhook_receiver import receiving


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_OUTGOING_ALLOW", "127.0.0.1")

    def command(*words, fails=False):
        result = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "webhooks", *words])
        assert (result.exit_code != 0) == fails, result.output
        return result.output

    return command


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


def test_from_the_first_to_the_last_command(run, receiver):
    made = json.loads(run("add", receiver.url, "--type", "message.created", "--json").splitlines()[-1])
    assert run("test", made["id"]).startswith("delivered: 204 after")
    heard = receiver.heard[0]
    assert Webhook(made["secret"]).verify(heard.text, heard.headers)["type"] == "webhook.test"
    receiver.answer = lambda _: (500, {}, "")
    assert run("test", made["id"], fails=True).startswith("failed: 500 after")
    assert "message.created  nothing delivered yet" in run("list")
    new = run("rotate", made["id"]).split()[1]
    run("test", made["id"], fails=True)
    for secret in (made["secret"], new):
        Webhook(secret).verify(receiver.heard[2].text, receiver.heard[2].headers)
    assert "off: somebody switched it off" in run("switch", made["id"], "--off")
    assert "nothing delivered yet" in run("switch", made["id"], "--on")
    assert run("resend", made["id"], "--since", "2026-03-02") == "2 are sent anew.\n"
    assert new not in run("list", "--json")
    run("remove", made["id"])
    assert json.loads(run("list", "--json")) == {"webhooks": []}
    run("remove", made["id"], fails=True)


@pytest.mark.parametrize(
    "url",
    ["http://crm.example/", "https://10.0.0.1/", "https://2130706434/", "crm.example", "https://a:b@crm.example/"],
)
def test_what_cannot_be_one_is_refused(run, url):
    run("add", url, fails=True)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", outgoing_allow="127.0.0.1")


def changed(settings, webhook_id, **values):
    async def change():
        async with open_database(settings.database()) as database, database.write() as session:
            row = await stored.webhook(session, webhook_id)
            for name, value in values.items():
                setattr(row, name, value)

    asyncio.run(change())


def test_the_doctor_warns_before_one_is_switched_off(run, receiver, settings):
    made = run("add", receiver.url).split()[0]
    assert asyncio.run(doctor._webhooks(settings)) == "1, 0 deliveries wait."
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    changed(settings, made, warned_at=at, failing_since=at, failures=12)
    with pytest.raises(NotReadyError, match="fails since 2026-03-02 09:30 UTC"):
        asyncio.run(doctor._webhooks(settings))
    changed(settings, made, on=False, off_because="it failed for five days")
    with pytest.raises(NotReadyError, match="is off, it failed for five days"):
        asyncio.run(doctor._webhooks(settings))
    run("switch", made, "--on")
    assert asyncio.run(doctor._webhooks(settings)) == "1, 0 deliveries wait."
    run("switch", made, "--off")  # as somebody wants it
    assert asyncio.run(doctor._webhooks(settings)) == "1, 0 deliveries wait."
    with pytest.raises(NotReadyError, match="UNDERSTUDY_OUTGOING_ALLOW"):
        asyncio.run(doctor._webhooks(settings.model_copy(update={"outgoing_allow": ("10.0.0.0/99",)})))
