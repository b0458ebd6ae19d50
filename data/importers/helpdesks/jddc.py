"""Chinese chat logs as JD's corpus has them: a line a message with session, user, waiter_send and words; or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.importers.helpdesks.helpdesk import HelpDesk
from data.importers.helpdesks.pieces import (
    AGENT,
    CUSTOMER,
    Kind,
    Message,
    Piece,
    Place,
    Record,
    flags_of,
    is_true,
    key_of,
    text_of,
)
from data.importers.helpdesks.text_lines import text_lines
from data.importers.json_records import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.importers.json_records import Text

_FIELDS = ("session_id", "user_id", "waiter_send", "is_transfer", "is_repeat", "content")
_FLAGS = frozenset({"0", "1"})


def begins(head: str) -> bool:
    """Whether a text begins with such lines, with or without their names above them."""
    lines = head[:8000].splitlines()[:2]
    if lines and "waiter_send" in lines[0] and "\t" in lines[0]:
        return True
    cells = [line.split("\t") for line in lines]
    return bool(cells) and all(len(row) >= len(_FIELDS) and {row[2], row[3], row[4]} <= _FLAGS for row in cells)


def _lines(text: Text, place: Place) -> Iterator[Piece | Unread]:
    names: tuple[str, ...] = _FIELDS
    for number, line in enumerate(text_lines(text), start=1):
        if number == 1 and "waiter_send" in line:
            names = tuple(line.strip("\ufeff").split("\t"))
            continue
        if not line.strip():
            continue
        cells = line.split("\t", len(names) - 1)
        record = dict(zip(names, cells, strict=False))
        if len(cells) < len(names) or record.get("waiter_send") not in _FLAGS:
            yield Unread(number, f"expected {len(names)} cells with tabs between them, waiter_send 0 or 1.")
            continue
        yield from _message(record, place)


def _message(record: Record, _place: Place) -> Iterator[Piece]:
    agent = is_true(record.get("waiter_send"))
    yield Message(
        key_of(record, "session_id"),
        text_of(record, "content", "message", "text"),
        role=AGENT if agent else CUSTOMER,
        # The corpus names the customer in every line, and no agent.
        author="" if agent else key_of(record, "user_id"),
        at=text_of(record, "time", "create_time", "created_at"),
        flags=flags_of(record),
    )


JDDC = HelpDesk(
    title="JDDC (Chinese chats)",
    expects="lines of session_id, user_id, waiter_send, is_transfer, is_repeat, content with tabs between, or as JSON",
    kinds=(Kind(_message, "session_id waiter_send", "content message text"),),
    in_order=True,
    lines=_lines,
    begins=begins,
)
