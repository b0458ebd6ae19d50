"""`understudy keys` and what the doctor says of them."""

from __future__ import annotations

import asyncio
import json

import pytest
from typer.testing import CliRunner

from chatbot.cli.main import app
from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.service.monitoring import doctor
from chatbot.settings import Settings
from chatbot.storage.database import open_database


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def run(home):
    def command(*words, exit_code=0):
        result = CliRunner().invoke(app, ["--home", str(home), *words])
        assert result.exit_code == exit_code, result.output
        return result

    return command


def keys_of(home):
    async def read():
        async with open_database(Settings(home=home).database()) as database:
            return await api_keys.list_all(database)

    return asyncio.run(read())


def test_a_key_is_made_for_scopes_and_a_person(run, home):
    made = run("keys", "create", "console", "--scope", "agent", "--scope", "suggest", "--agent", "Mira")
    assert made.stdout.startswith("us_")
    assert len(made.stdout.split()) == 1  # a script reads the key and nothing else
    assert made.stderr == ""
    (key,) = keys_of(home)
    assert (key.scopes, key.agent) == ((Scope.SUGGEST, Scope.AGENT), "Mira")
    assert "suggest,agent as Mira" in run("keys", "list").stdout
    assert "admin" in run("keys", "create", "x", "--scope", "everything", exit_code=2).output
    assert "--scope agent" in run("keys", "create", "x", "--scope", "knowledge", "--agent", "M", exit_code=1).output


def test_a_key_for_everything_is_told(run, home):
    made = run("keys", "create", "help desk")
    assert len(made.stdout.split()) == 1
    assert "--scope" in made.stderr
    assert "everything" in run("keys", "list").stdout
    (key,) = keys_of(home)
    told = asyncio.run(doctor._keys(Settings(home=home)))
    assert "1 of 1" in told
    assert f"help desk ({key.id})" in told
    run("keys", "revoke", key.id)
    assert asyncio.run(doctor._keys(Settings(home=home))) == "No API keys."
    run("keys", "create", "console", "--scope", "agent", "--agent", "Mira")
    run("keys", "create", "tool", "--scope", "suggest")
    assert asyncio.run(doctor._keys(Settings(home=home))) == "2 API keys, each for certain scopes only."


def test_a_key_through_which_anybody_answers_is_told(run, home):
    run("keys", "create", "help desk", "--scope", "agent")
    (key,) = keys_of(home)
    told = asyncio.run(doctor._keys(Settings(home=home)))
    assert f"counts as one agent, whoever answers through it: help desk ({key.id})." in told


def test_the_doctor_looks_at_keys_and_does_not_call_a_wide_one_broken(run, encoder_at_hand):
    run("keys", "create", "help desk")
    told = json.loads(run("doctor", "--json", exit_code=1).stdout.splitlines()[-1])
    assert told["keys"]["ok"]
    assert "may do everything" in told["keys"]["detail"]
