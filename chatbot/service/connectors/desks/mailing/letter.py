"""One mail by its header: who wrote it, what it answers, and whether a program wrote it, which is never answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import TYPE_CHECKING

from chatbot.service.connectors.desks.mailing.names import made_up
from data.importers.mail.header import Header, header_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from email.message import Message

    from data.importers.mail.own import Own

INBOX, SENT, DRAFTS = "inbox", "sent", "drafts"
OURS = "X-Understudy"
"""A field of what is ours: ``answer`` (a program's), ``reply`` (a person's) or ``draft``, and the mail it answers."""
ANSWER, REPLY, DRAFT = "answer", "reply", "draft"
FIELDS = (
    *("From", "Sender", "Reply-To", "To", "Cc", "Message-ID", "References", "In-Reply-To", "Subject", "Date"),
    *("Content-Type", "Auto-Submitted", "Precedence", "Return-Path", "List-Id", "List-Unsubscribe", "X-Campaign-Id"),
    *("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Auto-Response-Suppress", "X-Failed-Recipients", "X-Loop"),
    *("Authentication-Results", "X-Spam-Flag", "Importance", "X-Priority", OURS),
)
"""All that is read of a header."""
_SUPPRESSED = re.compile(r"\b(?:all|oof|autoreply)\b", re.IGNORECASE)
_PROGRAMS = ("multipart/report", "text/calendar", "message/disposition-notification")
_NOBODY = re.compile(r"(?:no|do-?not|never)[._-]?reply|mailer-daemon|postmaster|bounces?", re.IGNORECASE)
_PRIORITY = {"high": "high", "low": "low", "1": "high", "2": "high", "4": "low", "5": "low"}


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail where it lies. ``own`` is its Message-ID, ``answers`` those it names, the first of them first.

    ``ours`` is what our field says: (kind, name of the mail it answers). ``at`` is when the server took it in.
    """

    folder: str
    uid: int
    flags: frozenset[str]
    at: datetime
    size: int
    own: str
    answers: tuple[str, ...]
    head: Header
    automatic: bool
    priority: str | None
    ours: tuple[str, str] | None

    @property
    def sent(self) -> bool:
        """Whether the desk's account sent it: only who has its password lays a mail there."""
        return self.folder == SENT

    def writer(self, own: Own) -> str | None:
        """Who outside the team is to be answered; None where it says that it is the team's.

        A form on a web page writes with the desk's own address, and names the customer in Reply-To.
        """
        outside = sorted(one for one in self.head.reply_to if not own.has(one))
        if own.has(self.head.sender) or not self.head.sender:
            return outside[0] if outside else None
        return self.head.sender

    def answered_at(self, own: Own) -> str | None:
        """The address that an answer goes to."""
        outside = sorted(one for one in self.head.reply_to if not own.has(one))
        return outside[0] if len(outside) == 1 else self.writer(own)


def letter_of(
    folder: str, uid: int, validity: int, flags: Iterable[str], at: datetime, size: int, raw: bytes
) -> Letter:
    """Read a header."""
    head = header_of(raw)
    message = BytesHeaderParser(policy=compat32).parsebytes(raw)
    kind, _, name = _field(message, OURS).partition(" ")
    priority = _field(message, "Importance").lower() or _field(message, "X-Priority")[:1]
    return Letter(
        folder=folder,
        uid=uid,
        flags=frozenset(flags),
        at=at,
        size=size,
        own=head.own or made_up(validity, uid),
        answers=tuple(one for one in head.ids if one != head.own),
        head=head,
        automatic=_is_automatic(message, head),
        priority=_PRIORITY.get(priority),
        ours=(kind, name.strip()) if kind in {ANSWER, REPLY, DRAFT} else None,
    )


def is_question(letter: Letter, own: Own) -> bool:
    """Whether a mail in the inbox is somebody's, rather than a program's, a list's, or one that claims to be ours."""
    return (
        not letter.automatic
        and (letter.ours is None or letter.ours[0] != ANSWER)
        and (not letter.head.group or own.has(letter.head.group))
        and letter.writer(own) is not None
    )


def is_nobody(address: str) -> bool:
    """Whether nobody reads what is sent to an address."""
    return _NOBODY.match(address.partition("@")[0]) is not None


def _is_automatic(message: Message, head: Header) -> bool:
    kind = _field(message, "Content-Type").lower()
    return (
        head.skipped is not None
        or _field(message, "Return-Path").replace(" ", "") == "<>"
        or kind.startswith(_PROGRAMS)
        or _SUPPRESSED.search(_field(message, "X-Auto-Response-Suppress")) is not None
        or message.get("X-Loop") is not None
        or _field(message, "X-Spam-Flag").lower().startswith("yes")
    )


def _field(message: Message, name: str) -> str:
    return str(message.get(name) or "").strip()
