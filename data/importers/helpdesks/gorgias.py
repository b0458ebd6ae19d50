"""Gorgias: tickets with their messages, or lists of messages. Its stripped text has quotes and signatures cut."""

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


def _ticket(record: Record, place: Place) -> Iterator[Piece]:
    key = key_of(record, "id")
    against = next((what for what, name in _AGAINST.items() if record.get(name)), "")
    yield Ticket(
        key,
        customers=[key_of(record, "customer.id")],
        name=text_of(record, "customer.name"),
        subject=text_of(record, "subject"),
        language=text_of(record, "language"),
        created=text_of(record, "created_datetime"),
        labels=labels(
            status=text_of(record, "status"),
            tags=words_of(record, "tags"),
            channel=text_of(record, "channel"),
            rating=record.get("satisfaction_score") or text_of(record, "satisfaction_survey.score"),
        ),
        against=against,
    )
    for message in records_of(record, "messages"):
        yield from _message({**message, "ticket_id": key}, place)


_AGAINST = {"spam": "spam", "deleted": "trashed_datetime"}


def _message(record: Record, _place: Place) -> Iterator[Piece]:
    for what, name in (("deleted messages", "deleted_datetime"), ("messages that failed", "failed_datetime")):
        if record.get(name):
            yield Left(what)
            return
    internal = text_of(record, "channel") in {"internal-note", "internal_note"}
    person = BOT if record.get("rule_id") else AGENT
    flags = flags_of(record, "public")
    yield Message(
        key_of(record, "ticket_id"),
        text_of(record, "stripped_text", "body_text", "stripped_html", "body_html"),
        role=NOTE if internal else person if record.get("from_agent") is True else CUSTOMER,
        author=key_of(record, "sender.id", "sender.email"),
        name=text_of(record, "sender.name"),
        at=text_of(record, "sent_datetime", "created_datetime"),
        number=key_of(record, "id"),
        flags=flags,
        files=files_in(record, "attachments"),
    )


GORGIAS = HelpDesk(
    title="Gorgias",
    expects="tickets with messages, or messages with from_agent and ticket_id",
    kinds=(
        Kind(_message, "from_agent ticket_id", "body_text stripped_text body_html stripped_html"),
        Kind(_ticket, "messages", "created_datetime opened_datetime assignee_user"),
    ),
    titled=True,
)
