"""Queries on connectors, on what they wrote, and on which of their tickets are open here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from chatbot.storage.tables.connectors import ConnectorNoteRow, ConnectorRow
from chatbot.storage.tables.conversations import ConversationRow, Status
from chatbot.storage.tables.tickets import TicketRow

if TYPE_CHECKING:
    from chatbot.storage.database import Session


async def all_connectors(session: Session) -> list[ConnectorRow]:
    """Every connector, oldest first."""
    return list(await session.scalars(select(ConnectorRow).order_by(ConnectorRow.created_at, ConnectorRow.id)))


async def connector(session: Session, connector_id: str, *, lock: bool = False) -> ConnectorRow | None:
    """One connector; locked, its notes are claimed by one at a time."""
    return await session.get(ConnectorRow, connector_id, with_for_update=lock or None)


async def remove(session: Session, connector_id: str) -> None:
    """Remove a connector and what is kept of its notes."""
    await session.execute(delete(ConnectorNoteRow).where(ConnectorNoteRow.connector_id == connector_id))
    await session.execute(delete(ConnectorRow).where(ConnectorRow.id == connector_id))


async def note(session: Session, connector_id: str, ticket: str, message: str) -> ConnectorNoteRow | None:
    """What was written, or would have been, for a customer's message."""
    return await session.get(ConnectorNoteRow, (connector_id, ticket, message))


async def notes(session: Session, connector_id: str, *, limit: int) -> list[ConnectorNoteRow]:
    """What was written last, or would have been."""
    of_it = select(ConnectorNoteRow).where(ConnectorNoteRow.connector_id == connector_id)
    return list(await session.scalars(of_it.order_by(ConnectorNoteRow.at.desc()).limit(limit)))


async def open_tickets(session: Session, system: str) -> set[str]:
    """The names, over there, of the tickets that are open here."""
    found = (
        select(TicketRow.external_id)
        .join(ConversationRow, ConversationRow.id == TicketRow.conversation_id)
        .where(TicketRow.system == system, ConversationRow.status == Status.OPEN, TicketRow.merged_into.is_(None))
    )
    return {name for name in await session.scalars(found) if name}
