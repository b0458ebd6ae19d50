"""Queries on agents, the people who answer, and on the conversations that wait for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select
from sqlalchemy.dialects import postgresql, sqlite

from chatbot.storage.long_read import long_read
from chatbot.storage.tables.conversations import AgentRow, ConversationRow, Owner, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session


async def seen(session: Session, name: str, *, at: datetime) -> None:
    """Note when an agent was last there; two first requests of one agent at once are no error."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    noted = insert(AgentRow).values(name=name, seen_at=at)
    await session.execute(
        noted.on_conflict_do_update(index_elements=[AgentRow.name], set_={"seen_at": noted.excluded.seen_at})
    )


async def anybody_since(session: Session, when: datetime) -> bool:
    """Whether any agent was there since."""
    return bool(await session.scalar(select(exists().where(AgentRow.seen_at >= when))))


async def waiting(session: Session, limit: int) -> Sequence[ConversationRow]:
    """Open conversations that wait for an agent, the longest silent first."""
    query = (
        select(ConversationRow)
        .where(ConversationRow.owner == Owner.NOBODY, ConversationRow.status == Status.OPEN)
        .order_by(ConversationRow.updated_at, ConversationRow.id)
        .limit(limit)
    )
    return (await session.scalars(long_read(query))).all()
