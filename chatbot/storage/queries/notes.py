"""Queries on notes of the team and on who was mentioned in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from chatbot.storage.queries.conversations import add_words
from chatbot.storage.tables.drafts import MentionRow, NoteRow
from chatbot.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Session


async def add(session: Session, row: NoteRow, *, mentioned: Sequence[str]) -> None:
    """Store a new note, its words for who searches, and who is to look."""
    session.add(row)
    await add_words(session, row.conversation_id, row.text)
    for name in mentioned:
        values = {"conversation_id": row.conversation_id, "name": name}
        await session.execute(insert(session, MentionRow).values(values).on_conflict_do_nothing())


async def notes(session: Session, conversation_id: str, *, up_to: int, after: int = 0) -> Sequence[NoteRow]:
    """Notes with an event number in (``after``, ``up_to``], oldest first."""
    here = (NoteRow.conversation_id == conversation_id, NoteRow.seq <= up_to, NoteRow.seq > after)
    return (await session.scalars(select(NoteRow).where(*here).order_by(NoteRow.seq))).all()


async def sent_as(session: Session, conversation_id: str, client_id: str) -> NoteRow | None:
    """The note that a client sent under this id of its own."""
    here = (NoteRow.conversation_id == conversation_id, NoteRow.client_id == client_id)
    return await session.scalar(select(NoteRow).where(*here))


async def looked(session: Session, conversation_id: str, name: str) -> bool:
    """Note that somebody has looked at where they were mentioned; whether they were."""
    here = (MentionRow.conversation_id == conversation_id, MentionRow.name == name)
    return bool((await session.scalars(delete(MentionRow).where(*here).returning(MentionRow.name))).all())
