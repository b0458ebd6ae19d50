"""`understudy mcp` as an assistant sees it: the package's own client, over stdin and stdout, to a running server."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager

import pytest
from mcp import Client, StdioServerParameters
from typer.testing import CliRunner

from chatbot.cli.main import app
from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.settings import Settings
from tests.test_api.conftest import eventually, serving
from tests.test_service.live_desk import SearchedLoader

pytestmark = pytest.mark.integration


@pytest.fixture
async def desk(tmp_path):
    settings = Settings(home=tmp_path / "home", held_back=1.0)
    async with serving(settings, SearchedLoader(settings.desk())) as running:
        yield running


@asynccontextmanager
async def assistant(desk, *scopes, url=None):
    key = await api_keys.create(desk.app.state.running.database, "assistant", scopes=[*scopes] or [*Scope])
    command = ["-m", "chatbot", "mcp", "--url", url or desk.url]
    program = StdioServerParameters(command=sys.executable, args=command, env={"UNDERSTUDY_API_KEY": key})
    async with asyncio.timeout(60), Client(program) as client:
        yield client


async def test_an_assistant_searches_suggests_and_reads(desk):
    visitor = await desk.start()
    await visitor.say("When are you there?", "1")
    await eventually(desk.idle)
    before = (await visitor.get()).json()
    async with assistant(desk) as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == {"search", "suggest", "read_ticket"}
        assert all(tool.annotations.read_only_hint for tool in tools)
        found = (await client.call_tool("search", {"query": "opening hours"})).structured_content
        assert found["articles"][0]["slug"] == "opening-hours"
        assert "nine to five" in found["articles"][0]["text"]
        ticket = (await client.call_tool("read_ticket", {"ticket_id": visitor.id})).structured_content
        assert [each["role"] for each in ticket["messages"]] == ["customer", "bot"]
        for asked in (
            {"question": "When are you there?"},
            {"ticket_id": visitor.id},
            {"messages": [{"role": "customer", "text": "opening hours?"}]},
        ):
            told = (await client.call_tool("suggest", asked)).structured_content
            assert "nine to five" in told["suggestions"][0]["text"], asked
        for name, wrong, words in (
            ("read_ticket", {"ticket_id": "c_none"}, "404"),
            ("read_ticket", {"ticket_id": "../keys"}, "no conversation"),
            ("suggest", {}, "one of"),
            ("suggest", {"question": "a", "ticket_id": visitor.id}, "one of"),
        ):
            refused = await client.call_tool(name, wrong)
            assert refused.is_error
            assert words in refused.content[0].text
    assert (await visitor.get()).json() == before
    key = await api_keys.create(desk.app.state.running.database, "k")
    sets = await desk.client.get("/v1/suggestions", headers={"Authorization": f"Bearer {key}"})
    assert sets.json()["sets"] == []  # nothing was shown to people


async def test_it_may_do_what_its_key_may(desk):
    visitor = await desk.start()
    async with assistant(desk, Scope.SUGGEST) as client:
        refused = await client.call_tool("read_ticket", {"ticket_id": visitor.id})
        assert refused.is_error
        assert "scope_missing" in refused.content[0].text
        assert not (await client.call_tool("suggest", {"question": "opening hours?"})).is_error


async def test_a_desk_that_does_not_answer_is_told(desk):
    async with assistant(desk, url="http://127.0.0.1:9") as client:
        refused = await client.call_tool("search", {"query": "hours"})
        assert refused.is_error
        assert "does not answer" in refused.content[0].text


def test_without_a_key_or_with_another_address_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("UNDERSTUDY_API_KEY", raising=False)
    for more, words in (([], "keys create"), (["--key", "k", "--url", "ftp://x"], "looks like https://")):
        result = CliRunner().invoke(app, ["--home", str(tmp_path), "mcp", *more])
        assert result.exit_code == 1
        assert words in result.output


def test_without_the_package_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    monkeypatch.delitem(sys.modules, "chatbot.cli.mcp_tools", raising=False)
    result = CliRunner().invoke(app, ["--home", str(tmp_path), "mcp", "--key", "k"])
    assert result.exit_code == 1
    assert "understudy[mcp]" in result.output
