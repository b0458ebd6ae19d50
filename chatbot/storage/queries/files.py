"""Queries on attached files. Knows nothing of their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from chatbot.storage.tables.files import FileRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from chatbot.storage.database import Session

_CHUNK = 500


async def find(session: Session, file_id: str) -> FileRow | None:
    """A file by its id."""
    return await session.get(FileRow, file_id)


async def uploaded_as(session: Session, conversation_id: str, client_id: str) -> FileRow | None:
    """The file a client uploaded under this id of its own, if it arrived."""
    query = select(FileRow).where(FileRow.conversation_id == conversation_id, FileRow.client_id == client_id)
    found: FileRow | None = await session.scalar(query)
    return found


async def count(session: Session, conversation_id: str, sender: str) -> int:
    """How many files somebody has uploaded to a conversation, those not sent included."""
    theirs = (FileRow.conversation_id == conversation_id, FileRow.sender == sender)
    return await session.scalar(select(func.count()).select_from(FileRow).where(*theirs)) or 0


async def chosen(session: Session, conversation_id: str, ids: Sequence[str]) -> list[FileRow]:
    """Those of these files that belong to a conversation, locked, in the order asked for."""
    query = select(FileRow).where(FileRow.conversation_id == conversation_id, FileRow.id.in_(ids)).with_for_update()
    found = {row.id: row for row in await session.scalars(query)}
    return [found[each] for each in ids if each in found]


async def taken(session: Session, by: str) -> Sequence[FileRow]:
    """The files of a message, a held reply or a note."""
    return (await session.scalars(select(FileRow).where(FileRow.taken_by == by))).all()


async def drafted(session: Session, conversation_id: str, sender: str, kind: str) -> Sequence[FileRow]:
    """The files of somebody's draft, in the order in which they came."""
    here = (FileRow.conversation_id == conversation_id, FileRow.sender == sender, FileRow.taken_by == kind)
    return (await session.scalars(select(FileRow).where(*here).order_by(FileRow.created_at, FileRow.id))).all()


async def forget_unsent(session: Session, before: datetime) -> None:
    """Drop what was uploaded before a time and is in nothing that was sent or is being written."""
    await session.execute(delete(FileRow).where(FileRow.taken_by.is_(None), FileRow.created_at < before))


async def in_use(session: Session, hashes: Collection[str]) -> set[str]:
    """Those of these hashes that a file has."""
    wanted = list(hashes)
    found: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        query = select(FileRow.hash).where(FileRow.hash.in_(wanted[start : start + _CHUNK])).distinct()
        found.update(await session.scalars(query))
    return found


async def hashes(session: Session) -> list[str]:
    """The hashes of all files, each once."""
    return list(await session.scalars(select(FileRow.hash).distinct()))
