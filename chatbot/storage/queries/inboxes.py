"""Queries on inboxes and the keys that vouch for their visitors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from chatbot.storage.tables.visitors import InboxKeyRow, InboxRow
from chatbot.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session


async def all_inboxes(session: Session) -> Sequence[InboxRow]:
    """Every inbox, oldest first."""
    return (await session.scalars(select(InboxRow).order_by(InboxRow.created_at, InboxRow.id))).all()


async def by_id(session: Session, inbox_id: str) -> InboxRow | None:
    """One inbox."""
    return await session.get(InboxRow, inbox_id)


async def keep(session: Session, inbox_id: str, values: dict[str, Any]) -> None:
    """Make an inbox, where there is none with this id."""
    await session.execute(insert(session, InboxRow).values(id=inbox_id, **values).on_conflict_do_nothing())


async def keys_of(session: Session, inbox_id: str) -> Sequence[InboxKeyRow]:
    """Every key of an inbox, oldest first, ended ones included."""
    query = select(InboxKeyRow).where(InboxKeyRow.inbox_id == inbox_id)
    return (await session.scalars(query.order_by(InboxKeyRow.created_at, InboxKeyRow.id))).all()


async def valid_keys(session: Session, inbox_id: str, *, now: datetime) -> Sequence[InboxKeyRow]:
    """The keys of an inbox that count now."""
    query = select(InboxKeyRow).where(
        InboxKeyRow.inbox_id == inbox_id,
        InboxKeyRow.revoked_at.is_(None),
        or_(InboxKeyRow.expires_at.is_(None), InboxKeyRow.expires_at > now),
    )
    return (await session.scalars(query)).all()


async def key(session: Session, key_id: str) -> InboxKeyRow | None:
    """One key by its id, which is the ``kid`` of what it signs."""
    return await session.get(InboxKeyRow, key_id)
