"""Queries on API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, select

from chatbot.storage.prepared import Prepared
from chatbot.storage.tables.access import ApiKeyRow
from chatbot.storage.tables.conversations import ConversationRow
from chatbot.storage.tables.people import PersonRow
from chatbot.storage.tables.schema import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Session

_KEY = table(ApiKeyRow)
_CONVERSATION = table(ConversationRow)
_PERSON = table(PersonRow)
_KNOWN = (
    _KEY.c.hash == bindparam("key_hash"),
    ~exists().where(_PERSON.c.name == _KEY.c.agent, _PERSON.c.disabled_at.is_not(None)),
)
"""Who is disabled comes in by no key that acts for them either."""
_HOLDS = Prepared(select(_KEY.c.id).where(*_KNOWN, _KEY.c.revoked_at.is_(None)))
_OPENS = Prepared(
    select(_KEY.c.id).where(
        *_KNOWN,
        _KEY.c.revoked_at.is_(None),
        exists().where(_CONVERSATION.c.id == bindparam("conversation_id")),
    )
)


async def all_keys(session: Session) -> Sequence[ApiKeyRow]:
    """Every key, oldest first, revoked ones included."""
    return (await session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at, ApiKeyRow.id))).all()


async def by_id(session: Session, key_id: str) -> ApiKeyRow | None:
    """One key by its public id."""
    return await session.get(ApiKeyRow, key_id)


async def by_hash(session: Session, key_hash: str) -> ApiKeyRow | None:
    """The key with this hash, revoked or not; none where whom it acts for is disabled."""
    return await session.scalar(select(ApiKeyRow).where(*_KNOWN), {"key_hash": key_hash})


async def holds(session: Session, key_hash: str) -> bool:
    """Whether the key with this hash is there, not revoked, and acts for nobody disabled."""
    return bool(await _HOLDS.run(session, key_hash=key_hash))


async def opens(session: Session, key_hash: str, conversation_id: str) -> bool:
    """Whether the key with this hash is there, not revoked and acts for nobody disabled, and so is the conversation."""
    return bool(await _OPENS.run(session, key_hash=key_hash, conversation_id=conversation_id))
