"""Stores a new message, whoever says it, and the event that tells of it. Asks nobody whether they may.

Both are one transaction, which the caller commits; the conversation is locked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.dialogue.text.blank import is_blank
from chatbot.errors import InputError
from chatbot.service.conversations.views import message_view
from chatbot.service.files import keeping
from chatbot.service.realtime.event import EventKind
from chatbot.service.suggested import sent
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.queries.conversations import ConversationState
    from chatbot.storage.tables.conversations import ConversationRow, MessageRow


async def append_message(
    rules: Rules,
    session: Session,
    conversation: ConversationRow | ConversationState,
    row: MessageRow,
    kind: EventKind = EventKind.MESSAGE_CREATED,
    *,
    said_at: datetime | None = None,
) -> dict[str, Any]:
    """Store a new message and the event that tells of it; the message as customers see it.

    ``row`` has what was said and by whom; conversation, time and number are set here, under the conversation's lock.
    ``said_at`` is for what was said elsewhere before: the event tells when it came here.
    """
    now = rules.clock.now()
    row.conversation_id, row.created_at, row.seq = conversation.id, said_at or now, conversation.last_seq + 1
    await stored.add_message(session, row)
    view = message_view(row)
    await log.append(session, conversation, kind, view, at=now)
    return view


async def append_reply(
    rules: Rules, session: Session, conversation: ConversationRow, row: MessageRow, *, said_at: datetime | None = None
) -> None:
    """The same for what a person writes to the customer: with it the customer's wait for a person is over."""
    if conversation.person_answered_at is None and conversation.person_asked_at is not None:
        conversation.person_answered_at = said_at or rules.clock.now()
    await append_message(rules, session, conversation, row, said_at=said_at)
    if row.files:
        await keeping.reach_customer(session, row.id)
    await sent.compare(session, row)


def check_words(text: str, files: Sequence[str] = ()) -> None:
    """Refuse what has nothing to read in it, and no file with it.

    Raises:
        InputError: the text is empty.

    """
    if is_blank(text) and not files:
        raise InputError(occasion="empty")
