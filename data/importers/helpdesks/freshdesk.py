"""Freshdesk: tickets and conversations as JSON, and the XML of an account's export. The ticket's text opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.importers.helpdesks.helpdesk import HelpDesk
from data.importers.helpdesks.pieces import (
    AGENT,
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
    at_path,
    files_in,
    flags_of,
    is_true,
    key_of,
    labels,
    records_of,
    text_of,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_STATUS = {"2": "open", "3": "pending", "4": "resolved", "5": "closed"}
_OUTBOUND = "10"
"""Source of a ticket that begins with a mail from the team."""
_SURVEY, _FORWARDED = "6", "8"
"""Sources of a conversation that are no message to or from the customer."""


def _ticket(record: Record, _place: Place) -> Iterator[Piece]:
    key = key_of(record, "display_id", "id")
    status = text_of(record, "status_name") or _STATUS.get(text_of(record, "status"), text_of(record, "status"))
    requester = key_of(record, "requester_id")
    against = next((what for what in ("spam", "deleted") if is_true(record.get(what))), "")
    yield Ticket(
        key,
        customers=[requester],
        name=text_of(record, "requester.name", "requester_name"),
        subject=text_of(record, "subject"),
        created=text_of(record, "created_at"),
        labels=labels(
            status=status.lower(),
            tags=words_of(record, "tags"),
            topic=text_of(record, "type", "ticket_type"),
            solved=status.lower() in {"resolved", "closed"} or None,
        ),
        against=against,
    )
    if opening := text_of(record, "description_text", "description", "description_html"):
        outbound = text_of(record, "source") == _OUTBOUND
        yield Message(
            key,
            opening,
            role=AGENT if outbound else None,
            author=key_of(record, "responder_id") if outbound else requester,
            at=text_of(record, "created_at"),
            files=files_in(record, "attachments"),
            opening=True,
        )
    for one in (*records_of(record, "conversations", "notes"), *_elements(record)):
        yield from _said(key, one)


def _elements(record: Record) -> list[Record]:
    """The notes of the XML, where one alone is no list."""
    value = at_path(record, "helpdesk_notes.helpdesk_note")
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _conversation(record: Record, _place: Place) -> Iterator[Piece]:
    yield from _said(key_of(record, "ticket_id", "notable_id"), record)


def _said(key: str, record: Record) -> Iterator[Piece]:
    source = text_of(record, "source")
    if source == _SURVEY or is_true(record.get("deleted")):
        yield Left("survey results" if source == _SURVEY else "deleted messages")
        return
    incoming = is_true(record.get("incoming"))
    yield Message(
        key,
        text_of(record, "body_text", "body", "body_html"),
        role=NOTE if source == _FORWARDED else CUSTOMER if incoming else AGENT,
        author=key_of(record, "user_id"),
        at=text_of(record, "created_at"),
        number=key_of(record, "id"),
        flags=flags_of(record, "private", ignore="incoming"),
        files=files_in(record, "attachments"),
    )


def _person(record: Record, _place: Place) -> Iterator[Piece]:
    agent = isinstance(record.get("contact"), dict)
    name, mail = text_of(record, "contact.name", "name"), text_of(record, "contact.email", "email")
    yield Person(key_of(record, "id"), AGENT if agent else CUSTOMER, name, mail)


FRESHDESK = HelpDesk(
    title="Freshdesk",
    expects="tickets with requester_id and description, conversations with incoming and private, or <helpdesk-ticket>",
    kinds=(
        Kind(_conversation, "ticket_id incoming private"),
        Kind(_conversation, "notable_id incoming private"),
        Kind(_ticket, "requester_id", "description description_text description_html helpdesk_notes"),
        Kind(_person, "contact ticket_scope"),
    ),
    elements=("helpdesk-ticket",),
    titled=True,
    hint="there are tickets, but no conversations in it: GET /api/v2/tickets/{id}?include=conversations has them.",
)
