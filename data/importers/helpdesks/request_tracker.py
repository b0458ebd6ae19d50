"""Request Tracker (REST 2): tickets and transactions with their attachments, whose content is Base64."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from data.importers.helpdesks.helpdesk import HelpDesk
from data.importers.helpdesks.pieces import (
    AGENT,
    BOT,
    CUSTOMER,
    NOTE,
    Kind,
    Left,
    Message,
    Person,
    Piece,
    Place,
    Record,
    Ticket,
    flags_of,
    key_of,
    labels,
    records_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTERNAL = frozenset({"comment", "commentemailrecord"})
_PROGRAMS = frozenset({"rt_system", "nobody"})


def _ticket(record: Record, place: Place) -> Iterator[Piece]:
    key, status = key_of(record, "id"), text_of(record, "Status")
    other = key_of(record, "EffectiveId.id", "EffectiveId") or key
    people = [key_of(one, "id") for one in records_of(record, "Requestor", "Requestors")]
    yield Ticket(
        key,
        customers=list(filter(None, people)) or [key_of(record, "Creator.id", "Creator")],
        subject=text_of(record, "Subject"),
        created=text_of(record, "Created"),
        labels=labels(status=status, topic=text_of(record, "Queue.Name"), solved=status == "resolved" or None),
        against=status if status in {"deleted", "rejected"} else "merged into another" if other != key else "",
    )
    for one in records_of(record, "transactions", "Transactions", "history", "History"):
        yield from _transaction({"Object": {"id": key}, **one}, place)


def _transaction(record: Record, _place: Place) -> Iterator[Piece]:
    kind, creator = text_of(record, "Type").lower(), key_of(record, "Creator.id", "Creator")
    parts = records_of(record, "Attachments", "attachments", "_attachments")
    files = [one for one in parts if text_of(one, "Filename")]
    if kind not in {"create", "correspond"} | _INTERNAL or text_of(record, "Object.type") not in {"", "ticket"}:
        yield Left("events")
        return
    yield Message(
        key_of(record, "Object.id"),
        text_of(record, "Content") or _content([one for one in parts if not text_of(one, "Filename")]),
        role=NOTE if kind in _INTERNAL else BOT if creator.lower() in _PROGRAMS else None,
        author=creator,
        at=text_of(record, "Created"),
        number=key_of(record, "id"),
        flags=flags_of(record),
        files=len(files),
    )


def _content(parts: list[Record]) -> str:
    """The plain text among the parts, else the HTML."""
    texts = {text_of(one, "ContentType").lower(): text_of(one, "Content") for one in reversed(parts)}
    text = texts.get("text/plain") or texts.get("text/html") or ""
    try:
        return base64.b64decode(text, validate=False).decode() if text and " " not in text.strip() else text
    except (binascii.Error, ValueError):
        return text


def _user(record: Record, _place: Place) -> Iterator[Piece]:
    role = AGENT if text_of(record, "Privileged") == "1" else CUSTOMER
    yield Person(key_of(record, "Name", "id"), role, text_of(record, "RealName"), text_of(record, "EmailAddress"))


REQUEST_TRACKER = HelpDesk(
    title="Request Tracker",
    expects="transactions with Type, Creator, Object and Content (or Attachments), and tickets with Requestor",
    kinds=(
        Kind(_transaction, "Type Creator Created", "Object Content Attachments attachments _attachments"),
        Kind(_ticket, "Subject Status", "Requestor Requestors EffectiveId Queue"),
        Kind(_user, "Name Privileged"),
    ),
    titled=True,
    hint="there are tickets, but no transactions with their content in it.",
)
