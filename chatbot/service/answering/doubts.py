"""Looks at the facts of what a person is writing, when the engine has nothing else to do."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from chatbot.errors import UnderstudyError
from chatbot.service.turns import spoken
from chatbot.storage.queries import conversations as stored

if TYPE_CHECKING:
    from chatbot.service.serving.serving import Serving
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow
    from data.transcripts import Turn


async def dialogue(session: Session, conversation: ConversationRow) -> tuple[Turn, ...]:
    """What customer, bot and people said to each other so far; notes are none of it."""
    messages = await stored.messages(session, conversation.id, up_to=conversation.last_seq)
    return spoken(messages)


async def doubts(serving: Serving, turns: tuple[Turn, ...], text: str) -> list[dict[str, Any]] | None:
    """Facts of a text that the desk's evidence says otherwise; None where that cannot be looked up at once."""
    if serving.busy or not turns:
        return None
    try:
        _, found = await serving.ask(lambda pipeline: pipeline.doubts(turns, text))
    except UnderstudyError:  # nothing serves, or what serves is busy after all: a hint that nobody misses
        return None
    return [asdict(doubt) for doubt in found]
