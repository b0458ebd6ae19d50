"""Slack: the ZIP of a workspace's export. A thread is a conversation; who is of the team has to be said."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from data.importers.helpdesks.helpdesk import HelpDesk
from data.importers.helpdesks.pieces import (
    BOT,
    Kind,
    Left,
    Message,
    Person,
    Piece,
    Place,
    Record,
    files_in,
    is_true,
    key_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAID = frozenset({"", "bot_message", "file_share", "thread_broadcast", "me_message"})
_MARK = re.compile(r"<([^<>]{1,2000})>")


def _message(record: Record, place: Place) -> Iterator[Piece]:
    subtype, bot = text_of(record, "subtype"), bool(text_of(record, "bot_id"))
    if subtype not in _SAID:
        yield Left("events")
        return
    stamp = text_of(record, "ts")
    channel = place.member.rpartition("/")[0].rpartition("/")[2] or text_of(record, "channel") or place.stem
    yield Message(
        f"{channel}-{text_of(record, 'thread_ts') or stamp}",
        html.unescape(_MARK.sub(_written, text_of(record, "text"))),
        role=BOT if bot or subtype == "bot_message" else None,
        author=key_of(record, "user", "bot_id"),
        name=text_of(record, "user_profile.real_name", "username"),
        at=stamp,
        number=stamp,
        files=files_in(record, "files"),
    )


def _written(found: re.Match[str]) -> str:
    """A mention, channel or link as a reader sees it."""
    target, _, label = found[1].partition("|")
    if target.startswith("#"):
        return f"#{label}" if label else ""
    if target[:1] in {"@", "!"}:
        return label
    address = target.removeprefix("mailto:")
    return f"{label} ({address})" if label and label not in address else address


def _user(record: Record, _place: Place) -> Iterator[Piece]:
    bot = is_true(record.get("is_bot")) or key_of(record, "id") == "USLACKBOT"
    names = ("profile.real_name", "real_name", "name")
    yield Person(key_of(record, "id"), BOT if bot else None, text_of(record, *names), text_of(record, "profile.email"))


SLACK = HelpDesk(
    title="Slack",
    expects="the ZIP of a workspace's export: users.json and a folder a channel with messages (ts, user, text)",
    kinds=(
        Kind(_message, "type ts", "text user bot_id", when=lambda record: record.get("type") == "message"),
        Kind(_user, "id name", "team_id is_bot", when=lambda record: "profile" in record),
    ),
    asks=True,
    says="each thread of a channel is a conversation; messages that nobody answered in a thread stand alone.",
)
