"""Queries on what a lead has laid down for the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from chatbot.storage.prepared import Prepared
from chatbot.storage.tables.desk import DeskRow
from chatbot.storage.tables.schema import table

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.storage.database import Session

_DESK = table(DeskRow)
_VALUE = Prepared(select(_DESK.c.value).where(_DESK.c.name == bindparam("name")))


async def value(session: Session, name: str) -> str | None:
    """What counts; None where nobody has laid anything down."""
    rows = await _VALUE.run(session, name=name)
    return rows[0][0] if rows else None


async def row(session: Session, name: str) -> DeskRow | None:
    """The same with who did it, and when."""
    return await session.get(DeskRow, name)


async def lay_down(session: Session, name: str, value: str, *, by: str, at: datetime) -> DeskRow:
    """From now on this counts."""
    row = DeskRow(name=name, value=value, by=by, at=at)
    return await session.merge(row)
