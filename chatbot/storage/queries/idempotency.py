"""Queries on the answers kept for requests with an Idempotency-Key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete

from chatbot.storage.tables.access import IdempotencyRow

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.storage.database import Session


async def find(session: Session, caller: str, key: str, *, since: datetime) -> IdempotencyRow | None:
    """The answer kept for a key, unless it is older than ``since``; then it is deleted."""
    row = await session.get(IdempotencyRow, (caller, key), with_for_update=True)
    if row is not None and row.created_at < since:
        await session.delete(row)
        await session.flush()
        return None
    return row


async def forget(session: Session, *, before: datetime) -> None:
    """Delete answers kept before a time."""
    await session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < before))
