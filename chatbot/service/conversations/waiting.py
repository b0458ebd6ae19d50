"""What people who answer see and say of themselves: the conversations that wait, and that they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.errors import NotFoundError
from chatbot.service.conversations.conversations import PRESENT_FOR
from chatbot.service.conversations.views import handover_view
from chatbot.storage.queries import agents as stored
from chatbot.storage.queries import conversations

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow


async def found(session: Session, conversation_id: str) -> ConversationRow:
    """A conversation by its id.

    Raises:
        NotFoundError: there is none.

    """
    return _some(await conversations.find(session, conversation_id))


async def locked(session: Session, conversation_id: str) -> ConversationRow:
    """A conversation by its id, kept from other writers until the commit; raises as ``found``."""
    return _some(await conversations.locked(session, conversation_id))


async def waiting(session: Session, limit: int) -> list[dict[str, Any]]:
    """Conversations that wait for a person, as JSON; the longest silent first."""
    return [
        {
            "id": row.id,
            "seq": row.last_seq,
            "since": row.updated_at.isoformat(),
            "handover": handover_view(row),
            "contact": row.contact,
        }
        for row in await stored.waiting(session, limit)
    ]


async def present(session: Session, agent: str, *, now: datetime) -> datetime:
    """Note that a person is there; until when that counts."""
    await stored.seen(session, agent, at=now)
    await session.flush()
    return now + PRESENT_FOR


def _some(row: ConversationRow | None) -> ConversationRow:
    if row is None:
        raise NotFoundError("There is no such conversation.")
    return row
