"""Turns a closed conversation in which a person answered into a transcript like any imported one, which waits.

It goes the way of an import (cleaned, masked, each once) in the transaction that closes the conversation. What the bot
answered alone is not learnt from, or it would learn from itself. What a customer closes is kept and used for nothing
until a person looks at it, and nothing else that customers do (ratings, labels, opening it again) changes what is kept:
they could say what the desk says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chatbot.service.corpus import review
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import harvest, visitors
from chatbot.storage.tables.conversations import SYSTEM, Status
from chatbot.storage.tables.corpus import HARVESTED
from data.aliases import alias
from data.intake import Accepted, prepared
from data.times import iso
from data.transcripts import COUNTS_AS, Conversation, Role, Turn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow, MessageRow


async def store_closed(
    session: Session,
    conversation: ConversationRow,
    *,
    by_customer: bool,
    keep: Collection[str] = (),
    countries: Collection[str] = (),
) -> None:
    """Keep a closed conversation as a transcript, if a person answered in it.

    Again changes nothing. ``keep`` names the desk's own addresses and numbers, which are not masked,
    ``countries`` where customers are.
    """
    messages = await stored.messages(session, conversation.id, up_to=conversation.last_seq)
    if conversation.status != Status.CLOSED or all(message.role != Role.AGENT for message in messages):
        return
    name = await visitors.name_of(session, conversation.visitor_id) if conversation.visitor_id else None
    row = prepared(transcript_of(conversation, messages, name), keep, countries)
    if not isinstance(row, Accepted) or not isinstance(row.item, Conversation):
        return
    if await harvest.store(session, _with_customer(row.item, conversation.visitor_id), held=by_customer):
        await review.settle(session, conversation.id)


def transcript_of(conversation: ConversationRow, messages: Sequence[MessageRow], name: str | None) -> Conversation:
    """A live conversation in the shape of a transcript, not cleaned or masked yet; ``name`` is the customer's."""
    turns = tuple(
        Turn(
            Role(message.role),
            message.text,
            author=name if message.role == Role.CUSTOMER else message.author,
            at=iso(message.created_at),
            extras={COUNTS_AS: message.counts_as} if message.counts_as else {},
        )
        for message in messages
        if message.role != SYSTEM
    )
    return Conversation(
        id=conversation.id, turns=turns, labels={"created": iso(conversation.created_at)}, source=HARVESTED
    )


def _with_customer(item: Conversation, visitor_id: str | None) -> Conversation:
    """Tells one customer from another without saying who they are: answers to one are no more than one's."""
    if visitor_id is None:
        return item
    author = alias("visitor", visitor_id)
    turns = tuple(replace(turn, author=author) if turn.role is Role.CUSTOMER else turn for turn in item.turns)
    return replace(item, turns=turns)
