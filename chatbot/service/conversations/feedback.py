"""What a visitor does about an answer: says whether it helped, or stops it while it is written.

Each is a change and its event in one transaction, as everything in a conversation; the caller commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.errors import InputError, NotFoundError
from chatbot.service.conversations.ownership import is_bots_turn
from chatbot.service.conversations.views import message_view
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import MessageRow

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow

STOPPED = "stopped"  # the decision of a message that the customer stopped
STOPPED_SENTENCE = "I have stopped."


async def give_feedback(
    session: Session, conversation: ConversationRow, message_id: str, value: int, *, now: datetime
) -> None:
    """Keep whether an answer helped: 1 yes, -1 no, 0 takes it back. The same again changes nothing.

    Raises:
        NotFoundError: this conversation has no such message.
        InputError: the message is not an answer of the bot.

    """
    row = await session.get(MessageRow, message_id)
    if row is None or row.conversation_id != conversation.id:
        raise NotFoundError("There is no such message in this conversation.")
    if row.role != "bot":
        raise InputError("Only an answer of the assistant can be called helpful or not.")
    if row.feedback == (value or None):
        return
    row.feedback = value or None
    await log.append(session, conversation, EventKind.FEEDBACK, {"message_id": message_id, "value": value}, at=now)
    await session.flush()


async def stop_answer(
    session: Session, conversation: ConversationRow, *, draft: tuple[str, str] | None, new_id: str, now: datetime
) -> bool:
    """End the answer that is being written with what the customer has seen of it; False where none is.

    ``draft`` is the id and the text of what is being written, as far as is known here; ``new_id`` is for where
    nothing is.
    It becomes a message of its own, so that nothing is left to answer: the bot waits for the next message. What was
    being written cannot be stored any more, because it no longer answers the newest message.
    """
    messages = await stored.messages(session, conversation.id, up_to=conversation.last_seq)
    if not is_bots_turn(conversation, messages):
        return False
    if draft is None or draft[0] in {message.id for message in messages}:  # a hub may not have heard that it ended
        draft = (new_id, "")
    message_id, written = draft
    row = MessageRow(
        id=message_id,
        conversation_id=conversation.id,
        seq=conversation.last_seq + 1,
        role="bot",
        text=written.strip() or STOPPED_SENTENCE,
        in_reply_to=messages[-1].id,
        decision=STOPPED,
        created_at=now,
    )
    session.add(row)
    await log.append(session, conversation, EventKind.MESSAGE_DONE, message_view(row), at=now)
    await session.flush()
    return True
