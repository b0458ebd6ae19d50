"""Queries on visitors and their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.exc import IntegrityError

from chatbot.storage.tables.conversations import ConversationRow
from chatbot.storage.tables.visitors import VisitorRow, VisitorTokenRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session


async def by_token(session: Session, token_hash: str) -> tuple[VisitorTokenRow, VisitorRow] | None:
    """A token, expired or not, and its visitor."""
    query = (
        select(VisitorTokenRow, VisitorRow)
        .join(VisitorRow, VisitorRow.id == VisitorTokenRow.visitor_id)
        .where(VisitorTokenRow.hash == token_hash)
    )
    found = (await session.execute(query)).first()
    return None if found is None else (found[0], found[1])


async def by_subject(session: Session, inbox_id: str, subject: str) -> VisitorRow | None:
    """The verified visitor that an inbox's system calls by this name."""
    query = select(VisitorRow).where(VisitorRow.inbox_id == inbox_id, VisitorRow.subject == subject)
    return await session.scalar(query.with_for_update())


async def name_of(session: Session, visitor_id: str) -> str | None:
    """How a visitor is called, where their inbox's system said so."""
    return await session.scalar(select(VisitorRow.name).where(VisitorRow.id == visitor_id))


async def keep_subject(session: Session, row: VisitorRow) -> VisitorRow:
    """Store a verified visitor; returns the row that another request stored at the same time, where one did."""
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        there = await by_subject(session, row.inbox_id, row.subject or "")
        if there is None:
            raise
        return there
    return row


async def end_session(session: Session, name: str) -> None:
    """Delete every token of a session."""
    await session.execute(delete(VisitorTokenRow).where(VisitorTokenRow.session == name))


async def end_vouched(session: Session, key_id: str) -> None:
    """Delete every token that a key vouched for."""
    await session.execute(delete(VisitorTokenRow).where(VisitorTokenRow.key_id == key_id))


async def forget_expired(session: Session, *, before: datetime) -> None:
    """Delete tokens that expired before a time."""
    await session.execute(delete(VisitorTokenRow).where(VisitorTokenRow.expires_at < before))


async def conversations(
    session: Session, visitor_id: str, *, before: tuple[datetime, str] | None, limit: int
) -> Sequence[ConversationRow]:
    """A visitor's conversations, newest first; those that began before a point, the (time, id) of the last one seen."""
    query = select(ConversationRow).where(ConversationRow.visitor_id == visitor_id)
    if before is not None:
        at, conversation_id = before
        began = ConversationRow.created_at
        query = query.where(or_(began < at, and_(began == at, ConversationRow.id < conversation_id)))
    order = (ConversationRow.created_at.desc(), ConversationRow.id.desc())
    return (await session.scalars(query.order_by(*order).limit(limit))).all()
