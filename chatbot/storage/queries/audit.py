"""Queries on the audit log: its end, appended to by one transaction at a time, and its lines in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from chatbot.storage.tables.people import AuditRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from chatbot.storage.database import Session

_LOCK = 0x6175646974  # "audit", among PostgreSQL's advisory locks


async def last(session: Session) -> AuditRow | None:
    """The newest line, for who appends the next: nobody else does until this transaction ends.

    On SQLite writers are one at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    return await session.scalar(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1))


async def after(session: Session, seq: int, limit: int) -> Sequence[AuditRow]:
    """Lines after a number, oldest first."""
    return (await session.scalars(select(AuditRow).where(AuditRow.seq > seq).order_by(AuditRow.seq).limit(limit))).all()


async def about(session: Session, acts: Collection[str], subjects: Collection[str]) -> Sequence[AuditRow]:
    """The lines of these acts on these subjects, oldest first."""
    query = select(AuditRow).where(AuditRow.act.in_(acts), AuditRow.subject.in_(subjects)).order_by(AuditRow.seq)
    return (await session.scalars(query)).all()
