"""What the team gets to see of a conversation, as JSON: what customers see, with notes and held replies among it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.service.conversations.views import message_view
from chatbot.storage.tables.conversations import MessageRow

if TYPE_CHECKING:
    from chatbot.storage.tables.drafts import HeldRow, NoteRow

CUSTOMER, TEAM = "customer", "team"
"""Who reads what a person writes."""


def message_shown(row: MessageRow) -> dict[str, Any]:
    """A message that the customer has."""
    return {**message_view(row), "visible_to": CUSTOMER, "mentions": [], "held_until": None, "acts": {}}


def note_shown(row: NoteRow) -> dict[str, Any]:
    """A note, in the shape of a message."""
    said = {"id": row.id, "author": row.author, "text": row.text, "files": row.files, "client_id": row.client_id}
    shown = message_shown(MessageRow(role="note", created_at=row.created_at, **said))
    return {**shown, "visible_to": TEAM, "mentions": row.mentions}


def held_shown(row: HeldRow) -> dict[str, Any]:
    """A reply that the customer does not have yet, in the shape of the message that it becomes."""
    shown = message_shown(message_of(row))
    return {**shown, "at": row.held_at.isoformat(), "held_until": row.release_at.isoformat(), "acts": row.acts or {}}


def message_of(row: HeldRow) -> MessageRow:
    """The message that a held reply becomes."""
    said = {"id": row.id, "author": row.agent, "counts_as": row.counts_as, "text": row.text, "files": row.files}
    return MessageRow(role="agent", client_id=row.client_id, created_at=row.release_at, **said)
