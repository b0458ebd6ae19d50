"""Queries on the people who answer, and on the conversations that wait for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from chatbot.storage.tables import AgentRow, ConversationRow, Owner, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session


async def seen(session: Session, name: str, *, at: datetime) -> None:
    """Note that a person is there."""
    row = await session.get(AgentRow, name)
    if row is None:
        await session.merge(AgentRow(name=name, seen_at=at))
    else:
        row.seen_at = at


async def anybody_since(session: Session, when: datetime) -> bool:
    """Whether any person was there since."""
    return bool(await session.scalar(select(exists().where(AgentRow.seen_at >= when))))


async def waiting(session: Session, limit: int) -> Sequence[ConversationRow]:
    """Open conversations that wait for a person, the longest silent first."""
    query = select(ConversationRow).where(ConversationRow.owner == Owner.NOBODY, ConversationRow.status == Status.OPEN)
    return (await session.scalars(query.order_by(ConversationRow.updated_at, ConversationRow.id).limit(limit))).all()
