"""A reply as mail programs write it: to whom the customer wants answers, below the mail that it answers."""

from __future__ import annotations

import re
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.policy import compat32
from email.utils import format_datetime, formataddr
from hashlib import blake2b
from typing import TYPE_CHECKING

from chatbot.service.connectors.desks.mailing.letter import ANSWER, OURS, REPLY
from chatbot.service.connectors.desks.mailing.names import name_of
from chatbot.service.connectors.protocol import mark_of
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.service.connectors.desks.mailing.letter import Letter
    from data.importers.mail.own import Own

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,10}")
_ID = re.compile(r"[!-;=?-~]{1,400}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_ANSWERS = re.compile(r"^(?:(?:re|aw|antw|sv|r)\s?:\s?){1,9}", re.IGNORECASE)
_REFERENCES = 900  # characters: a line has 998 at most
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_LINES = compat32.clone(linesep="\r\n", max_line_length=78)


def is_address(text: str) -> bool:
    """Whether a text is one address, and nothing that a header or a command would read as more."""
    return _ADDRESS.fullmatch(text) is not None


def answer_id(letter: Letter, address: str, text: str = "") -> str:
    """The Message-ID of a reply to a mail: of a person's with these words, else the one of ours that there may be."""
    digest = blake2b(f"{letter.own}\n{text}".encode("utf-8", "surrogateescape"), digest_size=15).hexdigest()
    return f"understudy.{digest}@{address.rpartition('@')[2]}"


def recipient(letter: Letter, own: Own) -> str:
    """Where an answer goes.

    Raises:
        OutgoingError: nowhere.

    """
    to = letter.answered_at(own)
    if to is None or own.has(to) or not is_address(to):
        raise OutgoingError("This mail names nobody who could be answered.")
    return to


def reply_to(letter: Letter, address: str, own: Own, text: str, now: datetime, kind: str) -> bytes:
    """A reply; of a program's ``answer`` nobody has read it, and it says so (RFC 3834), so that no program answers it.

    Raises:
        OutgoingError: nobody can be answered.

    """
    to, alone = recipient(letter, own), kind == ANSWER
    message = Message()
    message.set_payload(_without_mark(text), _UTF8)
    name = letter.head.name if to == letter.head.sender else ""
    fields = {
        "From": address,
        "To": formataddr((_line(name), to), "utf-8"),
        "Subject": Header(f"Re: {_ANSWERS.sub('', _line(letter.head.subject))}".strip(), "utf-8").encode(),
        "Date": format_datetime(now),
        "Message-ID": f"<{answer_id(letter, address, text if kind == REPLY else '')}>",
        "In-Reply-To": f"<{letter.own}>" if _ID.fullmatch(letter.own) else None,
        "References": _references(letter),
        OURS: f"{kind} {name_of(letter.own)}",
        "Auto-Submitted": "auto-generated" if alone else None,
        "X-Auto-Response-Suppress": "All" if alone else None,
    }
    for field, value in fields.items():
        if value:
            message[field] = value
    return message.as_bytes(policy=_LINES)


def _references(letter: Letter) -> str:
    """The first mail of the conversation, and as many of the last as have room."""
    ids = [one for one in (*letter.answers, letter.own) if _ID.fullmatch(one)]
    kept: list[str] = []
    room = _REFERENCES - len(ids[0]) if ids else 0
    for one in reversed(ids[1:]):
        room -= len(one) + 3
        if room < 0:
            break
        kept.insert(0, one)
    return " ".join(f"<{one}>" for one in (*ids[:1], *kept))


def _without_mark(text: str) -> str:
    """A customer reads it: the mark of our notes has no place in it."""
    mark = mark_of(text)
    bare = text if mark is None else text.rstrip()[: -len(f"[understudy:{mark}]")]
    return bare.replace("\r\n", "\n").replace("\r", "\n").strip() + "\n"


def _line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()[:300]
