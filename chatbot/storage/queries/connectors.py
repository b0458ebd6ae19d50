"""Queries on connectors, on what they wrote, and on which of their tickets are open here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update
from sqlalchemy.orm import aliased

from chatbot.storage.tables.connectors import ConnectorNoteRow, ConnectorRow, Level, NoteState
from chatbot.storage.tables.conversations import ConversationRow, MessageRow, Status
from chatbot.storage.tables.tickets import TicketRow

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.storage.database import Session


async def all_connectors(session: Session) -> list[ConnectorRow]:
    """Every connector, oldest first."""
    found = select(ConnectorRow).where(ConnectorRow.level != Level.REMOVED)
    return list(await session.scalars(found.order_by(ConnectorRow.created_at, ConnectorRow.id)))


async def connector(session: Session, connector_id: str, *, lock: bool = False) -> ConnectorRow | None:
    """One connector, a removed one too; locked, its notes are claimed by one at a time."""
    return await session.get(ConnectorRow, connector_id, with_for_update=lock or None)


async def note(session: Session, connector_id: str, ticket: str, message: str) -> ConnectorNoteRow | None:
    """What was written, or would have been, for a customer's message."""
    return await session.get(ConnectorNoteRow, (connector_id, ticket, message))


def new_note(session: Session, connector_id: str, ticket: str, message: str) -> ConnectorNoteRow:
    """What is to be written for a message, where nothing was yet; the caller says how far it is."""
    row = ConnectorNoteRow(connector_id=connector_id, ticket=ticket, message=message, tries=0)
    session.add(row)
    return row


async def notes(session: Session, connector_id: str, *, limit: int) -> list[tuple[ConnectorNoteRow, str | None]]:
    """What was written last, or would have been, and where the ticket lies."""
    at = (TicketRow.system == ConnectorNoteRow.connector_id) & (TicketRow.external_id == ConnectorNoteRow.ticket)
    found = (
        select(ConnectorNoteRow, TicketRow.url)
        .outerjoin(TicketRow, at)
        .where(ConnectorNoteRow.connector_id == connector_id, ConnectorNoteRow.state != NoteState.BEFORE)
        .order_by(ConnectorNoteRow.at.desc())
    )
    return [(row, url) for row, url in await session.execute(found.limit(limit))]


async def let_go(session: Session, now: datetime) -> None:
    """Let others write at once what was being written by a process that is not there any more."""
    being = update(ConnectorNoteRow).where(ConnectorNoteRow.state == NoteState.WRITING)
    await session.execute(being.values(at=now))


async def open_tickets(session: Session, system: str) -> set[str]:
    """The names, over there, of the tickets that are open here."""
    found = (
        select(TicketRow.external_id)
        .join(ConversationRow, ConversationRow.id == TicketRow.conversation_id)
        .where(TicketRow.system == system, ConversationRow.status == Status.OPEN, TicketRow.merged_into.is_(None))
    )
    return {name for name in await session.scalars(found) if name}


async def of_conversation(session: Session, conversation_id: str) -> ConnectorRow | None:
    """The connector in whose help desk a conversation lies."""
    found = (
        select(ConnectorRow)
        .join(TicketRow, TicketRow.system == ConnectorRow.id)
        .where(TicketRow.conversation_id == conversation_id)
    )
    return await session.scalar(found)


@dataclass(frozen=True, slots=True)
class Ours:
    """A message of ours to a customer whose ticket lies in a connector's help desk. ``answers`` is the customer's."""

    id: str
    conversation_id: str
    ticket: str
    role: str
    text: str
    answers: str | None
    at: datetime
    noted: datetime | None
    """When it was claimed or failed last; None where nobody tried to write it."""


async def undelivered(
    session: Session, connector_id: str, *, since: datetime, brought: str, claimed: datetime
) -> list[Ours]:
    """What people and the bot wrote here since, and is not there yet, oldest first.

    What came from there is left out: its ``client_id`` begins with ``brought``; and what was ``claimed`` since then.
    ``answers`` is by its name there.
    """
    note = (
        (ConnectorNoteRow.connector_id == connector_id)
        & (ConnectorNoteRow.ticket == TicketRow.external_id)
        & (ConnectorNoteRow.message == MessageRow.id)
    )
    free = (ConnectorNoteRow.state == NoteState.WRITING) & (ConnectorNoteRow.at <= claimed)
    asked = aliased(MessageRow)
    found = (
        select(MessageRow, TicketRow.external_id, asked.client_id, ConnectorNoteRow.at)
        .join(TicketRow, TicketRow.conversation_id == MessageRow.conversation_id)
        .outerjoin(ConnectorNoteRow, note)
        .outerjoin(asked, asked.id == MessageRow.in_reply_to)
        .where(TicketRow.system == connector_id, MessageRow.created_at >= since)
        .where(MessageRow.role.in_(("agent", "bot")))
        .where(or_(MessageRow.client_id.is_(None), MessageRow.client_id.not_like(f"{brought}%")))
        .where(or_(ConnectorNoteRow.message.is_(None), free))
        .order_by(MessageRow.created_at, MessageRow.seq)
    )
    rows = await session.execute(found)
    return [
        Ours(row.id, row.conversation_id, ticket, row.role, row.text, answers, row.created_at, noted)
        for row, ticket, answers, noted in rows
        if ticket is not None
    ]


async def replies(session: Session, connector_id: str, ticket: str) -> list[tuple[ConnectorNoteRow, str]]:
    """Our replies in a ticket there that have arrived, or may have, oldest first, each with its conversation here."""
    found = (
        select(ConnectorNoteRow, MessageRow.conversation_id)
        .join(MessageRow, MessageRow.id == ConnectorNoteRow.message)
        .where(ConnectorNoteRow.connector_id == connector_id, ConnectorNoteRow.ticket == ticket)
        .where(ConnectorNoteRow.state.in_((NoteState.WRITING, NoteState.WRITTEN)))
        .order_by(MessageRow.seq)
    )
    return [(row, conversation_id) for row, conversation_id in await session.execute(found)]
