"""Intercom: conversations as its API and its data export give them. The opening message stands apart from the parts."""

from __future__ import annotations

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
    Piece,
    Place,
    Record,
    Ticket,
    at_path,
    files_in,
    flags_of,
    key_of,
    labels,
    records_of,
    text_of,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.transcripts import Role

_ROLES = {
    "user": CUSTOMER, "lead": CUSTOMER, "contact": CUSTOMER, "visitor": CUSTOMER, "anonymous": CUSTOMER,
    "admin": AGENT, "team": AGENT, "teammate": AGENT, "bot": BOT, "operator": BOT, "fin": BOT,
}  # fmt: skip
_PUBLIC = frozenset({"comment", "quick_reply", "open", "close", "conversation_part"})
"""Kinds of part that a customer reads where they have a body; what else has one is for the team."""


def _conversation(record: Record, _place: Place) -> Iterator[Piece]:
    key = key_of(record, "id")
    people = records_of(record, "contacts.contacts", "contacts", "customers")
    customers = [*(key_of(one, "id") for one in people), key_of(record, "user.id")]
    parts = records_of(record, "conversation_parts.conversation_parts", "conversation_parts")
    count = at_path(record, "conversation_parts.total_count")
    yield Ticket(
        key,
        customers=list(filter(None, customers)),
        name=text_of(record, "source.author.name", "conversation_message.author.name"),
        subject=text_of(record, "title", "source.subject", "conversation_message.subject"),
        created=text_of(record, "created_at"),
        labels=labels(
            status=text_of(record, "state"),
            tags=words_of(record, "tags.tags"),
            rating=at_path(record, "conversation_rating.rating"),
            channel=text_of(record, "source.type", "conversation_message.type"),
        ),
    )
    if isinstance(count, int) and count > len(parts):
        yield Left("parts that the export does not hold (Intercom gives 500 of a conversation)")
    for name in ("source", "conversation_message"):
        opening = record.get(name)
        if isinstance(opening, dict):
            yield from _said(key, {"created_at": record.get("created_at"), **opening, "part_type": "comment"})
            break
    for part in parts:
        yield from _said(key, part)


def _said(key: str, part: Record) -> Iterator[Piece]:
    kind, text = text_of(part, "part_type"), text_of(part, "body")
    if not text and not files_in(part, "attachments"):
        yield Left("events")
        return
    if part.get("redacted") is True:
        yield Left("deleted messages")
        return
    yield Message(
        key,
        text,
        role=_role(part) if kind in _PUBLIC else NOTE,
        author=key_of(part, "author.id"),
        name=text_of(part, "author.name"),
        at=text_of(part, "created_at"),
        number=key_of(part, "id"),
        flags=flags_of(part),
        files=files_in(part, "attachments"),
    )


def _role(part: Record) -> Role | None:
    if at_path(part, "author.from_ai_agent") is True:
        return BOT
    return _ROLES.get(text_of(part, "author.type").lower())


INTERCOM = HelpDesk(
    title="Intercom",
    expects='conversations with "conversation_parts" and "source" (or "conversation_message")',
    kinds=(
        Kind(_conversation, "conversation_parts"),
        Kind(_conversation, "source", when=lambda record: record.get("type") == "conversation"),
    ),
)
