"""Help Scout: conversations with their threads, newest first; drafts and hidden ones were never sent."""

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

    from data.transcripts import Role

_CUSTOMER = frozenset({"customer", "chat", "phone", "beaconchat", "forwardparent"})
_NO_MESSAGE = frozenset({"lineitem", "line_item", "status"})


def _conversation(record: Record, place: Place) -> Iterator[Piece]:
    key = key_of(record, "id", "number")
    person = "primaryCustomer" if "primaryCustomer" in record else "primary_customer"
    person = person if person in record else "customer"
    customer = " ".join(
        filter(None, (text_of(record, f"{person}.{part}", f"{person}.{part}Name") for part in ("first", "last")))
    )
    status, state = text_of(record, "status"), text_of(record, "state")
    yield Ticket(
        key,
        customers=[key_of(record, f"{person}.id")],
        name=customer,
        subject=text_of(record, "subject"),
        created=text_of(record, "createdAt", "created_at"),
        labels=labels(
            status=status,
            tags=words_of(record, "tags", "tag") or words_of(record, "tags"),
            channel=text_of(record, "type"),
        ),
        against="spam" if status == "spam" else state if state in {"deleted", "draft"} else "",
    )
    for thread in records_of(record, "_embedded.threads", "threads", "embedded.threads"):
        yield from _thread({**thread, "conversation_id": key}, place)


def _thread(record: Record, _place: Place) -> Iterator[Piece]:
    kind, state = text_of(record, "type").lower(), text_of(record, "state").lower()
    if kind in _NO_MESSAGE:
        yield Left("events")
        return
    if state in {"draft", "hidden"}:
        yield Left("drafts and hidden messages")
        return
    by = "createdBy" if "createdBy" in record else "created_by"
    names = (text_of(record, f"{by}.first", f"{by}.firstName"), text_of(record, f"{by}.last", f"{by}.lastName"))
    yield Message(
        key_of(record, "conversation_id", "conversationId"),
        text_of(record, "body", "text"),
        role=NOTE if state not in {"", "published"} else _role(kind, text_of(record, f"{by}.type")),
        author=key_of(record, f"{by}.id", f"{by}.email"),
        name=" ".join(filter(None, names)),
        at=text_of(record, "createdAt", "created_at"),
        number=key_of(record, "id"),
        flags=flags_of(record),
        files=files_in(record, "attachments", "_embedded.attachments"),
    )


def _role(kind: str, by: str) -> Role:
    if kind == "message":
        return BOT if by in {"system", "workflow"} else AGENT
    if kind in _CUSTOMER:
        return AGENT if by == "user" else CUSTOMER
    return NOTE  # note, forwardchild, and what we do not know


HELP_SCOUT = HelpDesk(
    title="Help Scout",
    expects='conversations with "threads" (in "_embedded") of type customer, message and note',
    kinds=(
        Kind(_conversation, "_embedded", when=lambda record: bool(records_of(record, "_embedded.threads"))),
        Kind(_conversation, "threads", "mailboxId mailbox mailbox_id number primaryCustomer primary_customer"),
        Kind(_thread, "type state", "createdBy created_by", when=lambda record: "conversation_id" in record),
    ),
    newest_first=True,
    titled=True,
)
