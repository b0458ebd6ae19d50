"""Queries on API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from chatbot.storage.tables.access import ApiKeyRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Session


async def all_keys(session: Session) -> Sequence[ApiKeyRow]:
    """Every key, oldest first, revoked ones included."""
    return (await session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at, ApiKeyRow.id))).all()


async def by_id(session: Session, key_id: str) -> ApiKeyRow | None:
    """One key by its public id."""
    return await session.get(ApiKeyRow, key_id)


async def by_hash(session: Session, key_hash: str) -> ApiKeyRow | None:
    """The key with this hash, revoked or not."""
    return await session.scalar(select(ApiKeyRow).where(ApiKeyRow.hash == key_hash))
