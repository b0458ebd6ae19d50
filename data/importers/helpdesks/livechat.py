"""LiveChat: chats of its archives, as version 2 and version 3 of the API give them."""

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

_SAID = frozenset({"message", "rich_message", "file", "filled_form"})
_RATES = {"rated_good": "good", "rated_bad": "bad", "good": "good", "bad": "bad"}


def _chat(record: Record, _place: Place) -> Iterator[Piece]:
    """Version 3: each thread of a chat is a conversation."""
    users = {key_of(one, "id"): one for one in records_of(record, "users")}
    one_thread = record.get("thread")
    for thread in (*records_of(record, "threads"), *([one_thread] if isinstance(one_thread, dict) else [])):
        key = key_of(thread, "id") or key_of(record, "id")
        customers = [name for name, one in users.items() if text_of(one, "type") == "customer"]
        yield Ticket(
            key,
            customers=customers,
            name=text_of(users[customers[0]], "name") if customers else "",
            created=text_of(thread, "created_at"),
            labels=labels(tags=words_of(thread, "tags"), rating=_rating(thread)),
        )
        for event in records_of(thread, "events"):
            yield from _event(key, event, users)


def _event(key: str, event: Record, users: dict[str, Record]) -> Iterator[Piece]:
    if text_of(event, "type") not in _SAID:
        yield Left("events")
        return
    author = key_of(event, "author_id")
    user = users.get(author, {})
    kind = text_of(user, "type")
    role = CUSTOMER if kind == "customer" else AGENT if kind == "agent" else BOT
    if is_true(user.get("is_bot")) or kind == "bot":
        role = BOT
    yield Message(
        key,
        text_of(event, "text", "elements.title"),
        role=role,
        author=author,
        name=text_of(user, "name"),
        at=text_of(event, "created_at"),
        number=key_of(event, "id"),
        flags=flags_of({"visibility": event["visibility"]} if "visibility" in event else {}, "visibility"),
        files=text_of(event, "type") == "file",
    )


def _rating(thread: Record) -> str:
    score = at_path(thread, "properties.rating.score")
    return "" if score is None or score == "" else "good" if is_true(score) else "bad"


def _archived(record: Record, _place: Place) -> Iterator[Piece]:
    """Version 2."""
    key = key_of(record, "id")
    yield Ticket(
        key,
        name=text_of(record, "visitor.name", "visitor_name"),
        created=text_of(record, "started_timestamp", "started"),
        labels=labels(tags=words_of(record, "tags"), rating=_RATES.get(text_of(record, "rate"))),
        against="missed chat" if text_of(record, "type") == "missed_chat" else "",
    )
    for event in records_of(record, "events", "messages"):
        if text_of(event, "type") not in {"", "message", "attachment"}:
            yield Left("events")
            continue
        kind = text_of(event, "user_type").lower()
        person = {"visitor": CUSTOMER, "agent": AGENT, "supervisor": NOTE}.get(kind, BOT)
        yield Message(
            key,
            text_of(event, "text"),
            role=person,
            author=key_of(event, "agent_id") if person is AGENT else "",
            name=text_of(event, "author_name"),
            at=text_of(event, "timestamp", "date"),
            number=key_of(event, "event_id"),
            flags=flags_of(event, ignore="welcome_message"),
            files=text_of(event, "type") == "attachment",
        )


LIVECHAT = HelpDesk(
    title="LiveChat",
    expects='chats with "users" and "thread(s)" (version 3) or with "events" and "started_timestamp" (version 2)',
    kinds=(
        Kind(_chat, "users", "thread threads"),
        Kind(
            _archived,
            "id",
            "events messages",
            when=lambda record: "started_timestamp" in record or "visitor_id" in record,
        ),
        Kind(_archived, "type time message", when=lambda record: record.get("type") == "missed_chat"),
    ),
)
