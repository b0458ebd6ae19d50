"""Queries on stored conversations by the rules that masked them: those of older ones, and their new words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from chatbot.storage.long_read import long_read
from chatbot.storage.queries import changes
from chatbot.storage.queries.corpus import conversation_line
from chatbot.storage.tables.corpus import ChangeKind, TranscriptRow
from data.transcripts import Conversation, conversation_from_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Session


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation as it lies in its row, and the digest that it had when it was read."""

    row: int
    digest: str
    conversation: Conversation


async def older(session: Session, version: int, after: int, limit: int) -> list[Stored]:
    """The first conversations behind a row whose personal data was masked by rules older than this version."""
    query = (
        select(TranscriptRow.id, TranscriptRow.digest, TranscriptRow.body)
        .where(TranscriptRow.masking < version, TranscriptRow.id > after)
        .order_by(TranscriptRow.id)
        .limit(limit)
    )
    rows = await session.execute(long_read(query))
    return [Stored(row, digest, conversation_from_json(json.loads(body))) for row, digest, body in rows]


async def count_older(session: Session, version: int) -> int:
    """How many conversations were masked by older rules than this version."""
    query = select(func.count()).select_from(TranscriptRow).where(TranscriptRow.masking < version)
    return await session.scalar(long_read(query)) or 0


async def forget_all(session: Session) -> None:
    """Mark every conversation as one that is to be masked anew."""
    await session.execute(update(TranscriptRow).values(masking=0))


async def store(session: Session, masked: Sequence[tuple[Stored, Conversation]]) -> int:
    """Put conversations, masked anew by the rules of today, in the place of what was read; how many changed.

    One that was stored anew since, by an import say, is left as it is now: that was masked on its way in.
    """
    touched = []
    for old, new in masked:
        row = conversation_line(new)
        same = (TranscriptRow.id == old.row, TranscriptRow.digest == old.digest)
        there = await session.scalar(update(TranscriptRow).where(*same).values(row.values).returning(TranscriptRow.id))
        if there is not None and new != old.conversation:
            touched.append((row.first_key, row.second_key))
    await changes.append(session, ChangeKind.CONVERSATION, touched)
    return len(touched)
