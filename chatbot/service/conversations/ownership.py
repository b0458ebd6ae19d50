"""Who has a conversation: the bot, one person, or nobody yet. It goes from hand to hand under the conversation's lock.

Every reply is inserted in a transaction that looks at the owner first, so the bot never talks over a person and two
people never answer at once. A closed conversation that is re-opened, or one that a person gives back to the bot,
begins a new episode: the bot reads that one only. The caller holds the lock (``conversations.locked``) and commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.errors import AlreadyTakenError, ClosedError, InputError, NotYoursError
from chatbot.service.conversations import archive
from chatbot.service.conversations.views import message_view
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import agents
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import MessageRow, Owner, Status
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow


async def claim(session: Session, conversation: ConversationRow, agent: str, *, now: datetime) -> None:
    """A person takes the conversation; from here on the bot is silent. Again changes nothing.

    Raises:
        AlreadyTakenError: another person has it.
        ClosedError: it is closed.

    """
    _check_open(conversation)
    await agents.seen(session, agent, at=now)
    if conversation.owner == Owner.AGENT:
        if conversation.agent != agent:
            raise AlreadyTakenError(f"{conversation.agent} has this conversation already.")
        return
    conversation.owner, conversation.agent = Owner.AGENT, agent
    await log.append(session, conversation, EventKind.AGENT_JOINED, {"name": agent}, at=now)
    await session.flush()


async def release(
    session: Session,
    conversation: ConversationRow,
    agent: str,
    to: str,
    *,
    now: datetime,
    keep: Collection[str] = (),
) -> None:
    """The person who has it lets go: ``to`` others ("waiting"), to the bot ("bot"), or for good ("closed").

    Raises:
        NotYoursError: this person does not have it.
        ClosedError: it is closed.

    """
    _check_open(conversation)
    _check_holder(conversation, agent)
    await agents.seen(session, agent, at=now)
    if to == "closed":
        conversation.status = Status.CLOSED
        await log.append(session, conversation, EventKind.CLOSED, {"by": "agent"}, at=now)
        await session.flush()
        await archive.harvest(session, conversation, keep=keep)
        return
    conversation.owner, conversation.agent = Owner.NOBODY, None
    await log.append(session, conversation, EventKind.AGENT_LEFT, {"name": agent}, at=now)
    if to == "bot":
        await _begin_episode(session, conversation, now)
    await session.flush()


async def reply(
    session: Session,
    conversation: ConversationRow,
    agent: str,
    *,
    message_id: str,
    client_id: str,
    text: str,
    now: datetime,
) -> tuple[dict[str, Any], bool]:
    """Store what the person who has the conversation writes; the second part says whether it is new.

    Raises:
        NotYoursError: this person does not have it (any more).
        ClosedError: it is closed.
        InputError: the text is empty, or the customer used this ``client_id``.

    """
    known = await stored.message_sent_as(session, conversation.id, client_id)
    if known is not None:
        if known.role != "agent":
            raise InputError("This client_id belongs to a message of the customer; draw a new one.")
        return message_view(known), False
    if not text.strip():
        raise InputError("The message is empty.")
    _check_open(conversation)
    _check_holder(conversation, agent)
    await agents.seen(session, agent, at=now)
    row = MessageRow(
        id=message_id,
        conversation_id=conversation.id,
        seq=conversation.last_seq + 1,
        role="agent",
        author=agent,
        text=text,
        client_id=client_id,
        created_at=now,
    )
    session.add(row)
    await log.append(session, conversation, EventKind.MESSAGE_CREATED, message_view(row), at=now)
    await session.flush()
    return message_view(row), True


async def reopen(session: Session, conversation: ConversationRow, *, now: datetime) -> None:
    """The customer goes on in a closed conversation: a new episode, which the bot answers. Again changes nothing."""
    if conversation.status != Status.CLOSED:
        return
    conversation.status = Status.OPEN
    await _begin_episode(session, conversation, now)
    await session.flush()


async def leave_contact(session: Session, conversation: ConversationRow, email: str, *, now: datetime) -> None:
    """Keep where the customer can be reached; a later address replaces an earlier one."""
    if conversation.contact == email:
        return
    conversation.contact = email
    await log.append(session, conversation, EventKind.CONTACT_GIVEN, {"email": email}, at=now)
    await session.flush()


async def _begin_episode(session: Session, conversation: ConversationRow, now: datetime) -> None:
    conversation.owner, conversation.agent = Owner.BOT, None
    conversation.handover_reason = conversation.handover_text = None
    conversation.handover_expected = conversation.handover_opens_at = None
    conversation.episode += 1
    await log.append(session, conversation, EventKind.REOPENED, {"episode": conversation.episode}, at=now)
    conversation.episode_seq = conversation.last_seq


def _check_open(conversation: ConversationRow) -> None:
    if conversation.status == Status.CLOSED:
        raise ClosedError("This conversation is closed; the customer can re-open it.")


def _check_holder(conversation: ConversationRow, agent: str) -> None:
    if conversation.owner == Owner.AGENT and conversation.agent == agent:
        return
    holder = f"{conversation.agent} has it" if conversation.owner == Owner.AGENT else "nobody has claimed it"
    raise NotYoursError(f"Claim this conversation first; {holder}.")


def is_bots_turn(conversation: ConversationRow, messages: Sequence[MessageRow]) -> bool:
    """Whether the bot may speak and the customer had the last word."""
    return (
        conversation.owner == Owner.BOT
        and conversation.status == Status.OPEN
        and bool(messages)
        and messages[-1].role == Role.CUSTOMER
    )
