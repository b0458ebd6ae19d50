"""The right by which a conversation is followed: whether it still holds, asked at every wake of a stream.

A stream outlives the request that opened it. Who signs out, whose key is revoked, or whose conversation is deleted
hears nothing more; which of these it was is told when they ask again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.service.access.signed_in import IDLE, LONGEST
from chatbot.service.access.tokens import token_hash
from chatbot.storage.queries import api_keys, people
from chatbot.storage.queries import conversations as stored

if TYPE_CHECKING:
    from chatbot.clock import Clock
    from chatbot.service.realtime.follow import Right
    from chatbot.storage.database import Database


def of_visitor(database: Database, clock: Clock, conversation_id: str, token: str) -> Right:
    """The right of whoever holds a visitor's token: until it ends or is deleted, with its visitor or conversation."""
    hashed = token_hash(token)

    async def holds() -> bool:
        async with database.point_read() as session:
            until = await stored.open_until(session, conversation_id, hashed)
        return until is not None and until > clock.now()

    return holds


def of_key(database: Database, conversation_id: str | None, key: str) -> Right:
    """The right of whoever holds an API key: until it is revoked, or the conversation is gone; None is the desk."""
    hashed = token_hash(key)

    async def holds() -> bool:
        async with database.point_read() as session:
            if conversation_id is None:
                return await api_keys.holds(session, hashed)
            return await api_keys.opens(session, hashed, conversation_id)

    return holds


def of_person(database: Database, clock: Clock, conversation_id: str | None, token: str) -> Right:
    """The right of whoever is signed in: until that ends, or the conversation is gone; None is the desk."""
    hashed = token_hash(token)

    async def holds() -> bool:
        now = clock.now()
        age = {"since": now - LONGEST, "seen_since": now - IDLE}
        async with database.point_read() as session:
            if conversation_id is None:
                return await people.holds(session, hashed, **age)
            return await people.opens(session, hashed, conversation_id, **age)

    return holds
