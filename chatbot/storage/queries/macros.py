"""Queries on macros."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, update

from chatbot.storage.tables.conversations import MessageRow
from chatbot.storage.tables.macros import MacroRow, MacroUseRow
from chatbot.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Session


async def seen(session: Session, agent: str | None) -> Sequence[MacroRow]:
    """The desk's and somebody's own, the most used first."""
    query = select(MacroRow).where(or_(MacroRow.owner.is_(None), MacroRow.owner == agent))
    return (await session.scalars(query.order_by(MacroRow.used.desc(), func.lower(MacroRow.name), MacroRow.id))).all()


async def used(session: Session, macro_id: str) -> None:
    """Count a use."""
    await session.execute(update(MacroRow).where(MacroRow.id == macro_id).values(used=MacroRow.used + 1))


async def used_for(session: Session, macro_id: str, message_id: str) -> None:
    """Keep to which question it was used."""
    values = {"macro_id": macro_id, "message_id": message_id}
    await session.execute(insert(session, MacroUseRow).values(values).on_conflict_do_nothing())


async def questions(session: Session, *, each: int) -> dict[str, list[str]]:
    """Of each macro the newest questions to which it was used."""
    newest = func.row_number().over(
        partition_by=MacroUseRow.macro_id, order_by=(MessageRow.created_at.desc(), MessageRow.id)
    )
    asked = select(MacroUseRow.macro_id, MessageRow.text, newest.label("place")).join(
        MessageRow, MessageRow.id == MacroUseRow.message_id
    )
    rows = asked.subquery()
    found: dict[str, list[str]] = {}
    for macro_id, text in await session.execute(select(rows.c.macro_id, rows.c.text).where(rows.c.place <= each)):
        found.setdefault(macro_id, []).append(text)
    return found
