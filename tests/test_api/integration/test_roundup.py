"""The connector against a real Roundup, which is installed by the test; where that cannot be, it is skipped."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from typer.testing import CliRunner

from chatbot.cli.main import app
from chatbot.service.connectors import setting_up
from chatbot.service.connectors.protocol import Change
from chatbot.service.outgoing.door import OutgoingError
from chatbot.storage.tables.connectors import Level
from tests.test_api.integration import help_desks
from tests.test_api.integration.help_desks import SUGGESTED, adapter, connect, in_thread, serving_beside, until
from tests.test_service.connectors.real_helpdesk import NotInstalledError
from tests.test_service.connectors.real_roundup import real_roundup

pytestmark = pytest.mark.slow  # it installs a help desk and starts it


@pytest.fixture(scope="module")
def theirs():
    try:
        with real_roundup() as running:
            yield running
    except NotInstalledError as error:
        pytest.skip(str(error))


@pytest.fixture
async def desk(settings):
    async with serving_beside(settings) as running:
        yield running


async def test_a_customers_ticket_gets_a_note_that_the_customer_does_not_see(desk, theirs):
    await connect(desk, theirs)
    await help_desks.gets_one_note(desk, theirs)


async def test_what_an_agent_answers_there_is_learnt_and_closed_as_it_is_there(desk, theirs):
    await connect(desk, theirs)
    await help_desks.answer_is_learnt(desk, theirs)


async def test_a_reply_that_is_written_here_arrives_there_once(desk, theirs):
    await connect(desk, theirs)
    await help_desks.a_reply_from_here_arrives_once(desk, theirs)


async def test_a_server_of_ours_that_is_stopped_in_the_middle_doubles_nothing(settings, theirs):
    await help_desks.nothing_doubles(settings, theirs)


async def test_without_a_property_for_notes_nothing_is_written_and_what_would_be_is_kept(desk, theirs):
    before = await in_thread(theirs.mails)
    await connect(desk, theirs, Level.SHADOW, "roundup")
    number = await in_thread(theirs.new_ticket, "Do you ship to Malta?")
    running = desk.app.state.running

    async def kept():
        async with running.database.read() as session:
            found = await setting_up.written(session, help_desks.NAME, limit=100)
        return [(each.state, each.text) for each in found if each.ticket == str(number)]

    ((state, text),) = await until(kept)
    assert state == "shadow"
    assert SUGGESTED in text
    await asyncio.sleep(2)
    issue = await in_thread(theirs.issue, number)
    assert [len(issue["messages"]), issue["suggestion"]] == [1, None]
    assert await in_thread(theirs.mails) == before
    assert setting_up.allowed_level(setting_up.KINDS["roundup"], None) is Level.SHADOW


async def test_what_is_asked_for_is_done_there(desk, theirs):
    number = await in_thread(theirs.new_ticket, "Is it heavy?")
    name = str(number)
    async with adapter(desk, theirs) as roundup:
        written = await roundup.reply(name, "5 kg.\nWith <b>box</b> & all: 6 > 5.")
        read = await roundup.fetch(name)
        assert [(each.role, each.audience) for each in read.remarks] == [("customer", "customer"), ("bot", "customer")]
        assert read.remarks[1].key == written.key
        assert read.remarks[1].text == "5 kg.\nWith <b>box</b> & all: 6 > 5."
        assert (read.category, read.priority, read.email) == ("open", "high", "ada@shop.example")
        assert read.unanswered is None
        assert "5 kg." in await in_thread(theirs.seen_by_customer, number)
        mira = "mira@shop.example"
        await roundup.change(name, Change(category="done", add_tags=("heavy", "box"), assignee=mira))
        issue = await in_thread(theirs.issue, number)
        assert (issue["status"]["name"], issue["assignedto"]["username"]) == ("resolved", "mira")
        await roundup.change(name, Change(category="waiting", remove_tags=("box",), assignee=""))
        read = await roundup.fetch(name)
        assert (read.category, read.tags) == ("waiting", ("heavy",))
        assert (await in_thread(theirs.issue, number))["assignedto"] is None
        await roundup.change(name, Change(remove_tags=("heavy", "unheard of")))
        assert (await roundup.fetch(name)).tags == ()
        assert name in [each.id for each in await roundup.newest(3)]
        assert name in [each.id async for each in roundup.changes(read.remarks[0].at)]
        assert name in [each.id async for each in roundup.changes(None)]
        await in_thread(theirs.set, number, {"suggestion": "Mira's own words"})
        with pytest.raises(OutgoingError, match="somebody else"):
            await roundup.note(name, "ours")
        retired = await in_thread(theirs.ask, "GET", f"issue/{number}", who="admin")
        etag = {"If-Match": retired.json()["data"]["@etag"]}
        assert (await in_thread(theirs.ask, "DELETE", f"issue/{number}", who="admin", **etag)).status_code == 200
        assert await roundup.fetch(name) is None
        assert await roundup.fetch("1&status=1") is None


async def test_an_issue_that_is_changed_while_we_write_is_read_again(desk, theirs):
    number = await in_thread(theirs.new_ticket, "Is it light?")
    async with adapter(desk, theirs) as roundup:
        asked = roundup.api.ask
        meddled = []

        async def ask(method, path, given=None, **more):
            if method == "PATCH" and not meddled:
                meddled.append(path)
                await in_thread(theirs.answer, number, "As a feather.")
            return await asked(method, path, given, **more)

        roundup.api.ask = ask
        await roundup.reply(str(number), "40 g.")
        read = await roundup.fetch(str(number))
    assert meddled
    assert sorted(each.text for each in read.remarks) == ["40 g.", "As a feather.", "Is it light?"]


def test_it_is_connected_by_a_command_that_tries_the_credentials_first(theirs, tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_OUTGOING_ALLOW", "127.0.0.1")
    theirs.new_ticket("How long is the warranty?")
    run = partial(CliRunner().invoke, app)
    command = [
        "--home",
        str(tmp_path / "home"),
        "connect",
        theirs.kind,
        "--url",
        theirs.url,
        "--user",
        "bot",
        "--shadow",
    ]
    given = {f"UNDERSTUDY_CONNECT_{name.upper()}": value for name, value in theirs.given.items()}
    wrong = run(command, env={**given, "UNDERSTUDY_CONNECT_PASSWORD": "wrong"})
    assert (wrong.exit_code, "refuses the credentials" in wrong.output) == (1, True)
    public = run(command, env={**given, "UNDERSTUDY_CONNECT_NOTES": "title"})
    assert (public.exit_code, "Anybody can read" in public.output) == (1, True)
    nobody = run(command, env={**given, "UNDERSTUDY_CONNECT_AGENTS": "Wizard"})
    assert (nobody.exit_code, "Nobody there" in nobody.output) == (1, True)
    made = run(command, env=given)
    assert made.exit_code == 0, made.output
    assert "2 of its accounts answer" in made.output
