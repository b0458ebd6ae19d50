"""Queries on retired passages: those that may no longer be shown or learnt from, although their source stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from chatbot.storage.long_read import long_read
from chatbot.storage.queries import changes
from chatbot.storage.tables.corpus import ChangeKind, RetirementRow

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from chatbot.storage.database import Session


@dataclass(frozen=True, slots=True)
class Retired:
    """A retired passage."""

    passage_id: str
    reason: str
    at: datetime


async def add(session: Session, passage_ids: Collection[str], reason: str) -> int:
    """Retire passages; those that are retired already keep their first reason. How many were new."""
    known = await session.scalars(select(RetirementRow.passage_id).where(RetirementRow.passage_id.in_(passage_ids)))
    new = sorted(set(passage_ids) - set(known))
    if new:
        await session.execute(insert(RetirementRow), [{"passage_id": name, "reason": reason} for name in new])
    await changes.append(session, ChangeKind.RETIREMENT, [("", name) for name in new])
    return len(new)


async def remove(session: Session, passage_ids: Collection[str]) -> int:
    """Let passages be shown again; how many were retired."""
    statement = delete(RetirementRow).where(RetirementRow.passage_id.in_(passage_ids))
    back = (await session.scalars(statement.returning(RetirementRow.passage_id))).all()
    await changes.append(session, ChangeKind.RETIREMENT, [("", name) for name in back])
    return len(back)


async def ids(session: Session) -> frozenset[str]:
    """The ids of all retired passages."""
    return frozenset(await session.scalars(long_read(select(RetirementRow.passage_id))))


async def among(session: Session, passage_ids: Collection[str]) -> frozenset[str]:
    """Those of some passages that are retired."""
    query = select(RetirementRow.passage_id).where(RetirementRow.passage_id.in_(passage_ids))
    return frozenset(await session.scalars(query))


async def of(session: Session, passage_ids: Collection[str]) -> list[Retired]:
    """Those of some hundreds of passages that are retired, with the reasons."""
    query = select(RetirementRow.passage_id, RetirementRow.reason, RetirementRow.at)
    rows = await session.execute(query.where(RetirementRow.passage_id.in_(passage_ids)))
    return [Retired(name, reason, at) for name, reason, at in rows]


async def everything(session: Session) -> list[Retired]:
    """All retired passages, the first retired first."""
    query = select(RetirementRow.passage_id, RetirementRow.reason, RetirementRow.at)
    rows = await session.execute(long_read(query.order_by(RetirementRow.at, RetirementRow.passage_id)))
    return [Retired(name, reason, at) for name, reason, at in rows]
