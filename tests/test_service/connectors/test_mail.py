"""What conversations by mail are read as, and what is written; no server is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from chatbot.errors import InputError
from chatbot.service.connectors.asking import ChangedMeanwhileError
from chatbot.service.connectors.desks.mail import Mail
from chatbot.service.connectors.desks.mailing.letter import DRAFTS, INBOX, SENT
from chatbot.service.connectors.desks.mailing.names import name_of, needle_in
from chatbot.service.connectors.desks.mailing.places import Place, mailbox_at, sender_at
from chatbot.service.connectors.desks.mailing.posting import NotSentError
from chatbot.service.connectors.desks.mailing.reading import MOST_OWN, words_of
from chatbot.service.connectors.protocol import Change, Rung, marked
from chatbot.service.outgoing.addresses import Allowed
from chatbot.service.outgoing.door import AddressRefusedError, Door, OutgoingError
from tests.test_service.connectors.stub_mailbox import ADA, BEGIN, DESK, desk, mail

FIRST = "first@mail.example"
ANSWERED = {"In_Reply_To": f"<{FIRST}>", "References": f"<{FIRST}>", "Subject": "Re: Parcel"}


def from_team(words="Tomorrow.", own="<answer@shop.example>", **more):
    return mail(words, **{"sender": f"Mira <{DESK}>", "to": ADA, "own": own, **ANSWERED, **more})


async def read(made, since=None):
    return [each async for each in made.changes(since)]


async def only(made):
    (theirs,) = await read(made)
    assert await made.fetch(theirs.id) == theirs
    return theirs


def said(theirs):
    return [(each.role, each.audience, each.text) for each in theirs.remarks]


async def test_a_conversation_is_a_ticket_with_the_teams_answers_from_sent():
    one = desk()
    one._servers.box.put(mail("Where is my parcel?\n\n-- \nAda Lovelace\nada.example"))
    one._servers.box.put(
        from_team(f"Tomorrow.\n\nOn 3 May 2026 at 11:12, Ada <{ADA}> wrote:\n> Where is my parcel?"), SENT
    )
    one._servers.box.put(mail("Thanks. And today?", own="<third@mail.example>", **ANSWERED))
    theirs = await only(one)
    assert said(theirs) == [
        ("customer", "customer", "Where is my parcel?"),
        ("agent", "customer", "Tomorrow."),
        ("customer", "customer", "Thanks. And today?"),
    ]
    assert (theirs.id, theirs.subject, theirs.category, theirs.email) == (FIRST, "Parcel", "open", ADA)
    assert (theirs.name, theirs.unanswered.key) == ("Ada Lovelace", "third@mail.example")
    assert theirs.remarks[0].at == one._servers.box.began + timedelta(minutes=1)
    assert theirs.remarks[0].at.tzinfo is UTC


async def test_what_the_opening_mail_quotes_stays():
    one = desk()
    one._servers.box.put(mail("Your page says:\n> free returns\nIs that so?"))
    assert "free returns" in (await only(one)).remarks[0].text


async def test_who_names_only_the_mail_before_and_that_one_the_first_are_in_one_conversation():
    one = desk()
    one._servers.box.put(mail())
    one._servers.box.put(from_team(), SENT)
    one._servers.box.put(mail("Fine", own="<3@mail.example>", In_Reply_To="<answer@shop.example>"))
    theirs = await only(one)
    assert len(theirs.remarks) == 3
    assert [each.id for each in await one.newest(5)] == [theirs.id]


async def test_an_answer_of_the_same_second_or_that_came_before_stands_behind_what_it_answers():
    one = desk()
    one._servers.box.put(mail("spare", own="<x@mail.example>", sender="bob@mail.example"))
    one._servers.box.put(mail(), at=BEGIN)
    one._servers.box.put(from_team(), SENT, at=BEGIN)
    one._servers.box.put(mail("Fine", own="<3@mail.example>", In_Reply_To="<answer@shop.example>"), at=BEGIN)
    one._servers.box.put(
        mail("Really", own="<4@mail.example>", In_Reply_To="<3@mail.example>"), at=BEGIN - timedelta(minutes=1)
    )
    theirs = await one.fetch(FIRST)
    assert [each.text for each in theirs.remarks] == ["Where is my parcel?", "Tomorrow.", "Fine", "Really"]


async def test_mails_that_answer_each_other_in_a_ring_are_read():
    one = desk()
    one._servers.box.put(mail(In_Reply_To="<2@mail.example>"))
    one._servers.box.put(mail("Two", own="<2@mail.example>", In_Reply_To=f"<{FIRST}>"))
    assert sum(len(each.remarks) for each in await read(one)) == 2


async def test_what_a_person_answers_here_goes_out_as_a_persons_each_words_once():
    one = desk()
    one._servers.box.put(mail())
    for words in ("Tomorrow.", "Or the day after.", "Tomorrow."):
        await one.reply(FIRST, words)
    sent = [message_from_bytes(data, policy=default) for _, _, data in one._servers.posted_mails]
    assert [each.get_content().strip() for each in sent] == ["Tomorrow.", "Or the day after."]
    assert [each["Auto-Submitted"] for each in sent] == [None, None]
    assert [each.role for each in (await only(one)).remarks] == ["customer", "agent", "agent"]


async def test_who_only_knows_a_message_id_does_not_get_into_the_conversation():
    one = desk()
    one._servers.box.put(mail())
    one._servers.box.put(mail("And what did she order?", sender="eve@evil.example", own="<e@evil.example>", **ANSWERED))
    one._servers.box.put(
        mail("Hello?", own="<e2@evil.example>", sender="eve@evil.example", References="<e@evil.example>")
    )
    found = {each.id: each for each in await read(one)}
    assert {name: each.email for name, each in found.items()} == {FIRST: ADA, "e@evil.example": "eve@evil.example"}
    assert len(found["e@evil.example"].remarks) == 2


async def test_who_fails_dmarc_does_not_get_into_the_conversation_of_who_it_names():
    one = desk()
    one._servers.box.put(mail())
    forged = {**ANSWERED, "Authentication_Results": "mx.shop.example; dmarc=fail header.from=mail.example"}
    one._servers.box.put(mail("Send it elsewhere", own="<f@evil.example>", **forged))
    assert {each.id for each in await read(one)} == {FIRST, "f@evil.example"}


@pytest.mark.parametrize("address", [DESK, "sales@shop.example"])
async def test_a_mail_in_the_inbox_that_claims_to_be_ours_is_nobodys(address):
    one = desk(f"{DESK}, sales@shop.example")
    one._servers.box.put(mail())
    one._servers.box.put(mail("The password is 1234.", sender=address, own="<spoof@evil.example>", **ANSWERED))
    assert said(await only(one)) == [("customer", "customer", "Where is my parcel?")]


async def test_a_form_that_writes_as_the_desk_speaks_for_whom_it_names():
    one = desk()
    one._servers.box.put(mail(sender=DESK, Reply_To=ADA))
    theirs = await only(one)
    assert (theirs.email, theirs.remarks[0].role) == (ADA, "customer")


async def test_what_the_team_writes_to_others_is_its_own_matter_and_so_is_their_answer():
    one = desk()
    one._servers.box.put(mail())
    one._servers.box.put(from_team("Ada asks, where is it?", to="carrier@post.example"), SENT)
    one._servers.box.put(
        mail("In Hamburg", sender="carrier@post.example", own="<c@post.example>", In_Reply_To="<answer@shop.example>")
    )
    theirs = await only(one)
    assert [each[:2] for each in said(theirs)] == [("customer", "customer"), ("agent", "team"), ("agent", "team")]
    assert theirs.unanswered.key == FIRST
    await one.draft(theirs.id, "Soon")
    assert message_from_bytes(one._servers.box.mails[DRAFTS][0][3], policy=default)["To"].addresses[0].addr_spec == ADA


AUTOMATIC = [
    {"Auto_Submitted": "auto-replied"},
    {"Auto_Submitted": "auto-generated"},
    {"Precedence": "bulk"},
    {"Precedence": "auto_reply"},
    {"Return_Path": "<>"},
    {"X_Autoreply": "yes"},
    {"X_Auto_Response_Suppress": "OOF, AutoReply"},
    {"X_Loop": "desk"},
    {"List_Id": "News <news.mail.example>"},
    {"List_Unsubscribe": "<https://mail.example/u>"},
    {"X_Failed_Recipients": ADA},
    {"X_Spam_Flag": "YES"},
    {"X_Understudy": "answer a@b"},
    {"sender": "MAILER-DAEMON@mail.example"},
    {"Subject": "Automatic reply: Parcel"},
    {"Subject": "Abwesenheitsnotiz"},
]


@pytest.mark.parametrize("fields", AUTOMATIC)
async def test_what_a_program_writes_is_no_question(fields):
    one = desk()
    one._servers.box.put(mail(**fields))
    assert await read(one) == []


async def test_reports_and_invitations_are_no_questions():
    one = desk()
    report = mail(own="<r@mail.example>").replace(
        b"text/plain", b'multipart/report; report-type=disposition-notification; boundary="x"'
    )
    invitation = mail(own="<i@mail.example>").replace(b"text/plain", b"text/calendar; method=REPLY")
    within = (
        b"From: a@mail.example\nTo: support@shop.example\nMessage-ID: <w@mail.example>\n"
        b"Content-Type: multipart/alternative; "
        b'boundary="x"\n\n'
        b"--x\nContent-Type: text/plain\n\nYou are invited\n--x\nContent-Type: text/calendar; method=REQUEST\n\n"
        b"BEGIN:VCALENDAR\n--x--\n"
    )
    for each in (report, invitation, within):
        one._servers.box.put(each)
    assert await read(one) == []


async def test_a_vacation_reply_to_ours_is_no_question_again():
    one = desk()
    one._servers.box.put(mail())
    await one.reply_alone(FIRST, "Tomorrow.")
    ours = message_from_bytes(one._servers.posted_mails[0][2])["Message-ID"]
    one._servers.box.put(mail("I am away", own="<v@mail.example>", In_Reply_To=ours, Auto_Submitted="auto-replied"))
    theirs = await only(one)
    assert [each.role for each in theirs.remarks] == ["customer", "bot"]
    assert theirs.unanswered is None
    await one.reply_alone(theirs.id, "More")  # to the same mail: it is answered
    assert len(one._servers.posted_mails) == 1


async def test_lists_that_are_the_teams_own_address_are_read():
    one = desk()
    one._servers.box.put(mail(List_Id="<support.shop.example>", Precedence="list"))
    assert (await only(one)).email == ADA


async def test_a_draft_is_a_proper_reply_and_is_laid_once():
    one = desk()
    one._servers.box.put(mail(Reply_To="Ada at work <ada@work.example>", Subject="[Web] Re: Pärcel"))
    await one.draft(FIRST, marked("Morgen, schöne Grüße.\n.\nYour team", FIRST))
    await one.draft(FIRST, "Again")
    ((_, _, _, data),) = one._servers.box.mails[DRAFTS]
    draft = message_from_bytes(data, policy=default)
    assert draft["From"] == DESK
    assert draft["To"] == "ada@work.example"
    assert draft["Subject"] == "Re: [Web] Re: Pärcel"
    assert draft["In-Reply-To"] == draft["References"] == f"<{FIRST}>"
    assert draft["Auto-Submitted"] is None
    assert draft.get_content().replace("\r\n", "\n").strip() == "Morgen, schöne Grüße.\n.\nYour team"
    theirs = await only(one)
    assert theirs.noted == {FIRST}
    assert theirs.drafts == ("Morgen, schöne Grüße.\n.\nYour team",)
    assert len(theirs.remarks) == 1


async def test_an_answer_says_that_a_program_sends_it_and_is_sent_once():
    one = desk()
    one._servers.box.put(mail())
    written = await one.reply_alone(FIRST, "Tomorrow.")
    assert await one.reply_alone(FIRST, "Tomorrow, again.") == written
    ((sender, recipient, data),) = one._servers.posted_mails
    sent = message_from_bytes(data, policy=default)
    assert (sender, recipient) == (DESK, ADA)
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["In-Reply-To"] == f"<{FIRST}>"
    assert sent["To"] == f"Ada Lovelace <{ADA}>"
    theirs = await only(one)
    assert said(theirs)[1:] == [("bot", "customer", "Tomorrow.")]
    assert theirs.remarks[1].key == written.key
    assert (theirs.category, theirs.noted) == ("waiting", {FIRST})
    assert one._servers.box.mails[INBOX][0][1] == {"\\Answered"}
    assert [each[3] for each in one._servers.box.mails[SENT]] == [data]


async def test_who_is_stopped_while_it_sends_does_not_send_again():
    one = desk()
    one._servers.box.put(mail())
    one._servers.dies = True
    with pytest.raises(KeyboardInterrupt):
        await one.reply_alone(FIRST, "Tomorrow.")
    one._servers.dies = False
    await one.reply_alone(FIRST, "Tomorrow.")
    assert len(one._servers.posted_mails) == 1


async def test_what_was_refused_is_no_answer_and_is_sent_later():
    one = desk()
    one._servers.box.put(mail())
    one._servers.refuses = 1
    with pytest.raises(NotSentError):
        await one.reply_alone(FIRST, "Tomorrow.")
    assert [each.role for each in (await only(one)).remarks] == ["customer"]
    await one.reply_alone(FIRST, "Tomorrow.")
    assert [each.role for each in (await only(one)).remarks] == ["customer", "bot"]
    assert len(one._servers.posted_mails) == len(one._servers.box.mails[SENT]) == 1


async def test_who_names_what_is_in_every_name_finds_nothing_by_it():
    one = desk()
    for number in range(30):
        one._servers.box.put(mail(own=f"<{number}@mail.example>", sender=f"c{number}@mail.example"))
    asked = []
    search = one._servers.box.mentioning

    def counted(folder, needles, **more):
        asked.extend(needles)
        return search(folder, needles, **more)

    one._servers.box.mentioning = counted
    one._servers.box.put(mail("Hi", own="<e@evil.example>", References="<@> <l.e> <.ex> <mail.example> <om>"))
    (theirs,) = await one.newest(1)
    assert [each.text for each in theirs.remarks] == ["Hi"]
    assert len(set(asked)) <= 5


async def test_what_was_refused_while_the_mailbox_was_away_does_not_count_as_sent(monkeypatch):
    one = desk()
    servers = one._servers
    servers.box.put(mail())
    servers.refuses = 1
    tries = []

    async def nap(seconds):
        tries.append(seconds)

    def away(*args, **more):
        servers.box.flag = type(servers.box).flag.__get__(servers.box)
        raise OutgoingError("The mailbox is away.")

    monkeypatch.setattr("chatbot.service.connectors.desks.mail.asyncio.sleep", nap)
    servers.box.flag = away
    with pytest.raises(NotSentError):
        await one.reply_alone(FIRST, "Tomorrow.")
    assert len(tries) == 1
    await one.reply_alone(FIRST, "Tomorrow.")
    assert len(servers.posted_mails) == 1


async def test_nothing_is_answered_that_somebody_has_answered():
    one = desk()
    one._servers.box.put(mail())
    one._servers.box.put(from_team(), SENT)
    with pytest.raises(ChangedMeanwhileError):
        await one.reply_alone(FIRST, "Tomorrow.")
    assert one._servers.posted_mails == []


async def test_two_desks_that_write_to_each_other_come_to_an_end():
    """Also where what is between them takes away every field that says a program wrote it."""
    for strips, most in ((False, 1), (True, 2 * MOST_OWN)):
        one, other = desk(), desk("help@other.example")
        one._servers.box.put(mail("Hello?", sender="help@other.example"))
        for _ in range(20):
            for here, there in ((one, other), (other, one)):
                before = len(here._servers.posted_mails)
                for theirs in await read(here):
                    if theirs.unanswered and theirs.unanswered.key not in theirs.noted:
                        await here.reply_alone(theirs.id, "Tell us more?")
                for _, _, data in here._servers.posted_mails[before:]:
                    lines = data.split(b"\r\n")
                    kept = [each for each in lines if not each.startswith((b"Auto-", b"X-")) or not strips]
                    there._servers.box.put(b"\n".join(kept), at=datetime.now(UTC))
        assert 1 <= len(one._servers.posted_mails + other._servers.posted_mails) <= most


@pytest.mark.parametrize("address", ["no-reply@mail.example", "donotreply@mail.example", "postmaster@mail.example"])
async def test_who_reads_nothing_is_not_written_to(address):
    one = desk()
    one._servers.box.put(mail(sender=address))
    for theirs in await read(one):
        assert theirs.unanswered.key in theirs.noted
        with pytest.raises(ChangedMeanwhileError):
            await one.reply_alone(theirs.id, "Hello")
    assert one._servers.posted_mails == []


@pytest.mark.parametrize(
    "raw",
    [
        (
            b"From: Ada <ada@mail.example>\nTo: support@shop.example\nMessage-ID: <first@mail.example>\n"
            b"Subject: =?utf-8?q?Hi=0D=0ABcc=3A_all=40evil.example?=\n\nHello"
        ),
        (
            b"From: =?utf-8?q?Ada=0D=0ABcc=3A_all=40evil.example?= <ada@mail.example>\nTo: support@shop.example\n"
            b"Message-ID: <first@mail.example>\nSubject: Hi\n\nHello"
        ),
        (
            b"From: ada@mail.example\nTo: support@shop.example\nMessage-ID: <first@mail.example>\n"
            b"References: <a\x0bBcc:all@evil.example> <b@\xc3\xa4.example>\nSubject: Hi\n\nHello"
        ),
    ],
)
async def test_nothing_of_a_mail_becomes_another_header_of_ours(raw):
    one = desk()
    one._servers.box.put(raw)
    (theirs,) = await read(one)
    await one.reply_alone(theirs.id, "Hello\r\nBcc: all@evil.example\r\n.\r\nRCPT TO:<x@evil.example>")
    ((_, _, data),) = one._servers.posted_mails
    sent = message_from_bytes(data)
    assert sent["Bcc"] is None
    assert set(sent.keys()) <= {
        *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "X-Understudy", "MIME-Version"),
        *("Auto-Submitted", "X-Auto-Response-Suppress", "Content-Type", "Content-Transfer-Encoding"),
    }


@pytest.mark.parametrize("address", ["a@b.example\x0bRCPT", "ä@b.example", '"x y"@b.example', "x"])
async def test_an_address_that_is_none_is_not_written_to(address):
    one = desk()
    one._servers.box.put(mail(sender=None, Reply_To=None).replace(b"To:", b"From: <" + address.encode() + b">\nTo:", 1))
    for theirs in await read(one):
        with pytest.raises(OutgoingError):
            await one.reply_alone(theirs.id, "Hello")
    assert one._servers.posted_mails == []


async def test_references_are_whole_ids_and_lines_have_bounds():
    one = desk()
    ids = [f"<{number}-{'x' * 120}@mail.example>" for number in range(40)]
    references = f"References: {' '.join(ids)}\n".encode()
    one._servers.box.put(references + mail(own="<last@mail.example>"))
    (theirs,) = await read(one)
    await one.draft(theirs.id, "Hello")
    data = one._servers.box.mails[DRAFTS][0][3]
    kept = message_from_bytes(data)["References"].split()
    assert kept[0] == ids[0]
    assert kept[-2:] == [ids[-1], "<last@mail.example>"]
    assert max(map(len, data.split(b"\r\n"))) <= 998


async def test_tags_are_keywords_and_what_is_done_is_answered():
    one = desk()
    one._servers.box.put(mail(), INBOX, "refund", "$Forwarded", "NonJunk")
    assert (await only(one)).tags == ("refund",)
    await one.change(FIRST, Change("done", ("late", "two words", "\\Seen", "x)("), ("refund",)))
    assert one._servers.box.mails[INBOX][0][1] == {"late", "\\Answered", "$Forwarded", "NonJunk"}
    assert (await only(one)).category == "done"
    await one.change(FIRST, Change("open"))
    assert (await only(one)).category == "open"


async def test_attachments_are_said_in_words_and_html_is_read():
    html = (
        mail("x")
        .replace(b"text/plain", b"text/html")
        .replace(b"x\n", b"<p>Where <b>is</b> it?</p><blockquote>old</blockquote>\n")
    )
    assert words_of(html, opening=False) == "Where is it?"
    file = (
        b'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain\n\nSee there\n'
        b'--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="a.pdf"\n\nabc\n--x--\n'
    )
    assert words_of(file, opening=False) == "See there\n\n[1 file is attached]"


async def test_a_mail_without_a_name_is_found_again_and_answered():
    one = desk()
    one._servers.box.put(mail(own=None))
    theirs = await only(one)
    assert theirs.id == "7.1@no-message-id.invalid"
    await one.reply_alone(theirs.id, "Tomorrow.")
    assert [each.role for each in (await only(one)).remarks] == ["customer", "bot"]


@pytest.mark.parametrize("odd", ["a/b@x.example", "x" * 300 + "@y.example", "<a", "a b", "%%%", "ä@x.example"])
def test_a_name_is_safe_and_found_again(odd):
    name = name_of(odd)
    assert len(name) <= 200
    assert name.isascii()
    assert not set(name) & set('/?#%&"\\ \r\n(){}*')
    needle = needle_in(name)
    assert needle is None or needle in odd or needle == "x"


@pytest.mark.parametrize(
    "name", ['x") ALL (', "a\r\nb LOGOUT", "../x", "", "%", "x" * 300, "9.9@no-message-id.invalid"]
)
async def test_a_name_of_anybodys_making_finds_nothing(name):
    one = desk()
    one._servers.box.put(mail())
    assert await one.fetch(name) is None


def test_where_the_servers_are():
    here = mailbox_at("imaps://IMAP.shop.example/Support/Web")
    assert here == Place("imap.shop.example", 993, True, "Support/Web")
    assert mailbox_at("imap://imap.shop.example:1143") == Place("imap.shop.example", 1143, False, "INBOX")
    assert sender_at("", here) == Place("imap.shop.example", 465, True)
    assert sender_at("smtp.shop.example:587", here) == Place("smtp.shop.example", 587, False)
    assert sender_at("smtps://smtp.shop.example", here) == Place("smtp.shop.example", 465, True)


@pytest.mark.parametrize(
    "url",
    ["https://x.example", "imaps://", "imaps://u:p@x.example", "imaps://x.example/a%0d%0ab", "imap://x:99999", "x"],
)
def test_what_is_no_mailbox(url):
    with pytest.raises(InputError):
        Mail.checked(Door(Allowed()), url)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "169.254.169.254", "[::ffff:10.0.0.1]"])
def test_a_private_address_is_refused_as_it_is_written(host):
    with pytest.raises((AddressRefusedError, InputError)):
        Mail.checked(Door(Allowed()), f"imaps://{host}")


async def test_notes_are_refused_and_nothing_rings():
    one = desk()
    with pytest.raises(OutgoingError, match="no notes"):
        await one.note(FIRST, "x")
    assert Mail.heard({}, b"x", {}, BEGIN) == Rung()


def test_an_address_is_asked_for():
    for address in ("", "x", "a@b.example, nonsense"):
        with pytest.raises(InputError):
            desk(address)
