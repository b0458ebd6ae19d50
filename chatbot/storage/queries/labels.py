"""Queries on what past conversations were called: the labels of their transcripts, and their tags on this desk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from chatbot.storage.queries import worklist
from chatbot.storage.tables.corpus import Standing, TranscriptRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from chatbot.storage.database import Session

_CHUNK = 500


async def of_conversations(session: Session, ids: Collection[str]) -> dict[str, tuple[Mapping[str, Any], list[str]]]:
    """For each of these conversations that may be learnt from, the labels it came with and its tags."""
    found: dict[str, tuple[Mapping[str, Any], list[str]]] = {}
    wanted = sorted(ids)
    query = select(TranscriptRow.external_id, TranscriptRow.body).where(TranscriptRow.standing != Standing.HELD)
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        tags = await worklist.tags(session, some)
        for name, body in await session.execute(query.where(TranscriptRow.external_id.in_(some))):
            found[name] = json.loads(body).get("labels") or {}, tags[name]
    return found
