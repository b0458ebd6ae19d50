"""Crisp: messages by session, and the conversations' own data. What is typed by a program says so."""

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

_TEXTS, _FILES = frozenset({"text", "note", "picker", "field", "carousel"}), frozenset({"file", "audio", "animation"})
_PEOPLE = {"user": CUSTOMER, "operator": AGENT}


def _conversation(record: Record, place: Place) -> Iterator[Piece]:
    key, locales = key_of(record, "session_id"), words_of(record, "meta.device.locales")
    yield Ticket(
        key,
        name=text_of(record, "meta.nickname"),
        subject=text_of(record, "meta.subject"),
        language=locales[0] if locales else "",
        created=text_of(record, "created_at"),
        labels=labels(status=text_of(record, "state"), tags=words_of(record, "meta.segments")),
    )
    for message in records_of(record, "messages"):
        yield from _message({**message, "session_id": key}, place)


def _message(record: Record, _place: Place) -> Iterator[Piece]:
    kind, stamped = text_of(record, "type"), is_true(record.get("stealth"))
    if kind not in _TEXTS | _FILES:
        yield Left("events")
        return
    person = _PEOPLE.get(text_of(record, "from"))
    program = is_true(record.get("automated"))
    yield Message(
        key_of(record, "session_id"),
        text_of(record, "content", "content.text") if kind in _TEXTS else "",
        role=NOTE if kind == "note" or stamped or person is None else BOT if program and person is AGENT else person,
        author=key_of(record, "user.user_id") or (key_of(record, "session_id") if person is CUSTOMER else ""),
        name=text_of(record, "user.nickname"),
        at=text_of(record, "timestamp"),
        number=f"f{key_of(record, 'fingerprint')}" if key_of(record, "fingerprint") else "",
        flags=flags_of(record),
        files=kind in _FILES,
    )


CRISP = HelpDesk(
    title="Crisp",
    expects="messages with session_id, from, type and content, and conversations with session_id and meta",
    kinds=(
        Kind(_message, "session_id from type content"),
        Kind(
            _conversation,
            "session_id",
            "meta messages",
            when=lambda record: "website_id" in record or "state" in record,
        ),
    ),
)
