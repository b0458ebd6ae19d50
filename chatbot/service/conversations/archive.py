"""Turns a closed conversation in which a person answered into a transcript like any imported one.

It goes the way of an import (cleaned, masked, each once) in the transaction that closes the conversation. What the bot
answered alone is not learnt from, or it would learn from itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import corpus
from chatbot.storage.tables.conversations import Status
from data.intake import Accepted, prepared
from data.times import iso
from data.transcripts import Conversation, Role, Turn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow, MessageRow

SOURCE = "understudy"


async def store_closed(
    session: Session, conversation: ConversationRow, *, keep: Collection[str] = (), countries: Collection[str] = ()
) -> None:
    """Store a closed conversation as a transcript, if a person answered in it.

    Again changes nothing. ``keep`` names the desk's own addresses and numbers, which are not masked,
    ``countries`` where customers are.
    """
    messages = await stored.messages(session, conversation.id, up_to=conversation.last_seq)
    if conversation.status != Status.CLOSED or all(message.role != Role.AGENT for message in messages):
        return
    row = prepared(transcript_of(conversation, messages), keep, countries)
    if isinstance(row, Accepted):
        await corpus.store_batch(session, [row.item])


async def store_again(
    session: Session, conversation: ConversationRow, *, keep: Collection[str] = (), countries: Collection[str] = ()
) -> None:
    """Store it again after a rating; not where it was never stored, or was deleted since."""
    if await corpus.has_conversation(session, SOURCE, conversation.id):
        await store_closed(session, conversation, keep=keep, countries=countries)


def transcript_of(conversation: ConversationRow, messages: Sequence[MessageRow]) -> Conversation:
    """A live conversation in the shape of a transcript, not cleaned or masked yet."""
    labels: dict[str, Any] = {"created": iso(conversation.created_at)}
    if conversation.rating is not None:
        labels["rating"] = conversation.rating
    if conversation.episode > 1:
        labels["reopened"] = True
    turns = tuple(
        Turn(Role(message.role), message.text, author=message.author, at=iso(message.created_at))
        for message in messages
    )
    return Conversation(id=conversation.id, turns=turns, labels=labels, source=SOURCE)
