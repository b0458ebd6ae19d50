"""Answers kept for requests that may come again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.storage.queries import idempotency as stored
from chatbot.storage.tables.access import IdempotencyRow

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.storage.database import Session


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request was answered, and a hash of what it said."""

    status: int
    response: dict[str, Any]
    body_hash: str


async def find(session: Session, scope: str, key: str, *, since: datetime) -> Answered | None:
    """The answer kept for a key, unless it is older than ``since``."""
    row = await stored.find(session, scope, key, since=since)
    return None if row is None else Answered(row.status, row.response, row.body_hash)


async def keep(session: Session, scope: str, key: str, answered: Answered, *, at: datetime) -> None:
    """Keep an answer; it becomes visible together with what the request changed."""
    session.add(
        IdempotencyRow(
            scope=scope,
            key=key,
            body_hash=answered.body_hash,
            status=answered.status,
            response=answered.response,
            created_at=at,
        )
    )
    await session.flush()


async def forget(session: Session, *, before: datetime) -> None:
    """Drop what is too old to be asked again."""
    await stored.forget(session, before=before)
