"""osTicket: the rows of its tables as JSON (phpMyAdmin writes them so): thread entries, threads and tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.importers.helpdesks.helpdesk import HelpDesk
from data.importers.helpdesks.pieces import (
    AGENT,
    BOT,
    CUSTOMER,
    NOTE,
    Kind,
    Message,
    Piece,
    Place,
    Record,
    Ticket,
    flags_of,
    key_of,
    labels,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROLES = {"M": CUSTOMER, "R": AGENT, "N": NOTE}


def _thread(record: Record, _place: Place) -> Iterator[Piece]:
    task = text_of(record, "object_type") == "A"
    yield Ticket(
        key_of(record, "id"),
        created=text_of(record, "created"),
        labels=labels(ticket=key_of(record, "object_id")),
        against="a task of the team" if task else "",
    )


def _entry(record: Record, _place: Place) -> Iterator[Piece]:
    role = _ROLES.get(text_of(record, "type").upper(), NOTE)
    staff = key_of(record, "staff_id")
    yield Message(
        key_of(record, "thread_id"),
        text_of(record, "body"),
        role=BOT if role is AGENT and staff in {"", "0"} else role,
        author=f"staff {staff}" if role is AGENT else key_of(record, "user_id"),
        name=text_of(record, "poster"),
        at=text_of(record, "created"),
        number=key_of(record, "id"),
        flags=flags_of(record),
    )


OSTICKET = HelpDesk(
    title="osTicket",
    expects="rows of ost_thread_entry (thread_id, staff_id, type, body) and ost_thread",
    kinds=(Kind(_entry, "thread_id staff_id type body"), Kind(_thread, "id object_id object_type")),
    says="osTicket's times have no zone; they were taken as UTC.",
)
