"""Zammad: tickets with their articles, or lists of articles and tickets."""

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
    Person,
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

_SENDERS = {"customer": CUSTOMER, "agent": AGENT, "system": BOT, "1": AGENT, "2": CUSTOMER, "3": BOT}
"""Names of senders, and the numbers that a fresh Zammad gives them."""
_STATES = {"1": "new", "2": "open", "3": "pending reminder", "4": "closed", "5": "merged"}


def _ticket(record: Record, place: Place) -> Iterator[Piece]:
    key = key_of(record, "id")
    state = text_of(record, "state.name", "state") or _STATES.get(text_of(record, "state_id"), "")
    yield Ticket(
        key,
        customers=[key_of(record, "customer_id")],
        name=_name(record.get("customer")),
        subject=text_of(record, "title"),
        created=text_of(record, "created_at"),
        labels=labels(status=state, tags=words_of(record, "tags"), solved=state == "closed" or None),
        against="merged into another" if state == "merged" else "",
    )
    for article in records_of(record, "articles"):
        yield from _article({**article, "ticket_id": key}, place)


def _article(record: Record, _place: Place) -> Iterator[Piece]:
    sender = text_of(record, "sender", "sender_id").lower()
    if sender not in _SENDERS:
        yield Left("articles of an unknown sender")
        return
    yield Message(
        key_of(record, "ticket_id"),
        text_of(record, "body"),
        role=_SENDERS[sender],
        author=key_of(record, "origin_by_id", "created_by_id"),
        name=text_of(record, "from").split("<")[0].strip(' "'),
        at=text_of(record, "created_at"),
        number=key_of(record, "id"),
        flags=flags_of(record, "internal"),
        files=files_in(record, "attachments"),
    )


def _user(record: Record, _place: Place) -> Iterator[Piece]:
    yield Person(key_of(record, "id"), None, _name(record), text_of(record, "email"))


def _name(record: object) -> str:
    return " ".join(filter(None, (text_of(record, "firstname"), text_of(record, "lastname"))))


ZAMMAD = HelpDesk(
    title="Zammad",
    expects="articles with ticket_id, sender and internal, or tickets that hold them",
    kinds=(
        Kind(_article, "ticket_id internal", "sender sender_id"),
        Kind(_ticket, "articles", "customer_id group_id number title"),
        Kind(_ticket, "customer_id group_id title"),
        Kind(_user, "id firstname lastname login"),
    ),
    titled=True,
    hint="there are tickets, but no articles in it: fetch them with GET /api/v1/ticket_articles/by_ticket/{id}.",
)
