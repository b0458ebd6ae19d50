"""Queries on live conversations and their messages. Decides nothing and commits nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import aliased

from chatbot.storage.tables import ConversationRow, MessageRow, Owner, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session

_CHUNK = 1000


async def find(session: Session, conversation_id: str) -> ConversationRow | None:
    """One conversation, as it is now."""
    return await session.get(ConversationRow, conversation_id)


async def locked(session: Session, conversation_id: str) -> ConversationRow | None:
    """One conversation, held against other writers until the transaction ends."""
    return await session.get(ConversationRow, conversation_id, with_for_update=True, populate_existing=True)


async def messages(session: Session, conversation_id: str, *, up_to: int, after: int = 0) -> Sequence[MessageRow]:
    """The messages that events after ``after`` and up to ``up_to`` brought; oldest first."""
    query = (
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.seq <= up_to, MessageRow.seq > after)
        .order_by(MessageRow.seq)
    )
    return (await session.scalars(query)).all()


async def message_sent_as(session: Session, conversation_id: str, client_id: str) -> MessageRow | None:
    """The message a client sent under this id of its own, if it arrived."""
    return await session.scalar(
        select(MessageRow).where(MessageRow.conversation_id == conversation_id, MessageRow.client_id == client_id)
    )


async def newest_message(session: Session, conversation_id: str) -> MessageRow | None:
    """The last message of a conversation."""
    query = select(MessageRow).where(MessageRow.conversation_id == conversation_id)
    return await session.scalar(query.order_by(MessageRow.seq.desc()).limit(1))


async def trace_of(session: Session, message_id: str) -> dict[str, Any] | None:
    """How an answer came about; None where there is no such message or it has no trace."""
    row = await session.get(MessageRow, message_id)
    return None if row is None else row.trace


async def last_seqs(session: Session, ids: Sequence[str]) -> dict[str, int]:
    """The number of the last event of each of these conversations."""
    query = select(ConversationRow.id, ConversationRow.last_seq)
    found: dict[str, int] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = await session.execute(query.where(ConversationRow.id.in_(ids[start : start + _CHUNK])))
        found.update((name, seq) for name, seq in rows)
    return found


async def take_lease(session: Session, conversation_id: str, holder: str, *, now: datetime, until: datetime) -> bool:
    """Let a server process be at a conversation's answer until then; False where another one is."""
    free = or_(ConversationRow.lease.is_(None), ConversationRow.lease == holder, ConversationRow.lease_until < now)
    statement = update(ConversationRow).where(ConversationRow.id == conversation_id, free)
    taken = await session.scalar(statement.values(lease=holder, lease_until=until).returning(ConversationRow.id))
    return taken is not None


async def end_lease(session: Session, conversation_id: str, holder: str) -> None:
    """It is at the answer no longer."""
    statement = update(ConversationRow).where(ConversationRow.id == conversation_id, ConversationRow.lease == holder)
    await session.execute(statement.values(lease=None, lease_until=None))


async def awaiting_bot(session: Session, *, now: datetime) -> Sequence[str]:
    """Ids of open conversations the bot owns in which the customer had the last word; longest wait first.

    Without those whose answer a server process is at.
    """
    later = aliased(MessageRow)
    last = select(func.max(later.seq)).where(later.conversation_id == ConversationRow.id).scalar_subquery()
    query = (
        select(ConversationRow.id)
        .join(MessageRow, MessageRow.conversation_id == ConversationRow.id)
        .where(
            ConversationRow.owner == Owner.BOT,
            ConversationRow.status == Status.OPEN,
            MessageRow.role == "customer",
            or_(ConversationRow.lease.is_(None), ConversationRow.lease_until < now),
            MessageRow.seq == last,
            MessageRow.seq > ConversationRow.episode_seq,
        )
        .order_by(MessageRow.created_at, ConversationRow.id)
    )
    return (await session.scalars(query)).all()
