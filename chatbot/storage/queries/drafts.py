"""Queries on drafts, on replies that are held, and on what the customer wrote meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select

from chatbot.storage.tables.conversations import MessageRow
from chatbot.storage.tables.drafts import DraftRow, HeldRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session


async def drafts(session: Session, conversation_id: str, agent: str) -> Sequence[DraftRow]:
    """What somebody is writing in a conversation, the empty ones too."""
    here = (DraftRow.conversation_id == conversation_id, DraftRow.agent == agent)
    return (await session.scalars(select(DraftRow).where(*here).order_by(DraftRow.kind))).all()


async def draft(session: Session, conversation_id: str, agent: str, kind: str) -> DraftRow | None:
    """One draft, an empty one too."""
    return await session.get(DraftRow, (conversation_id, agent, kind))


async def draft_of(session: Session, conversation_id: str, client_id: str) -> DraftRow | None:
    """The draft of the message that will have this ``client_id``."""
    here = (DraftRow.conversation_id == conversation_id, DraftRow.client_id == client_id)
    return await session.scalar(select(DraftRow).where(*here).limit(1))


async def held(session: Session, conversation_id: str) -> Sequence[HeldRow]:
    """The held replies of a conversation in the order in which they go."""
    query = select(HeldRow).where(HeldRow.conversation_id == conversation_id)
    return (await session.scalars(query.order_by(HeldRow.release_at, HeldRow.held_at, HeldRow.id))).all()


async def held_as(session: Session, conversation_id: str, client_id: str) -> HeldRow | None:
    """The held reply that a client sent under this id of its own."""
    here = (HeldRow.conversation_id == conversation_id, HeldRow.client_id == client_id)
    return await session.scalar(select(HeldRow).where(*here))


async def due(session: Session, *, now: datetime, limit: int) -> list[str]:
    """Conversations with held replies whose time has come."""
    query = select(HeldRow.conversation_id).where(HeldRow.release_at <= now).distinct().limit(limit)
    return [*(await session.scalars(query))]


async def end_hold(session: Session, message_id: str) -> None:
    """A held reply is held no longer."""
    await session.execute(delete(HeldRow).where(HeldRow.id == message_id))


async def customer_wrote_after(session: Session, conversation_id: str, seq: int) -> bool:
    """Whether the customer wrote after an event."""
    theirs = (MessageRow.conversation_id == conversation_id, MessageRow.role == "customer", MessageRow.seq > seq)
    return bool(await session.scalar(select(exists().where(*theirs))))
