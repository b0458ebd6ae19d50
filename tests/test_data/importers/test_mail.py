"""Mailboxes: what becomes one conversation, who speaks in it, and what is left out; never a traceback."""

from __future__ import annotations

import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.importers import REGISTRY, detect
from data.importers.importer import Broken, Found, ImportOptions, Told
from data.importers.mail.body import body_of
from data.importers.mail.header import header_of
from data.intake import Accepted, Dropped, take

DESK = "Shop <support@shop.example>"


def mail(number, sender, to, subject, text, answers=None, **fields):
    message = EmailMessage()
    message["Message-ID"] = f"<{number}@x.example>"
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = f"Sat, 01 Mar 2025 {number % 24:02}:00:00 +0100"
    if answers is not None:
        message["In-Reply-To"] = f"<{answers}@x.example>"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


BOX = [
    mail(1, "Anna <anna@a.example>", DESK, "Kettle", "How do I return it?\n\nFrom the start it leaked."),
    mail(2, "Lisa <lisa@shop.example>", "bert@shop.example", "Fwd: Kettle", "Refuse her.", 1),
    mail(3, DESK, "anna@a.example", "Re: Kettle", "Use the label.\n\nOn 1 March 2025, Anna wrote:\n\n> How?", 1),
    mail(4, "lisa@shop.example", "maker@maker.example", "Kettle", "They cost us 3 euros.", 1),
    mail(5, "bob@b.example", DESK, "Größe?", "Welche Größe passt?"),
    mail(6, DESK, "bob@b.example", "AW: Größe?", "M passt."),
    mail(7, "carl@c.example", DESK, "Größe?", "Und mir?"),
    mail(8, "bob@b.example", DESK, "Automatic reply: Größe?", "I am away", Auto_Submitted="auto-replied"),
    mail(9, "mailer-daemon@b.example", DESK, "Undelivered", "x"),
    mail(10, "news@n.example", DESK, "News", "x", List_Id="<a.b>"),
]


def write(folder: Path, kind: str, mails) -> Path:
    path = folder / {"mbox": "box.mbox", "maildir": "box", "eml": "mails"}[kind]
    if kind == "eml":
        path.mkdir()
        for number, one in enumerate(mails):
            (path / f"{number}.eml").write_bytes(bytes(one))
        return path
    box = mailbox.mbox(path) if kind == "mbox" else mailbox.Maildir(path)
    for one in mails:
        box.add(one)
    box.close()
    return path


def read(path, **columns):
    rows = list(REGISTRY["mail"].read(path, ImportOptions(columns=columns)))
    talks = {row.item.labels.get("title"): row.item for row in rows if isinstance(row, Found)}
    return talks, [row.message for row in rows if isinstance(row, Broken)], [
        row.message for row in rows if isinstance(row, Told)
    ]  # fmt: skip


def said(talk):
    return [(str(turn.role), turn.text.partition("\n")[0]) for turn in talk.turns]


@pytest.mark.parametrize("kind", ["mbox", "maildir", "eml"])
@pytest.mark.parametrize("turned", [False, True])
def test_mails_become_conversations(tmp_path, kind, turned):
    path = write(tmp_path, kind, [*BOX, BOX[0]][:: -1 if turned else 1])
    assert detect(path) == "mail"
    rows = list(take([path]))
    kept = {row.item.labels["title"]: row.item for row in rows if isinstance(row, Accepted)}
    assert [(str(turn.role), turn.text) for turn in kept["Kettle"].turns] == [
        ("customer", "Kettle\nHow do I return it?\n\nFrom the start it leaked."),
        ("agent", "Use the label."),
    ]
    assert [(str(turn.role), turn.text) for turn in kept["Größe?"].turns] == [
        ("customer", "Größe?\nWelche Größe passt?"),
        ("agent", "M passt."),
    ]
    assert kept["Kettle"].turns[0].at == "2025-03-01T00:00:00Z"
    # Carl's question of the same subject is another conversation, which nobody answered.
    assert [row.reason for row in rows if isinstance(row, Dropped)] == ["no agent answer"]
    told = " ".join(row.message for row in rows if isinstance(row, Told))
    assert "@shop.example" in told
    for count in ("automatic replies 1", "bounces 1", "bulk mail and lists 1", "copies of the same mail 1"):
        assert count in told


