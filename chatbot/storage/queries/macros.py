"""Queries on macros."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from chatbot.storage.tables.conversations import MessageRow
from chatbot.storage.tables.macros import MacroRow, MacroUseRow
from chatbot.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Session


async def everyone(session: Session) -> Sequence[MacroRow]:
    """All of them, the most used first."""
    return (await session.scalars(select(MacroRow).order_by(MacroRow.used.desc(), MacroRow.name_key))).all()


async def used(session: Session, macro_id: str) -> bool:
    """Count a use; whether there is such a macro."""
    counted = update(MacroRow).where(MacroRow.id == macro_id).values(used=MacroRow.used + 1)
    return await session.scalar(counted.returning(MacroRow.id)) is not None


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


async def gone(session: Session, macro_id: str) -> bool:
    """Delete one; whether there was one."""
    return await session.scalar(delete(MacroRow).where(MacroRow.id == macro_id).returning(MacroRow.id)) is not None
