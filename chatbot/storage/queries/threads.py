"""Queries on what people read of a conversation: a page of it, what happened beside the messages, and earlier ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from chatbot.storage.queries import visitors
from chatbot.storage.queries.events import Entry
from chatbot.storage.tables.conversations import Audience, ConversationRow, EventRow, MessageRow
from chatbot.storage.tables.visitors import VisitorRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from chatbot.storage.database import Session


@dataclass(frozen=True, slots=True)
class Past:
    """One of a visitor's conversations, and what they said first in it."""

    row: ConversationRow
    first: str | None


async def messages_before(
    session: Session, conversation_id: str, seq: int, *, limit: int, after: int = 0
) -> Sequence[MessageRow]:
    """The last messages with an event number in (``after``, ``seq``), oldest first."""
    query = select(MessageRow).where(
        MessageRow.conversation_id == conversation_id, MessageRow.seq < seq, MessageRow.seq > after
    )
    rows = (await session.scalars(query.order_by(MessageRow.seq.desc()).limit(limit))).all()
    return rows[::-1]


async def count_messages(session: Session, conversation_id: str, *, up_to: int) -> int:
    """How many messages a conversation has."""
    query = select(func.count()).where(MessageRow.conversation_id == conversation_id, MessageRow.seq <= up_to)
    return await session.scalar(query) or 0


async def entries(
    session: Session, conversation_id: str, *, after: int, before: int, without: Collection[str], limit: int
) -> list[Entry]:
    """The last events with a number in (``after``, ``before``), some kinds left out, oldest first."""
    query = select(EventRow).where(
        EventRow.conversation_id == conversation_id,
        EventRow.seq > after,
        EventRow.seq < before,
        EventRow.kind.not_in(without),
    )
    rows = (await session.scalars(query.order_by(EventRow.seq.desc()).limit(limit))).all()
    return [Entry(row.seq, row.kind, Audience(row.audience), row.payload, row.created_at) for row in reversed(rows)]


async def last_of(session: Session, conversation_id: str, kind: str, *, before: int) -> int:
    """The number of the last event of a kind before another; 0 where there is none."""
    query = select(func.max(EventRow.seq)).where(
        EventRow.conversation_id == conversation_id, EventRow.kind == kind, EventRow.seq < before
    )
    return await session.scalar(query) or 0


async def last_reply(session: Session, conversation_id: str, *, before: int) -> int:
    """The number of the last event before another that brought a person's reply; 0 where there is none."""
    query = select(func.max(MessageRow.seq)).where(
        MessageRow.conversation_id == conversation_id, MessageRow.role == "agent", MessageRow.seq < before
    )
    return await session.scalar(query) or 0


async def visitor(session: Session, visitor_id: str | None) -> VisitorRow | None:
    """Who writes in a conversation."""
    return None if visitor_id is None else await session.get(VisitorRow, visitor_id)


async def earlier(
    session: Session, conversation: ConversationRow, *, before: tuple[datetime, str] | None, limit: int
) -> list[Past]:
    """The same visitor's other conversations, newest first."""
    if conversation.visitor_id is None:
        return []
    rows = await visitors.conversations(session, conversation.visitor_id, before=before, limit=limit + 1)
    others = [row for row in rows if row.id != conversation.id][:limit]
    first = (
        select(MessageRow.conversation_id, func.min(MessageRow.seq).label("seq"))
        .where(MessageRow.conversation_id.in_([row.id for row in others]), MessageRow.role == "customer")
        .group_by(MessageRow.conversation_id)
        .subquery()
    )
    said = await session.execute(
        select(MessageRow.conversation_id, MessageRow.text).join(
            first, (first.c.conversation_id == MessageRow.conversation_id) & (first.c.seq == MessageRow.seq)
        )
    )
    words = {row.conversation_id: row.text for row in said}
    return [Past(row, words.get(row.id)) for row in others]


async def open_question(session: Session, conversation_id: str, *, limit: int) -> str:
    """What the customer wrote since a person's last message; where that was answered, their last message."""
    here = MessageRow.conversation_id == conversation_id
    answered = select(func.max(MessageRow.seq)).where(here, MessageRow.role == "agent").scalar_subquery()
    asked = select(MessageRow.text, MessageRow.seq > func.coalesce(answered, 0)).where(
        here, MessageRow.role == "customer"
    )
    rows = (await session.execute(asked.order_by(MessageRow.seq.desc()).limit(limit))).all()
    texts = [text for text, is_open in rows if is_open] or [text for text, _ in rows[:1]]
    return "\n".join(reversed(texts))
