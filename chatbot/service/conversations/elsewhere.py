"""Tickets that lie in another help desk, with a connector to it: what is answered here has to get there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.errors import UnderstudyError
from chatbot.storage.queries import connectors as stored
from chatbot.storage.tables.connectors import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Session


class ElsewhereError(UnderstudyError):
    """What was to be sent would not reach the customer, who is answered in another help desk; nothing was sent."""

    code = "answer_there"
    status = 409
    title = "This ticket is answered in its own help desk"


async def check_carried(session: Session, conversation_id: str, files: Sequence[str]) -> None:
    """See that what a person sends to the customer gets there.

    Raises:
        ElsewhereError: it would not.

    """
    row = await stored.of_conversation(session, conversation_id)
    if row is not None and not row.replies:
        raise ElsewhereError(f"This ticket lies in {row.id}, where nothing is sent from here: answer it there.")
    if row is not None and files:
        raise ElsewhereError(f"This ticket lies in {row.id}, where files do not get from here: send them there.")


async def check_bots(session: Session, conversation_id: str) -> None:
    """See that the bot may have a conversation to itself; where a connector answers by itself, it asks for that.

    Raises:
        ElsewhereError: it lies in another help desk.

    """
    row = await stored.of_conversation(session, conversation_id)
    if row is not None:
        raise ElsewhereError(f"This ticket lies in {row.id}; whether it is answered alone, its connector's level says.")


async def answers_alone(session: Session, conversation_id: str) -> bool:
    """Whether an answer without a person may go to the customer of a conversation, wherever it lies."""
    row = await stored.of_conversation(session, conversation_id)
    return row is None or row.level == Level.ANSWER
