"""Zendesk: incremental and search JSON, JSON lines, tickets with their comments, lists of users, ticket events."""

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

_ROLES = {"end-user": CUSTOMER, "agent": AGENT, "admin": AGENT}
_PROGRAMS = frozenset({"system", "rule", "answer_bot", "answer_bot_for_agents"})
_MERGED = ("closed_by_merge",)
"""The tag that Zendesk puts on a ticket whose messages went into another."""
_DONE = frozenset({"solved", "closed"})


def _ticket(record: Record, _place: Place) -> Iterator[Piece]:
    key, status = key_of(record, "id", "ticket_id"), text_of(record, "status")
    tags = words_of(record, "tags")
    rating = text_of(record, "satisfaction_rating.score")
    against = "deleted" if status == "deleted" else "merged into another" if any(one in tags for one in _MERGED) else ""
    yield Ticket(
        key,
        customers=[key_of(record, "requester_id")],
        name=text_of(record, "requester.name"),
        subject=text_of(record, "raw_subject", "subject"),
        created=text_of(record, "created_at"),
        labels=labels(
            status=status,
            tags=tags,
            rating=rating if rating in {"good", "bad"} else "",
            channel=text_of(record, "via.channel"),
            solved=status in _DONE or None,
        ),
        against=against,
    )
    if description := text_of(record, "description"):
        author, requester = key_of(record, "submitter_id", "requester_id"), key_of(record, "requester_id")
        # What somebody else wrote down may be for the team alone; where it is public it is a comment as well.
        role = None if author == requester else NOTE
        yield Message(key, description, role, author, at=text_of(record, "created_at"), opening=True)
    for comment in records_of(record, "comments"):
        yield from _comment({**comment, "ticket_id": key}, _place)


def _comment(record: Record, _place: Place) -> Iterator[Piece]:
    author = key_of(record, "author_id")
    program = text_of(record, "via.channel") in _PROGRAMS or author.startswith("-")
    yield Message(
        key_of(record, "ticket_id"),
        text_of(record, "plain_body", "body", "html_body"),
        role=BOT if program else None,
        author=author,
        at=text_of(record, "created_at"),
        number=key_of(record, "id"),
        flags=flags_of(record, "public"),
        files=files_in(record, "attachments"),
    )


def _event(record: Record, place: Place) -> Iterator[Piece]:
    for child in records_of(record, "child_events"):
        if "Comment" in (text_of(child, "event_type"), text_of(child, "type")):
            above = {"ticket_id": record.get("ticket_id"), "created_at": record.get("created_at")}
            yield from _comment({"author_id": record.get("updater_id"), **above, **child}, place)
        else:
            yield Left("events")


def _user(record: Record, _place: Place) -> Iterator[Piece]:
    role = _ROLES.get(text_of(record, "role"))
    yield Person(key_of(record, "id"), role, text_of(record, "name"), text_of(record, "email"))


ZENDESK = HelpDesk(
    title="Zendesk",
    expects="tickets with requester_id and status, their comments, and users with role",
    kinds=(
        Kind(_event, "child_events ticket_id"),
        Kind(_ticket, "requester_id status", "comments via submitter_id brand_id raw_subject url"),
        Kind(_comment, "author_id public", "plain_body html_body body"),
        Kind(_user, "id role", when=lambda record: text_of(record, "role") in _ROLES),
    ),
    titled=True,
    hint="there are tickets, but no comments in it: Zendesk's plain export has none. Export them with the comments "
    "(GET /api/v2/tickets/{id}/comments, or incremental/ticket_events.json?include=comment_events).",
)
