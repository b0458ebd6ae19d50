"""A customer's feedback: whether an answer helped, how the conversation was, and where they can be reached.

Each is a change and its event in one transaction, which the caller commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.errors import InputError, NotFoundError
from chatbot.service.conversations import archive
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import MessageRow

if TYPE_CHECKING:
    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow


async def judge_answer(
    rules: Rules, session: Session, conversation: ConversationRow, message_id: str, value: int
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
    payload = {"message_id": message_id, "value": value}
    await log.append(session, conversation, EventKind.FEEDBACK, payload, at=rules.clock.now())
    await session.flush()


async def rate(
    rules: Rules, session: Session, conversation: ConversationRow, *, score: int, comment: str | None = None
) -> None:
    """Keep how the customer liked the conversation; a later rating replaces an earlier one."""
    if (conversation.rating, conversation.rating_comment) == (score, comment):
        return
    conversation.rating, conversation.rating_comment = score, comment
    payload = {"score": score, "comment": comment}
    await log.append(session, conversation, EventKind.RATED, payload, at=rules.clock.now())
    await session.flush()
    await archive.store_again(session, conversation, keep=rules.keep, countries=rules.countries)


async def leave_contact(rules: Rules, session: Session, conversation: ConversationRow, email: str) -> None:
    """Keep where the customer can be reached; a later address replaces an earlier one."""
    if conversation.contact == email:
        return
    conversation.contact = email
    await log.append(session, conversation, EventKind.CONTACT_GIVEN, {"email": email}, at=rules.clock.now())
    await session.flush()
