"""Queries on attention: for how long somebody had a conversation before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from chatbot.storage.tables.conversations import ConversationRow
from chatbot.storage.tables.numbers import FocusRow
from chatbot.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chatbot.storage.database import Session


async def add(session: Session, agent: str, hour: datetime, seconds: Mapping[str, int]) -> None:
    """Add seconds to conversations, by their ids; those that are not there (any more) are passed over."""
    known = select(ConversationRow.id).where(ConversationRow.id.in_(seconds)).order_by(ConversationRow.id)
    for name in (await session.scalars(known)).all():
        noted = insert(session, FocusRow).values(conversation_id=name, agent=agent, hour=hour, seconds=seconds[name])
        total = {"seconds": FocusRow.seconds + noted.excluded.seconds}
        await session.execute(noted.on_conflict_do_update(index_elements=_KEY, set_=total))


_KEY = [FocusRow.conversation_id, FocusRow.agent, FocusRow.hour]
