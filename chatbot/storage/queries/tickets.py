"""Queries on tickets: by the conversation, and by the name that another help desk has for them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from chatbot.storage.tables.conversations import MessageRow
from chatbot.storage.tables.drafts import NoteRow
from chatbot.storage.tables.tickets import TicketRow
from chatbot.storage.tables.visitors import VisitorRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from chatbot.storage.database import Session

_LOCK = b"ticket"


async def find(session: Session, conversation_id: str) -> TicketRow | None:
    """What a conversation has as a ticket; None for a plain chat."""
    return await session.get(TicketRow, conversation_id)


async def subject(session: Session, conversation_id: str) -> str | None:
    """What a ticket is about, in its customer's words."""
    return await session.scalar(select(TicketRow.subject).where(TicketRow.conversation_id == conversation_id))


async def of(session: Session, ids: Collection[str]) -> dict[str, TicketRow]:
    """The same of many, by conversation; a plain chat has none."""
    rows = await session.scalars(select(TicketRow).where(TicketRow.conversation_id.in_(ids)))
    return {row.conversation_id: row for row in rows}


async def by_external(session: Session, system: str, external_id: str) -> TicketRow | None:
    """The ticket that another help desk calls so.

    Whoever looks holds the name until the commit, so that two who bring the same ticket make one of it. On SQLite
    writers are one at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        name = hashlib.blake2b(f"{system}\0{external_id}".encode(), digest_size=8, key=_LOCK).digest()
        await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(name, signed=True))))
    found = (TicketRow.system == system, TicketRow.external_id == external_id)
    return await session.scalar(select(TicketRow).where(*found))


async def sent(session: Session, conversation_id: str, client_ids: Collection[str]) -> set[str]:
    """Which of these ids of a client's are those of messages or notes that are here."""
    known: set[str] = set()
    for row in (MessageRow, NoteRow):
        here = (row.conversation_id == conversation_id, row.client_id.in_(client_ids))
        known.update(filter(None, await session.scalars(select(row.client_id).where(*here))))
    return known


async def requesters(session: Session, ids: Iterable[str | None]) -> dict[str, VisitorRow]:
    """Who asks, by id."""
    wanted = {each for each in ids if each}
    return {row.id: row for row in await session.scalars(select(VisitorRow).where(VisitorRow.id.in_(wanted)))}
