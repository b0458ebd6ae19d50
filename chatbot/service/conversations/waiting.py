"""What the people who answer see and say of themselves: the conversations that wait, and that they are there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chatbot.service.conversations.views import handover_view
from chatbot.storage.queries import agents, focus
from chatbot.storage.tables.conversations import Owner

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session

PRESENT_FOR = timedelta(minutes=5)
"""So long a person counts as there after the last sign of them."""


async def waiting(session: Session, limit: int, *, now: datetime) -> list[dict[str, Any]]:
    """Conversations that wait for a person, as JSON; the longest wait first."""
    return [
        {
            "id": row.id,
            "seq": row.last_seq,
            "since": (row.person_asked_at or row.updated_at).isoformat(),
            "with_bot": row.owner == Owner.BOT,
            "handover": handover_view(row),
            "contact": row.contact,
        }
        for row in await agents.waiting(session, limit, now=now)
    ]


async def present(rules: Rules, session: Session, agent: str, seconds: Mapping[str, int]) -> datetime:
    """Note that a person is there, and how many seconds they gave which conversation; until when that counts."""
    now = rules.clock.now()
    await agents.seen(session, agent, at=now)
    await focus.add(session, agent, now.replace(minute=0, second=0, microsecond=0), seconds)
    await session.flush()
    return now + PRESENT_FOR
