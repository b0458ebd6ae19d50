"""Inboxes: the places customers write from, and what each asks of them.

A desk has one from the start, ``default``, which asks for nothing; others are made where several sites, or several
customers' sites, share a desk.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chatbot.errors import InputError, NotFoundError
from chatbot.service.access.rate_limits import rate
from chatbot.service.audit import COMMAND_LINE, Act, record
from chatbot.storage.queries import inboxes as stored
from chatbot.storage.tables.visitors import InboxRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatbot.clock import Clock
    from chatbot.service.audit import Actor
    from chatbot.storage.database import Session

_LONGEST_NAME = 100
_HOST = re.compile(r"(\*\.)?[a-z0-9.-]+|\[[0-9a-f:]+\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inbox:
    """One inbox. ``rate`` is what it takes, such as ``600/minute``; None for as much as comes."""

    id: str
    name: str
    origins: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    verified_only: bool = False
    rate: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different about an inbox; None leaves a thing as it is."""

    name: str | None = None
    origins: tuple[str, ...] | None = None
    frame_ancestors: tuple[str, ...] | None = None
    verified_only: bool | None = None
    rate: str | None = None


async def create(session: Session, change: Change, clock: Clock, *, actor: Actor = COMMAND_LINE) -> Inbox:
    """Make an inbox; recorded.

    Raises:
        InputError: its name, an origin or its rate is not valid.

    """
    row = InboxRow(
        id=clock.new_id("in"), name="", origins=[], frame_ancestors=[], verified_only=False, created_at=clock.now()
    )
    _apply(row, replace(change, name=change.name or ""))
    session.add(row)
    await session.flush()
    return await _recorded(session, clock, actor, Act.INBOX_MADE, row)


async def alter(session: Session, inbox_id: str, change: Change, clock: Clock, *, actor: Actor = COMMAND_LINE) -> Inbox:
    """Change an inbox; recorded. A running server knows within two seconds.

    Raises:
        NotFoundError: there is no such inbox.
        InputError: its name, an origin or its rate is not valid.

    """
    row = await by_id(session, inbox_id)
    _apply(row, change)
    await session.flush()
    return await _recorded(session, clock, actor, Act.INBOX_CHANGED, row)


async def list_all(session: Session) -> list[Inbox]:
    """Every inbox, the default one first."""
    return [_inbox(row) for row in await stored.all_inboxes(session)]


def origin(text: str) -> str:
    """An origin as browsers write it: scheme, host and port, in lower case, and nothing else.

    Raises:
        InputError: it is no origin.

    """
    parts = urlsplit(text.strip().rstrip("/").lower())
    if parts.scheme not in {"http", "https"} or not parts.netloc or "@" in parts.netloc or parts.path or parts.query:
        raise InputError(f"An origin looks like https://shop.example, found {text!r}.")
    if not _HOST.fullmatch(parts.hostname or "") and not _HOST.fullmatch(f"[{parts.hostname}]"):
        raise InputError(f"An origin looks like https://shop.example, found {text!r}.")
    return f"{parts.scheme}://{parts.netloc}"


def _apply(row: InboxRow, change: Change) -> None:
    if change.name is not None:
        row.name = change.name.strip()
        if not 0 < len(row.name) <= _LONGEST_NAME:
            raise InputError(f"Give the inbox a name of 1 to {_LONGEST_NAME} characters.")
    if change.origins is not None:
        row.origins = _origins(change.origins)
        if any("*" in one for one in row.origins):
            raise InputError("Name each origin; a pattern with * would let in pages you do not know.")
    if change.frame_ancestors is not None:
        row.frame_ancestors = _origins(change.frame_ancestors)
    if change.verified_only is not None:
        row.verified_only = change.verified_only
    if change.rate is not None:
        rate(change.rate)  # or it says what is wrong
        row.rate = change.rate.strip() or None


def _origins(given: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(origin(one) for one in given if one.strip()))


async def by_id(session: Session, inbox_id: str) -> InboxRow:
    """The stored row of an inbox.

    Raises:
        NotFoundError: there is no such inbox.

    """
    row = await stored.by_id(session, inbox_id)
    if row is None:
        raise NotFoundError(f"There is no inbox {inbox_id}; `understudy inboxes list` shows them.")
    return row


async def _recorded(session: Session, clock: Clock, actor: Actor, act: Act, row: InboxRow) -> Inbox:
    """The inbox, with what it is now in the log."""
    inbox = _inbox(row)
    await record(
        session, clock.now(), actor, act, row.id, **{key: now for key, now in asdict(inbox).items() if key != "id"}
    )
    return inbox


def _inbox(row: InboxRow) -> Inbox:
    return Inbox(row.id, row.name, tuple(row.origins), tuple(row.frame_ancestors), row.verified_only, row.rate)
