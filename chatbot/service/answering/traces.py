"""Traces: how an answer of ours came about, for the team and its other systems, never for the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.errors import NotFoundError
from chatbot.storage.queries import conversations as stored

if TYPE_CHECKING:
    from chatbot.storage.database import Database


async def of_message(database: Database, message_id: str) -> dict[str, Any]:
    """The stored trace of one of the bot's messages.

    Raises:
        NotFoundError: there is no such message, or it was none of the bot's; which of these is not told.

    """
    async with database.read() as session:
        trace = await stored.trace_of(session, message_id)
    if trace is None:
        raise NotFoundError("There is no message of the bot with this id.")
    return trace
