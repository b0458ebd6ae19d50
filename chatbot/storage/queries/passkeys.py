"""Queries on people's passkeys, and on ceremonies that have begun in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from chatbot.storage.tables.people import CeremonyRow, PasskeyRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session


async def of_person(session: Session, person_id: str) -> Sequence[PasskeyRow]:
    """Somebody's passkeys, oldest first."""
    query = select(PasskeyRow).where(PasskeyRow.person_id == person_id)
    return (await session.scalars(query.order_by(PasskeyRow.created_at, PasskeyRow.id))).all()


async def by_credential(session: Session, credential: str) -> PasskeyRow | None:
    """The passkey of a credential, kept from being used by others until the transaction ends."""
    return await session.scalar(select(PasskeyRow).where(PasskeyRow.credential == credential).with_for_update())


async def remove(session: Session, person_id: str, *, only: str | None = None) -> list[str]:
    """Delete a person's passkeys, or ``only`` this one of theirs; the names of those that went."""
    query = delete(PasskeyRow).where(PasskeyRow.person_id == person_id).returning(PasskeyRow.name)
    if only is not None:
        query = query.where(PasskeyRow.id == only)
    return list(await session.scalars(query))


async def take_ceremony(session: Session, kind: str, token_hash: str, now: datetime) -> bool:
    """End a ceremony; whether it had begun and is not over. Of two who end it at once one does."""
    ended = (
        delete(CeremonyRow)
        .where(CeremonyRow.hash == token_hash, CeremonyRow.kind == kind, CeremonyRow.expires_at > now)
        .returning(CeremonyRow.hash)
    )
    return await session.scalar(ended) is not None