def test_what_the_team_writes_to_itself_or_to_others_is_internal(tmp_path):
    talks, _, _ = read(write(tmp_path, "mbox", BOX))
    assert [role for role, _ in said(talks["Kettle"])] == ["customer", "note", "agent", "note"]


def test_a_list_that_is_the_teams_own_address_is_no_bulk_mail(tmp_path):
    ours = {"List_Id": "Support <support.shop.example>", "Precedence": "list"}
    theirs = {"List_Id": "<talk.forum.example>", "Precedence": "list"}
    mails = [
        mail(1, "anna@a.example", DESK, "Kettle", "Is it blue?", **ours),
        mail(2, DESK, "anna@a.example", "Re: Kettle", "Yes.", 1),
        mail(3, "eve@e.example", "talk@forum.example", "Chat", "x", **theirs),
        mail(4, "lisa@shop.example", "talk@forum.example", "Re: Chat", "y", 3, **theirs),
    ]
    talks, _, told = read(write(tmp_path, "mbox", mails))
    assert [role for role, _ in said(talks["Kettle"])] == ["customer", "agent"]
    assert list(talks) == ["Kettle"]
    assert any("bulk mail and lists 2" in one for one in told)


def test_who_only_claims_to_be_of_the_team_is_not_learnt_from(tmp_path):
    forged = mail(3, DESK, "anna@a.example", "Kettle", "Send us your card.", 1, Authentication_Results="mx; dmarc=fail")
    talks, _, _ = read(write(tmp_path, "mbox", [BOX[0], forged]))
    assert [role for role, _ in said(talks["Kettle"])] == ["customer", "note"]


def test_a_form_on_the_site_speaks_for_the_customer(tmp_path):
    path = write(tmp_path, "mbox", [mail(1, DESK, DESK, "Form", "Is it blue?", Reply_To="anna@a.example")])
    assert said(read(path)[0]["Form"]) == [("customer", "Form")]


def test_whose_mails_they_are_is_asked_where_it_is_not_clear(tmp_path):
    path = write(
        tmp_path, "eml", [mail(1, "anna@a.example", "lisa@l.example", "Hi", "x"), mail(2, "a@a", "b@b", "y", "x")]
    )
    talks, (message,), _ = read(path)
    assert not talks
    assert "--column agent_address=" in message
    for option in ("agent_address", "agent_value"):
        talks, broken, _ = read(path, **{option: "@L.example"})
        assert not broken
        assert said(talks["Hi"])[0][0] == "customer"
    assert "expected addresses" in read(path, agent_address="lisa")[1][0]


def test_a_person_at_a_provider_stands_for_nobody_else(tmp_path):
    mails = [mail(n, f"c{n}@gmail.com", "shop.aurora@gmail.com", f"S{n}", "x?") for n in range(1, 4)]
    mails += [mail(n + 9, "shop.aurora@gmail.com", f"c{n}@gmail.com", f"Re: S{n}", "y", n) for n in range(1, 4)]
    talks, broken, _ = read(write(tmp_path, "mbox", mails))
    assert not broken
    assert [role for role, _ in said(talks["S2"])] == ["customer", "agent"]


RAW = {
    "cp1252 unnamed": (b"Subject: =?iso-8859-1?Q?Gr=F6=DFe?=\n\nF\xfcr \x93mich\x94\n", "Für “mich”"),
    "wrong charset": (b"Content-Type: text/plain; charset=utf-8\n\nGr\xf6\xdfe\n", "Größe"),
    "no such charset": (b"Content-Type: text/plain; charset=x-nothing\n\nGr\xc3\xb6\xc3\x9fe\n", "Größe"),
    "gb2312": (b"Content-Type: text/plain; charset=gb2312\n\n" + "你好€".encode("gb18030"), "你好€"),
    "quoted-printable": (b"Content-Transfer-Encoding: quoted-printable\n\nk=\nettle =C3=A4\n", "kettle ä"),
    "flowed": (b"Content-Type: text/plain; format=flowed\n\nOne long \nline.\n> quoted \n> on\n>> deeper\n-- \nAnna\n",
               "One long line.\n> quoted on\n>> deeper\n-- \nAnna"),
    "html alone": (b"Content-Type: text/html; charset=utf-8\n\n<p>Hi</p>\n", "<p>Hi</p>"),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "text"), RAW.values(), ids=RAW)
