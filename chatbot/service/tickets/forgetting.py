"""Forgets a conversation, ticket or chat: whatever was said, noted, drafted or suggested in it, and what was learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.errors import NotFoundError
from chatbot.service.audit import Act, record
from chatbot.service.corpus import editing
from chatbot.service.tickets import changing
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import erasing

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.service.audit import Actor
    from chatbot.storage.database import Session


async def forget(session: Session, conversation_id: str, etag: str | None, now: datetime, actor: Actor) -> None:
    """Delete a conversation with everything that hangs on it. Who asks also takes its words out of files (``erase``).

    Its events are gone from the desk's feed, whose numbers then have gaps.

    Raises:
        NotFoundError: there is none of this id.
        StaleError: it was changed since ``etag``.

    """
    row = await stored.locked(session, conversation_id)
    if row is None:
        raise NotFoundError("There is no such conversation.")
    changing.check_fresh(row, etag)
    await editing.unlearn(session, conversation_id)
    await erasing.erase(session, conversation_id)
    await record(session, now, actor, Act.ERASED, conversation_id)
