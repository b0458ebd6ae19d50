"""The connector against a real Request Tracker, which is installed by the test; where that cannot be, it is skipped."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
from typer.testing import CliRunner

from chatbot.cli.main import app
from chatbot.service.connectors.protocol import Change
from chatbot.service.outgoing.door import OutgoingError
from tests.test_api.integration import help_desks
from tests.test_api.integration.help_desks import adapter, connect, in_thread, serving_beside
from tests.test_service.connectors.real_helpdesk import NotInstalledError
from tests.test_service.connectors.real_request_tracker import real_request_tracker

pytestmark = pytest.mark.slow  # it installs a help desk and starts it


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    try:
        with real_request_tracker(tmp_path_factory.mktemp("tracker")) as running:
            yield running
    except NotInstalledError as error:
        pytest.skip(str(error))


@pytest.fixture
async def desk(settings):
    async with serving_beside(settings) as running:
        yield running


async def test_a_customers_mail_gets_a_comment_that_the_customer_does_not_see(desk, theirs):
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


async def test_what_is_asked_for_is_done_there(desk, theirs):
    number = await in_thread(theirs.new_ticket, "Is it heavy?")
    name = str(number)
    async with adapter(desk, theirs) as tracker:
        await tracker.note(name, "Weigh it\n\n[understudy:1]")
        written = await tracker.reply(name, "5 kg.\nWith <b>box</b> & all: 6 > 5.")
        await in_thread(theirs.comment, number, "She asks every week.")
        read = await tracker.fetch(name)
        assert [(each.role, each.audience) for each in read.remarks] == [
            ("customer", "customer"),
            ("bot", "customer"),
            ("agent", "team"),
        ]
        assert (read.remarks[1].key, read.remarks[1].text) == (written.key, "5 kg.\nWith <b>box</b> & all: 6 > 5.")
        assert (read.noted, read.category, read.email) == ({"1"}, "open", "ada@shop.example")
        assert read.unanswered is None
        seen = await in_thread(theirs.seen_by_customer, number)
        assert "5 kg." in seen
        assert "Weigh it" not in seen
        assert "every week" not in seen
        await tracker.change(name, Change(category="waiting", assignee="mira@shop.example"))
        raw = await in_thread(theirs.ticket, number)
        assert (raw["Status"], raw["Owner"]["id"]) == ("stalled", "mira")
        await tracker.change(name, Change(category="done", assignee="bot@shop.example"))  # taken from her
        raw = await in_thread(theirs.ticket, number)
        assert (raw["Status"], raw["Owner"]["id"]) == ("resolved", "bot")
        await tracker.change(name, Change(assignee=""))
        assert (await in_thread(theirs.ticket, number))["Owner"]["id"] == "Nobody"
        with pytest.raises(OutgoingError, match="does not let bot change Owner"):
            await tracker.change(name, Change(assignee="ada@shop.example"))


async def test_what_was_said_by_mail_with_html_quotes_and_files_is_read(desk, theirs):
    since = datetime.now(UTC)
    number = await in_thread(theirs.new_ticket, "Grüße: wo?", html="<p>Grüße: <b>wo</b>?</p>", file=b"\0\xff")
    await in_thread(theirs.customer_writes, number, "Hallo?")
    await in_thread(theirs.answer, number, "Da &amp; dort")
    other = await in_thread(theirs.new_ticket, "The same again")
    async with adapter(desk, theirs) as tracker:
        read = await tracker.fetch(str(number))
        assert [each.text for each in read.remarks] == ["Grüße: wo?", "Hallo?", "Da & dort"]
        assert [each.role for each in read.remarks] == ["customer", "customer", "agent"]
        await in_thread(theirs.set, other, {"MergeInto": str(number)})
        found = {each.id: each async for each in tracker.changes(since)}
        assert [each.text for each in found[str(number)].remarks][-1] == "The same again"
        assert (found[str(other)].category, found[str(other)].remarks) == ("done", ())
        assert (await tracker.fetch(str(other))).category == "done"
        assert str(number) in [each.id async for each in tracker.changes(None)]
        assert (await tracker.newest(1))[0].id == str(number)
        await in_thread(theirs.set, number, {"Status": "deleted"})
        assert (await tracker.fetch(str(number))).category == "done"
        assert await tracker.fetch("999999") is None


def test_it_is_connected_by_a_command_that_tries_the_credentials_first(theirs, tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_OUTGOING_ALLOW", "127.0.0.1")
    theirs.new_ticket("How long is the warranty?")
    run = partial(CliRunner().invoke, app)
    command = ["--home", str(tmp_path / "home"), "connect", theirs.kind, "--url", theirs.url, "--shadow"]
    wrong = run([*command, "--user", "bot"], env={"UNDERSTUDY_CONNECT_PASSWORD": "wrong"})
    assert (wrong.exit_code, "refuses the credentials" in wrong.output) == (1, True)
    customer = run([*command, "--user", "ada"], env={"UNDERSTUDY_CONNECT_PASSWORD": "secret of ada"})
    assert (customer.exit_code, "not a privileged account" in customer.output) == (1, True)
    made = run([*command, "--user", "bot"], env={"UNDERSTUDY_CONNECT_PASSWORD": theirs.token})
    assert made.exit_code == 0, made.output
    assert "comments and answers written" in made.output
