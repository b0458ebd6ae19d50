"""Turns a closed conversation in which a person answered into a transcript like any imported one, which waits.

It goes the way of an import (cleaned, masked, each once) in the transaction that closes the conversation. What the bot
answered alone is not learnt from, or it would learn from itself; nor is a suggestion that somebody sent as it was: that
it was not bad enough to be changed is no second voice for it. What a customer closes is kept and used for nothing
until a person looks at it, and nothing else that customers do (ratings, labels, opening it again) changes what is kept:
they could say what the desk says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatbot.service.corpus import review
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import harvest, suggestions, visitors
from chatbot.storage.tables.conversations import SYSTEM, Status
from chatbot.storage.tables.corpus import HARVESTED
from data.aliases import alias
from data.intake import Accepted, prepared
from data.times import iso
from data.transcripts import COUNTS_AS, FROM_SUGGESTION, Conversation, Role, Turn

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

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
    lineage = await suggestions.used(session, conversation.id)
    row = prepared(transcript_of(conversation, messages, name, lineage), keep, countries)
    if not isinstance(row, Accepted) or not isinstance(row.item, Conversation):
        return
    if await harvest.store(session, _with_customer(row.item, conversation.visitor_id), held=by_customer):
        await review.settle(session, conversation.id)


def transcript_of(
    conversation: ConversationRow,
    messages: Sequence[MessageRow],
    name: str | None,
    lineage: Mapping[str, float] | None = None,
) -> Conversation:
    """A live conversation in the shape of a transcript, not cleaned or masked yet; ``name`` is the customer's.

    ``lineage`` has how much was changed in the replies, by message id, that were suggestions of ours. What was sent
    unchanged counts as the bot's own words.
    """
    from_us = lineage or {}
    turns = tuple(
        Turn(
            Role.BOT if from_us.get(message.id) == 0 else Role(message.role),
            " ".join([message.text, *map(_mark, message.files or ())]).strip(),
            author=name if message.role == Role.CUSTOMER else message.author,
            at=iso(message.created_at),
            extras=_extras(message, from_us.get(message.id)),
        )
        for message in messages
        if message.role != SYSTEM
    )
    return Conversation(
        id=conversation.id, turns=turns, labels={"created": iso(conversation.created_at)}, source=HARVESTED
    )


def _extras(message: MessageRow, edit_size: float | None) -> dict[str, Any]:
    vouched = {COUNTS_AS: message.counts_as} if message.counts_as else {}
    return vouched if edit_size is None else {**vouched, FROM_SUGGESTION: edit_size}


def _mark(file: dict[str, Any]) -> str:
    """What is kept of a file: that there was one."""
    return "[file: PDF]" if file["kind"] == "pdf" else "[file: picture]"


def _with_customer(item: Conversation, visitor_id: str | None) -> Conversation:
    """Tells one customer from another without saying who they are: answers to one are no more than one's."""
    if visitor_id is None:
        return item
    author = alias("visitor", visitor_id)
    turns = tuple(replace(turn, author=author) if turn.role is Role.CUSTOMER else turn for turn in item.turns)
    return replace(item, turns=turns)
