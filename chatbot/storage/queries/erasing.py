"""Deletes a conversation. What refers to it or its messages goes with it, by the tables' own rules (``ondelete``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select, update

from chatbot.storage.tables.connectors import ConnectorNoteRow
from chatbot.storage.tables.conversations import ConversationRow, EventRow, MessageRow
from chatbot.storage.tables.tickets import TicketRow
from chatbot.storage.tables.visitors import VisitorRow, VisitorTokenRow

if TYPE_CHECKING:
    from chatbot.storage.database import Session


async def erase(session: Session, conversation_id: str) -> None:
    """Delete a conversation, its events and messages, what was written of it elsewhere, and who has no other one."""
    visitor = await session.scalar(select(ConversationRow.visitor_id).where(ConversationRow.id == conversation_id))
    ticket = await session.get(TicketRow, conversation_id)
    if ticket is not None and ticket.external_id is not None:
        written = (ConnectorNoteRow.connector_id == ticket.system, ConnectorNoteRow.ticket == ticket.external_id)
        await session.execute(delete(ConnectorNoteRow).where(*written))
    said = MessageRow.conversation_id == conversation_id
    await session.execute(delete(EventRow).where(EventRow.conversation_id == conversation_id))
    await session.execute(update(MessageRow).where(said).values(in_reply_to=None))
    await session.execute(delete(MessageRow).where(said))
    await session.execute(delete(ConversationRow).where(ConversationRow.id == conversation_id))
    alone = ~exists().where(ConversationRow.visitor_id == visitor)
    await session.execute(delete(VisitorTokenRow).where(VisitorTokenRow.visitor_id == visitor, alone))
    await session.execute(delete(VisitorRow).where(VisitorRow.id == visitor, alone))
