"""The connector against a real django-helpdesk, which is installed by the test; without one it is skipped."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import pytest
from typer.testing import CliRunner

from chatbot.cli.main import app
from chatbot.service.connectors import setting_up
from chatbot.storage.tables.connectors import Level
from tests.test_api.integration.help_desks import connect, in_thread, ours, serving_beside, until
from tests.test_service.connectors.real_helpdesk import NotInstalledError, real_helpdesk

pytestmark = pytest.mark.slow  # it installs a help desk and starts it


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    try:
        with real_helpdesk(tmp_path_factory.mktemp("helpdesk")) as running:
            yield running
    except NotInstalledError as error:
        pytest.skip(str(error))


@pytest.fixture
async def desk(settings):
    async with serving_beside(settings, every=2.0) as running:
        yield running


async def test_a_customers_ticket_gets_one_note_however_often_the_hook_rings(desk, theirs):
    hook = await connect(desk, theirs)
    theirs.hooks(hook)
    began = time.monotonic()
    number = await in_thread(theirs.new_ticket, "Where is my parcel? {{ ticket.id }}")
    (note,) = await until(lambda: in_thread(theirs.notes, number))
    print(f"from ticket to note: {time.monotonic() - began:.2f} s")  # noqa: T201 - what is measured
    assert "It is on its way." in note
    assert note.endswith("[understudy:opening]")
    older = await in_thread(theirs.new_ticket, "And mine?")
    for ticket in (older, number, number, older):  # twice, and out of order
        rung = await desk.client.post(hook, json={"ticket": {"id": ticket}})
        assert rung.status_code == 202
    await until(lambda: in_thread(theirs.notes, older))
    await asyncio.sleep(7)  # the second look, and some polls
    read = await in_thread(theirs.ticket, number)
    assert read["title"] == "A question"
    assert [len(await in_thread(theirs.notes, each)) for each in (number, older)] == [1, 1]
    assert (await desk.client.post(hook[:-1] + "!", json={})).status_code == 404


async def test_what_an_agent_answers_there_is_read_back_and_closed_as_it_is_there(desk, theirs):
    theirs.hooks(await connect(desk, theirs))
    number = await in_thread(theirs.new_ticket, "Where is it?")
    await until(lambda: in_thread(theirs.notes, number))
    await in_thread(theirs.follow_up, number, "It is on its way.")

    async def answered():
        view = await ours(desk, number)
        return view if view and len(view["messages"]) > 1 else None

    view = await until(answered)
    assert [(each["role"], each["text"], each["audience"]) for each in view["messages"]] == [
        ("customer", "Where is it?", "customer"),
        ("agent", "It is on its way.", "customer"),
    ]
    running = desk.app.state.running
    from chatbot.service.suggested import feedback

    async with running.database.read() as session:
        judged = list(await feedback.page(session, after=None, limit=100))
    assert [each["outcome"] for each in judged if each["conversation_id"] == view["id"]] == ["as_is"]
    await in_thread(theirs.ask, "PATCH", f"tickets/{number}/", {"status": 4})

    async def closed():
        return (await ours(desk, number))["category"] == "done"

    await until(closed)


async def test_at_the_highest_level_the_customer_is_answered_there_once_and_the_ticket_waits(desk, theirs):
    hook = await connect(desk, theirs, Level.ANSWER)
    theirs.hooks(hook, hook)
    number = await in_thread(theirs.new_ticket, "When do you open?")
    person = await in_thread(theirs.new_ticket, "I want a person")

    async def answered():
        read = await in_thread(theirs.ticket, number)
        return read if read["on_hold"] else None

    await until(answered)
    await until(lambda: in_thread(theirs.notes, person))
    await asyncio.sleep(6)  # some polls, and what our own reply rang
    read = await in_thread(theirs.ticket, number)
    public = [each["comment"] for each in read["followup_set"] if each["public"]]
    assert public.count("You said: When do you open?") == 1
    assert (read["title"], await in_thread(theirs.notes, number)) == ("A question", [])
    view = await ours(desk, number)
    assert [(each["role"], each["text"]) for each in view["messages"]] == [
        ("customer", "When do you open?"),
        ("bot", "You said: When do you open?"),
    ]
    assert view["category"] == "waiting"


async def test_in_shadow_nothing_is_written_there_and_kept_is_what_would_have_been(desk, theirs):
    theirs.hooks(await connect(desk, theirs, Level.SHADOW))
    number = await in_thread(theirs.new_ticket, "Do you ship to Malta?")
    running = desk.app.state.running

    async def kept():
        async with running.database.read() as session:
            found = await setting_up.written(session, "helpdesk", limit=10)
        return [(each.state, each.text) for each in found if each.ticket == str(number)]

    ((state, text),) = await until(kept)
    assert state == "shadow"
    assert "It is on its way." in text
    await asyncio.sleep(6)
    assert await in_thread(theirs.notes, number) == []


async def test_a_help_desk_that_was_away_is_caught_up_with(desk, theirs):
    theirs.hooks()
    await connect(desk, theirs)
    number = await in_thread(theirs.new_ticket, "Is the shop open?")
    await until(lambda: in_thread(theirs.notes, number))
    await in_thread(theirs.customer_writes, number, "And on Sunday?")
    await in_thread(theirs.stop)
    running = desk.app.state.running

    async def told():
        async with running.database.read() as session:
            (row,) = await setting_up.list_all(session)
        return row.error

    assert "does not answer" in await until(told)
    await in_thread(theirs.customer_writes, number, "Hello?")
    await in_thread(theirs.start)

    async def caught_up():
        view = await ours(desk, number)
        return [each["text"] for each in view["messages"]][-1] == "Hello?"

    await until(caught_up)

    async def noted():
        return len(await in_thread(theirs.notes, number)) > 1

    await until(noted)
    await asyncio.sleep(5)
    marks = [note.rsplit("[", 1)[1] for note in await in_thread(theirs.notes, number)]
    assert len(marks) == len(set(marks))
    async with running.database.read() as session:
        (row,) = await setting_up.list_all(session)
    assert row.error is None


def test_it_is_connected_by_a_command_that_tries_the_credentials_first(theirs, tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_OUTGOING_ALLOW", "127.0.0.1")
    number = theirs.new_ticket("How long is the warranty?")
    run = partial(CliRunner().invoke, app)
    home = ["--home", str(tmp_path / "home"), "connect"]
    command = [*home, "django-helpdesk", "--url", theirs.url, "--user", "bot", "--shadow"]
    refused = run(command, env={"UNDERSTUDY_CONNECT_PASSWORD": "wrong"})
    assert refused.exit_code == 1
    assert "refuses the credentials" in refused.output
    assert '"connectors": []' in run([*home, "list", "--json"]).output
    made = run([*command, "--json"], env={"UNDERSTUDY_CONNECT_PASSWORD": "secret of bot"})
    assert made.exit_code == 0, made.output
    assert "Follow-ups may be written." in made.output
    assert "Nothing would be written yet" in made.output  # this desk has learnt nothing
    assert "/v1/connectors/django-helpdesk/hook/" in made.output
    assert '"level": "shadow"' in run([*home, "list", "--json"]).output
    assert theirs.notes(number) == []
    assert run([*home, "remove", "django-helpdesk"]).exit_code == 0
    assert '"connectors": []' in run([*home, "list", "--json"]).output