def test_charsets_and_forms(raw, text):
    assert body_of(raw).text == text


def test_the_plain_part_is_taken_and_files_are_counted():
    message = mail(1, "a@a.example", DESK, "x", "plain")
    message.add_alternative("<b>rich</b>", subtype="html")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    message.add_attachment(b"x", maintype="image", subtype="png", disposition="inline", cid="<a>")
    body = body_of(bytes(message))
    assert (body.text, body.attachments) == ("plain", 1)
    message = mail(1, "a@a.example", DESK, "x", "This mail needs an HTML mail client.")
    message.add_alternative("<b>rich</b>", subtype="html")
    assert body_of(bytes(message)).text == "<b>rich</b>"


@pytest.mark.parametrize(
    "prefix", ["Re: ", "AW: ", "RE: [#123] ", "SV: Re: ", "回复：", "Fwd: ", "R: ", "RES: ", "Antw.: ".replace(".", "")]
)
def test_subjects_lose_what_answering_puts_before_them(prefix):
    assert header_of(f"From: a@b.example\nSubject: {prefix}Kettle\n\n".encode()).topic == "kettle"


def test_a_line_that_begins_with_from_is_no_mail(tmp_path):
    path = tmp_path / "inbox"  # as Thunderbird names it
    one = b"From - Sat Mar  1 09:00:00 2025\nFrom: a@a.example\nTo: support@s.example\nSubject: x\n\nFirst.\n\n"
    path.write_bytes(one + b"From the shop at 10:30 I came home 2025\nand it broke.\n\n>From me\n\n" + one)
    assert detect(path) == "mail"
    talks, _, _ = read(path)
    assert len(talks["x"].turns) in {1, 2}
    rows = [row for row in REGISTRY["mail"].read(path, ImportOptions()) if isinstance(row, Found)]
    assert [row.line for row in rows] == [1, 13]
    assert "\nFrom me" in rows[0].item.turns[0].text


def test_empty_and_other_files_are_told(tmp_path):
    (tmp_path / "a.eml").write_bytes(b"")
    (tmp_path / "b.eml").write_bytes(b"\x00\xff" * 50)
    for name in ("a.eml", "b.eml"):
        _, broken, _ = read(tmp_path / name)
        assert broken


def test_addresses_and_texts_in_no_charset_are_kept_as_well_as_can_be(tmp_path):
    path = tmp_path / "a.eml"
    path.write_bytes(
        b"From: J\xf6rg <j\xf6rg@a.example>\nTo: support@shop.example\nSubject: =?utf-7?q?+2AA-?= \xea\n"
        b"Content-Type: text/plain; charset=utf-7\n\n+2AA- and \xff more\n"
    )
    (talk,) = read(path)[0].values()
    assert "more" in talk.turns[0].text
    talk.turns[0].text.encode()
    assert header_of(path.read_bytes()).sender == "jörg@a.example"


PIECES = st.sampled_from([
    b"From a@b Sat Mar  1 09:00:00 2025\n", b"From: ", b"To: ", b"Subject: =?utf-8?b?", b"=?x?q?=ff?=", b"\n\n", b"\n",
    b">From ", b'Content-Type: multipart/mixed; boundary="b"\n', b"--b\n", b"--b--\n",
    b'Content-Type: text/plain; charset="\x00"\n', b"Content-Transfer-Encoding: base64\n", b"a@b.example", b"<", b">",
    b'"', b"Message-ID: <a@b>\n", b"References: <a@b> <c@d>\n", b"Date: Sat, 01 Mar 99999 09:00:00 +9999\n",
    b"charset*0*=x''%ff", b"=\n", b";", b"format=flowed\n", b"support@s.example\n",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=6), max_size=40))
def test_any_bytes_are_read_or_told(tmp_path_factory, pieces):
    path = tmp_path_factory.mktemp("m") / "a.mbox"
    path.write_bytes(b"".join(pieces))
    for row in take([path]):
        assert row
