"""The connector to mailboxes against a real dovecot and a real SMTP server, both with TLS; skipped without them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from chatbot.service.connectors.desks.mail import Mail
from chatbot.service.connectors.protocol import Change
from chatbot.service.outgoing.addresses import Allowed
from chatbot.service.outgoing.door import AddressRefusedError, Door, OutgoingError
from tests.test_service.connectors.real_mail import HOST, PASSWORD, NotInstalledError, header, real_mail
from tests.test_service.connectors.stub_mailbox import ADA, mail

pytestmark = pytest.mark.slow  # it installs a mail server and starts it

DRAFTS, SENT = "Entwürfe", "Gesendet"
USERS = [f"desk{number}@shop.example" for number in range(12)]


@pytest.fixture(scope="module")
def servers():
    try:
        with real_mail(*USERS) as running:
            yield running
    except NotInstalledError as error:
        pytest.skip(str(error))


@pytest.fixture
def address(servers):
    """A desk whose mailbox is empty."""
    servers.taken.clear()
    servers.answer = "250 OK"
    return USERS.pop()


@pytest.fixture(autouse=True)
def trusted(servers, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(servers.folder / "cert.pem"))


@asynccontextmanager
async def connected(servers, address, url=None, allow=("127.0.0.1", HOST), smtp=None, password=PASSWORD):
    given = {"address": address, "password": password, "smtp": smtp or f"smtp://{HOST}:{servers.smtp}"}
    async with Door(Allowed.of(allow)).open() as client:
        yield Mail(client, url or servers.url, given)


def in_thread(work, *args):
    return asyncio.to_thread(work, *args)


async def read(desk, since=None):
    return [each async for each in desk.changes(since)]


def question(address, own="first@mail.example", **more):
    return mail(to=address, own=f"<{own}>", **more)


async def test_a_customers_mail_is_a_ticket_and_gets_a_draft(servers, address):
    await in_thread(servers.put, address, question(address, Subject="Wo ist es? 🚚"))
    async with connected(servers, address) as desk:
        (theirs,) = await read(desk)
        assert (theirs.id, theirs.email, theirs.subject) == ("first@mail.example", ADA, "Wo ist es? 🚚")
        await desk.draft(theirs.id, "Morgen.\n.\nSchöne Grüße")
        await desk.draft(theirs.id, "Twice?")
        assert await desk.fetch(theirs.id) == (await read(desk))[0]
        assert (await desk.fetch(theirs.id)).drafts == ("Morgen.\n.\nSchöne Grüße",)
        assert (await desk.fetch(theirs.id)).noted == {theirs.id}
    ((flags, draft),) = await in_thread(servers.mails, address, DRAFTS)
    assert "\\Draft" in flags
    assert header(draft, "To") == f"Ada Lovelace <{ADA}>"
    assert header(draft, "In-Reply-To") == header(draft, "References") == "<first@mail.example>"
    assert header(draft, "Auto-Submitted") is None
    ((flags, _),) = await in_thread(servers.mails, address)
    assert "\\Seen" not in flags  # nothing is marked read


async def test_what_the_team_answers_in_its_mail_program_is_read_back(servers, address):
    await in_thread(servers.put, address, question(address))
    answer = mail(
        f"Tomorrow.\n\nOn 3 May 2026 at 11:12, Ada <{ADA}> wrote:\n> Where is my parcel?",
        sender=f"Mira <{address}>",
        to=ADA,
        own="<a@shop.example>",
        In_Reply_To="<first@mail.example>",
    )
    async with connected(servers, address) as desk:
        (before,) = await read(desk)
        await in_thread(servers.put, address, answer, SENT, ("\\Seen",))
        (theirs,) = await read(desk, before.remarks[0].at)
    assert [(each.role, each.text) for each in theirs.remarks][1:] == [("agent", "Tomorrow.")]
    assert (theirs.category, theirs.unanswered) == ("waiting", None)


async def test_an_answer_goes_out_once_whatever_happens(servers, address):
    await in_thread(servers.put, address, question(address))
    servers.answer = "554 not today"
    async with connected(servers, address) as desk:
        with pytest.raises(OutgoingError, match="not today"):
            await desk.reply_alone("first@mail.example", "Tomorrow.")
        assert [each.role for each in (await read(desk))[0].remarks] == ["customer"]
        servers.answer = "250 OK"
        written = await desk.reply_alone("first@mail.example", "Tomorrow.")
    servers.stop()
    await in_thread(servers.start)
    async with connected(servers, address) as desk:  # a server that was started again
        assert await desk.reply_alone("first@mail.example", "Tomorrow.") == written
        (theirs,) = await read(desk)
    assert [(each.role, each.key) for each in theirs.remarks][1:] == [("bot", written.key)]
    ((sender, recipients, data),) = servers.taken
    assert (sender, recipients) == (address, [ADA])
    assert header(data, "In-Reply-To") == "<first@mail.example>"
    assert header(data, "Auto-Submitted") == "auto-generated"
    ((flags, _),) = await in_thread(servers.mails, address)
    assert "\\Answered" in flags
    assert "\\Seen" not in flags
    assert len(await in_thread(servers.mails, address, SENT)) == 1


async def test_a_vacation_reply_and_a_mail_that_claims_to_be_ours_change_nothing(servers, address):
    await in_thread(servers.put, address, question(address))
    async with connected(servers, address) as desk:
        await desk.reply_alone("first@mail.example", "Tomorrow.")
        ours = header(servers.taken[0][2], "Message-ID")
        away = question(address, "v@mail.example", In_Reply_To=ours, Auto_Submitted="auto-replied")
        spoof = question(address, "s@mail.example", In_Reply_To=ours, sender=address)
        await in_thread(servers.put, address, away)
        await in_thread(servers.put, address, spoof)
        (theirs,) = await read(desk)
        assert [each.role for each in theirs.remarks] == ["customer", "bot"]
        await in_thread(servers.put, address, question(address, "t@mail.example", In_Reply_To=ours))
        (theirs,) = await read(desk)
        assert theirs.unanswered.key == "t@mail.example"


async def test_two_desks_that_write_to_each_other_come_to_an_end(servers, address):
    other = USERS.pop()
    await in_thread(servers.put, address, mail("Hello?", sender=other, to=address))
    sent = 0
    async with connected(servers, address) as one, connected(servers, other) as two:
        for desk in (one, two, one, two):
            for theirs in await read(desk):
                if theirs.unanswered is not None and theirs.unanswered.key not in theirs.noted:
                    await desk.reply_alone(theirs.id, "Tell us more?")
            sent += len(servers.taken)
            await in_thread(servers.deliver)
    assert sent == 1


async def test_flags_and_keywords_are_kept_there(servers, address):
    await in_thread(servers.put, address, question(address))
    async with connected(servers, address) as desk:
        await desk.change("first@mail.example", Change("done", ("refund",)))
        theirs = await desk.fetch("first@mail.example")
        assert (theirs.category, theirs.tags) == ("done", ("refund",))
        await desk.change("first@mail.example", Change("open", (), ("refund",)))
        theirs = await desk.fetch("first@mail.example")
        assert (theirs.category, theirs.tags) == ("open", ())


async def test_long_mailboxes_are_read_in_bounds_and_odd_names_break_nothing(servers, address):
    odd = ['x"y (z) {3}@mail.example', "a\\b*%@mail.example", "ü@mail.example", "q" * 350 + "@mail.example", "[1]@x"]
    with servers.box(address) as box:
        for number in range(150):
            box.append("INBOX", question(address, f"n{number}@mail.example", Subject=f"Question {number}"))
        for own in odd:
            raw = question(address, "placeholder@x").replace(b"placeholder@x", own.replace(" ", "").encode())
            box.append("INBOX", raw)
    async with connected(servers, address) as desk:
        found = await read(desk)
        assert len(found) == 155
        assert len({each.id for each in found}) == 155
        assert [each.id for each in await desk.newest(2)] == [each.id for each in reversed(found[-2:])]
        for each in found[-5:]:
            assert await desk.fetch(each.id) == each
        for name in ('") ALL (', "x\r\nA1 LOGOUT", "n1", "nobody@mail.example"):
            assert await desk.fetch(name) is None


async def test_it_says_what_works_step_by_step(servers, address):
    async with connected(servers, address) as desk:
        steps = [step async for step in desk.check()]
    assert steps == [
        "The mailbox lets us in: 0 mails.",
        f"Drafts are laid into {DRAFTS}.",
        f"What the team answers is read in {SENT}.",
        f"{HOST} would send for {address}.",
    ]
    async with connected(servers, address, smtp=f"smtp://{HOST}:9") as desk:
        assert "drafts can be laid" in [step async for step in desk.check()][-1]


async def test_starttls_is_taken_and_certificates_are_checked(servers, address):
    plain = f"imap://{HOST}:{servers.plain}"
    async with connected(servers, address, plain) as desk:
        assert await read(desk) == []
    async with connected(servers, address, f"imaps://127.0.0.1:{servers.secure}") as desk:
        with pytest.raises(OutgoingError, match="certificate"):  # it is localhost's
            await read(desk)
    async with connected(servers, address, allow=()) as desk:
        with pytest.raises(AddressRefusedError):
            await read(desk)
    async with connected(servers, address, password="wrong") as desk:
        with pytest.raises(OutgoingError, match="credentials"):
            await read(desk)
