"""Chatwoot: conversations with their messages, or lists of messages; kinds as numbers (API) or words (webhooks)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.importers.helpdesks.helpdesk import HelpDesk
from data.importers.helpdesks.pieces import (
    AGENT,
    BOT,
    CUSTOMER,
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
    is_true,
    key_of,
    labels,
    records_of,
    text_of,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_INCOMING, _OUTGOING = frozenset({"0", "incoming"}), frozenset({"1", "outgoing"})
_STATUS = {"0": "open", "1": "resolved", "2": "pending", "3": "snoozed"}


def _conversation(record: Record, place: Place) -> Iterator[Piece]:
    key = key_of(record, "display_id", "id")
    status = text_of(record, "status")
    yield Ticket(
        key,
        name=text_of(record, "meta.sender.name"),
        created=text_of(record, "created_at", "timestamp"),
        labels=labels(
            status=_STATUS.get(status, status),
            tags=words_of(record, "labels"),
            channel=text_of(record, "meta.channel", "channel"),
        ),
    )
    for message in records_of(record, "messages"):
        yield from _message({**message, "conversation_id": key}, place)


def _message(record: Record, _place: Place) -> Iterator[Piece]:
    kind = text_of(record, "message_type")
    if kind not in _INCOMING | _OUTGOING:
        yield Left("events and templates")
        return
    deleted = at_path(record, "content_attributes.deleted")
    if is_true(deleted) or text_of(record, "status") == "failed":
        yield Left("deleted messages" if deleted else "messages that failed")
        return
    sender = (text_of(record, "sender_type") or text_of(record, "sender.type")).lower().replace("_", "")
    bot = sender in {"agentbot", "captain::assistant", "captainassistant"} or is_true(
        at_path(record, "content_attributes.automation_rule_id")
    )
    yield Message(
        key_of(record, "conversation_id"),
        text_of(record, "content", "processed_message_content"),
        role=BOT if bot else CUSTOMER if kind in _INCOMING else AGENT,
        author=key_of(record, "sender_id", "sender.id"),
        name=text_of(record, "sender.available_name", "sender.name"),
        at=text_of(record, "created_at"),
        number=key_of(record, "id"),
        flags=flags_of(record, "private"),
        files=files_in(record, "attachments"),
    )


CHATWOOT = HelpDesk(
    title="Chatwoot",
    expects="messages with message_type, private and conversation_id, or conversations that hold them",
    kinds=(
        Kind(_message, "message_type private conversation_id"),
        Kind(_conversation, "messages inbox_id"),
        Kind(_conversation, "messages meta status"),
    ),
)
