"""The event log: every change of a conversation, numbered without gaps.

The number comes from the conversation's own row, which the writer holds locked until it commits. So the
numbers become visible in their order on every database, and an entry is there exactly if its change is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from chatbot.storage.tables import Audience, EventRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session
    from chatbot.storage.tables import ConversationRow


def append(
    session: Session,
    conversation: ConversationRow,
    kind: str,
    payload: dict[str, Any],
    *,
    at: datetime,
    audience: Audience = Audience.CUSTOMER,
) -> EventRow:
    """Add the next event. The conversation must have been read with its lock (``conversations.locked``)."""
    conversation.last_seq += 1
    conversation.updated_at = at
    row = EventRow(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        kind=kind,
        audience=audience,
        payload=payload,
        created_at=at,
    )
    session.add(row)
    return row


async def after(
    session: Session, conversation_id: str, seq: int, *, audience: Audience, limit: int = 500
) -> Sequence[EventRow]:
    """The events after ``seq`` that this audience may see, oldest first."""
    query = select(EventRow).where(EventRow.conversation_id == conversation_id, EventRow.seq > seq)
    if audience is not Audience.AGENT:
        query = query.where(EventRow.audience == audience)
    return (await session.scalars(query.order_by(EventRow.seq).limit(limit))).all()
