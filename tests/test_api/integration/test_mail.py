"""A desk whose help desk is a real mailbox: mails become tickets, and get drafts or answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email import message_from_bytes

import pytest

from chatbot.service.connectors import delivering, setting_up, syncing
from chatbot.service.suggested import feedback
from chatbot.storage.tables.connectors import Level
from tests.test_api.conftest import serving
from tests.test_api.integration.test_connectors import eventually, read_once, reply_here, view_of
from tests.test_service.connectors.real_mail import HOST, PASSWORD, NotInstalledError, header, real_mail
from tests.test_service.connectors.stub_mailbox import ADA, mail
from tests.test_service.doubles import Promising

pytestmark = pytest.mark.slow  # it installs a mail server and starts it

DRAFTS, SENT = "Entwürfe", "Gesendet"
ASKED = "Where is my parcel?"
USERS = [f"desk{number}@shop.example" for number in range(6)]


@pytest.fixture(scope="module")
def servers():
    try:
        with real_mail(*USERS) as running:
            yield running
    except NotInstalledError as error:
        pytest.skip(str(error))


@pytest.fixture
def address(servers, monkeypatch):
    """A desk whose mailbox is empty."""
    monkeypatch.setenv("SSL_CERT_FILE", str(servers.folder / "cert.pem"))
    monkeypatch.setattr(syncing, "_FIRST_RETRY", 0.1)
    servers.taken.clear()
    servers.answer, servers.silent = "250 OK", False
    return USERS.pop()


@pytest.fixture
def own(settings):
    changed = {"outgoing_allow": ("127.0.0.1", HOST), "held_back": 0.0, "connector_seconds": 0.5}
    return settings.model_copy(update=changed)


async def connect(desk, servers, address, level):
    running = desk.app.state.running
    given = {"address": address, "password": PASSWORD, "smtp": f"smtp://{HOST}:{servers.smtp}"}
    wanted = setting_up.Wanted("help", "mail", servers.url, given, level)
    async with running.database.write() as session:
        await setting_up.create(session, wanted, running.door, running.encryptor, running.clock)
    try:
        await read_once(desk)
    except AssertionError as error:
        async with running.database.read() as session:
            raise AssertionError(await setting_up.list_all(session)) from error


def question(address, own="first@mail.example", words=ASKED, **more):
    return mail(words, to=address, own=f"<{own}>", **more)


async def put(servers, address, data, *where):
    await asyncio.to_thread(servers.put, address, data, *where)


async def lies(servers, address, folder="INBOX"):
    return await asyncio.to_thread(servers.mails, address, folder)


async def looked_again():
    await asyncio.sleep(2)


async def test_a_customers_mail_gets_a_draft_and_what_the_team_sends_is_learnt(own, servers, address):
    async with serving(own, Promising()) as desk:
        await connect(desk, servers, address, Level.DRAFT)
        await put(servers, address, question(address))

        async def drafted():
            return await lies(servers, address, DRAFTS)

        ((_, draft),) = await eventually(drafted)
        await looked_again()
        assert len(await lies(servers, address, DRAFTS)) == 1
        assert header(draft, "In-Reply-To") == "<first@mail.example>"
        assert message_from_bytes(draft).get_payload(decode=True).decode().strip() == "It is on its way."
        answer = mail(
            f"It is on its way.\n\nOn 3 May 2026 at 11:12, Ada <{ADA}> wrote:\n> {ASKED}",
            sender=f"Mira <{address}>",
            to=ADA,
            own="<a@shop.example>",
            References="<first@mail.example>",
        )
        await put(servers, address, answer, SENT)

        async def answered():
            view = await view_of(desk, "first@mail.example")
            return view if len(view["messages"]) > 1 else None

        view = await eventually(answered)
        said = [(each["role"], each["text"]) for each in view["messages"] if each["audience"] == "customer"]
        assert said == [("customer", ASKED), ("agent", "It is on its way.")]
        assert view["category"] == "waiting"
        async with desk.app.state.running.database.read() as session:
            (judged,) = await feedback.page(session, after=None, limit=100)
        assert judged["outcome"] == "as_is"
    ((flags, _),) = await lies(servers, address)
    assert "\\Seen" not in flags
    assert servers.taken == []


async def test_at_the_highest_level_the_customer_gets_one_answer_and_a_vacation_reply_none(own, servers, address):
    async with serving(own, Promising()) as desk:
        await connect(desk, servers, address, Level.ANSWER)
        await put(servers, address, question(address))
        await eventually(lambda: servers.taken)
        await looked_again()
        ((_, recipients, data),) = servers.taken
        assert recipients == [ADA]
        assert header(data, "In-Reply-To") == "<first@mail.example>"
        assert header(data, "Auto-Submitted") == "auto-generated"
        ours = header(data, "Message-ID")
        away = {"In_Reply_To": ours, "Auto_Submitted": "auto-replied"}
        await put(servers, address, question(address, "v@mail.example", "I am away", **away))
        await looked_again()
        assert len(servers.taken) == 1
        view = await view_of(desk, "first@mail.example")
        assert [each["role"] for each in view["messages"]] == ["customer", "bot"]
        await put(servers, address, question(address, "2@mail.example", "And my other one?", In_Reply_To=ours))
        await eventually(lambda: len(servers.taken) == 2)


async def test_who_is_stopped_while_a_mail_goes_out_does_not_send_it_twice(own, servers, address, monkeypatch):
    monkeypatch.setattr(delivering, "CLAIM", timedelta(seconds=0.2))
    servers.silent = True
    async with serving(own, Promising()) as desk:
        await connect(desk, servers, address, Level.ANSWER)
        await put(servers, address, question(address))
        await eventually(lambda: servers.taken)
    servers.silent = False
    async with serving(own, Promising()) as desk:
        await looked_again()
        await looked_again()
        view = await view_of(desk, "first@mail.example")
        assert [each["role"] for each in view["messages"]] == ["customer", "bot"]
    assert len(servers.taken) == 1


async def test_a_mailbox_that_was_away_is_caught_up_with(own, servers, address):
    async with serving(own, Promising()) as desk:
        await connect(desk, servers, address, Level.ANSWER)
        servers.answer = "451 later"
        await put(servers, address, question(address))
        await looked_again()
        await asyncio.to_thread(servers.stop)
        await looked_again()
        await asyncio.to_thread(servers.start)
        servers.answer = "250 OK"
        await eventually(lambda: servers.taken, 30)
        await looked_again()
    assert len(servers.taken) == 1


async def test_what_a_person_answers_in_the_console_is_sent_as_a_persons(own, servers, address):
    async with serving(own, Promising()) as desk:
        await connect(desk, servers, address, Level.DRAFT)
        await put(servers, address, question(address))
        await eventually(lambda: view_of(desk, "first@mail.example"))
        assert (await reply_here(desk, "first@mail.example", "Tomorrow,\n\nMira")).status_code == 201
        await eventually(lambda: servers.taken)
        await looked_again()
        ((_, _, data),) = servers.taken
        assert header(data, "Auto-Submitted") is None
        view = await view_of(desk, "first@mail.example")
        said = [each["text"] for each in view["messages"] if each["audience"] == "customer"]
        assert said == [ASKED, "Tomorrow,\n\nMira"]
