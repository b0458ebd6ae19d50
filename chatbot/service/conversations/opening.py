"""Starting a conversation and finding it again: who may open which. Changes none that is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.errors import NotFoundError
from chatbot.service.access.tokens import token_hash
from chatbot.service.conversations.views import conversation_view
from chatbot.service.realtime.event import EventKind
from chatbot.service.visitors.visitors import DEFAULT_INBOX, Visitor, Visitors, visitor_of
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import ConversationRow, Owner, Status

if TYPE_CHECKING:
    from chatbot.storage.database import Session
    from chatbot.storage.queries.conversations import ConversationState

_NOT_THEIRS = "conversation_gone"


@dataclass(frozen=True, slots=True)
class Started:
    """A new conversation and whose it is. ``token`` is a new visitor's; empty for one who came with their own."""

    id: str
    token: str
    seq: int
    visitor: Visitor


async def start(
    visitors: Visitors, session: Session, visitor: Visitor | None = None, *, inbox_id: str = DEFAULT_INBOX
) -> Started:
    """Start a conversation, in which the bot answers. Without a visitor an anonymous one arrives at the inbox."""
    now = visitors.clock.now()
    conversation_id = visitors.clock.new_id("c")
    token = ""
    if visitor is None:
        token = visitors.first_token(conversation_id)
        visitor = (await visitors.arrive(session, inbox_id, token=token)).visitor
    conversation = ConversationRow(
        id=conversation_id,
        visitor_id=visitor.id,
        status=Status.OPEN,
        owner=Owner.BOT,
        last_seq=0,
        created_at=now,
        updated_at=now,
    )
    session.add(conversation)
    await session.flush()  # the event's row refers to it
    await log.append(session, conversation, EventKind.STARTED, {"conversation_id": conversation.id}, at=now)
    await session.flush()
    return Started(conversation.id, token, conversation.last_seq, visitor)


async def for_agent(session: Session, conversation_id: str, *, lock: bool = False) -> ConversationRow:
    """Any conversation by its id; ``lock`` keeps it from other writers until the commit.

    Raises:
        NotFoundError: there is none.

    """
    found = await (stored.locked if lock else stored.find)(session, conversation_id)
    if found is None:
        raise NotFoundError("There is no such conversation.")
    return found


async def for_visitor(
    session: Session, conversation_id: str, visitor: Visitor | None, *, lock: bool = False
) -> ConversationRow:
    """A visitor's own conversation; ``lock`` as for an agent.

    Raises:
        NotFoundError: no such conversation, or another visitor's; the two cannot be told apart.

    """
    found = await (stored.locked if lock else stored.find)(session, conversation_id)
    if found is None or visitor is None or found.visitor_id != visitor.id:
        raise NotFoundError(occasion=_NOT_THEIRS)
    return found


async def by_token(visitors: Visitors, session: Session, conversation_id: str, token: str | None) -> ConversationRow:
    """The conversation, for who holds a token of its visitor.

    Raises:
        UnauthorisedError: there is no token at all, or it has expired.
        NotFoundError: as ``for_visitor``.

    """
    return await for_visitor(session, conversation_id, await visitors.find(session, token))


async def for_sender(
    visitors: Visitors, session: Session, conversation_id: str, token: str | None
) -> tuple[Visitor, ConversationState]:
    """``by_token`` in one statement, for the busiest route: who sends, and the conversation's state, which is locked.

    Raises as ``by_token``.
    """
    found = await stored.opened(session, conversation_id, token_hash(token)) if token else None
    if found is not None and found[1].expires_at > visitors.clock.now():
        return visitor_of(found[1], found[1]), found[0]
    await by_token(visitors, session, conversation_id, token)  # it says what is wrong
    raise NotFoundError(occasion=_NOT_THEIRS)


async def snapshot(session: Session, conversation: ConversationRow) -> dict[str, Any]:
    """The conversation and the number of the last event in it, as they were at one moment.

    Everything comes from the row that carries the number or is older than it, so the two agree whatever the database's
    isolation level is.
    """
    messages = await stored.messages(session, conversation.id, up_to=conversation.last_seq)
    return conversation_view(conversation, messages)
