"""Our own sentences to a customer, in the language that they write in. The words stand in the table of set phrases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.text import language
from chatbot.storage.queries import conversations as stored
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Session
    from chatbot.storage.queries.conversations import ConversationState
    from chatbot.storage.tables.conversations import ConversationRow, MessageRow


async def language_of(session: Session, conversation: ConversationRow | ConversationState) -> str:
    """The language a customer writes in, by their newest message that tells; English where none does."""
    return spoken(await stored.messages(session, conversation.id, up_to=conversation.last_seq))


def spoken(messages: Sequence[MessageRow]) -> str:
    """The language of a customer, by all messages of the conversation, the oldest first."""
    return language.language_of(*(each.text for each in reversed(messages) if each.role == Role.CUSTOMER))


def joined(language: str, *sentences: str) -> str:
    """Sentences one after the other, as the language sets them."""
    return ("" if language == "zh" else " ").join(sentences)
