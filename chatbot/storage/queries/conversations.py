"""Queries on live conversations and their messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a NamedTuple's
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from chatbot.storage.long_read import long_read
from chatbot.storage.octets import Octets
from chatbot.storage.prepared import Prepared
from chatbot.storage.tables.conversations import SYSTEM, ConversationRow, MessageRow, Owner, Status
from chatbot.storage.tables.schema import table
from chatbot.storage.tables.visitors import VisitorRow, VisitorTokenRow
from chatbot.storage.tables.worklist import MessageWordsRow
from chatbot.storage.words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Session

_CHUNK = 1000
_MESSAGE = table(MessageRow)
_CONVERSATION = table(ConversationRow)
_VISITOR = table(VisitorRow)
_TOKEN = table(VisitorTokenRow)
_SPOKEN = _MESSAGE.c.role != SYSTEM
_WORDS = table(MessageWordsRow)
_ADD = Prepared(insert(_MESSAGE))
_ADD_WORDS = Prepared(insert(_WORDS).values(conversation_id=bindparam("which"), words=bindparam("said")))
_IN_CONVERSATION = _MESSAGE.c.conversation_id == bindparam("conversation_id")
_STATE_COLUMNS = [_CONVERSATION.c[name] for name in ("id", "status", "owner", "last_seq", "lease", "snoozed_until")]
_STATE = Prepared(
    select(*_STATE_COLUMNS).where(_CONVERSATION.c.id == bindparam("conversation_id")).with_for_update(of=_CONVERSATION)
)
_OPENED = Prepared(
    select(
        *_STATE_COLUMNS,
        *(_VISITOR.c[name] for name in ("id", "inbox_id", "subject", "name", "email")),
        *(_TOKEN.c[name] for name in ("session", "expires_at")),
    )
    .join(_VISITOR, _VISITOR.c.id == _CONVERSATION.c.visitor_id)
    .join(_TOKEN, _TOKEN.c.visitor_id == _VISITOR.c.id)
    .where(_CONVERSATION.c.id == bindparam("conversation_id"), _TOKEN.c.hash == bindparam("token_hash"))
    .with_for_update(of=_CONVERSATION)
)
_OPEN_UNTIL = Prepared(
    select(_TOKEN.c.expires_at)
    .join(_CONVERSATION, _CONVERSATION.c.visitor_id == _TOKEN.c.visitor_id)
    .where(_TOKEN.c.hash == bindparam("token_hash"), _CONVERSATION.c.id == bindparam("conversation_id"))
)
_KNOWN = Prepared(select(_MESSAGE.c.id).where(_IN_CONVERSATION, _MESSAGE.c.client_id == bindparam("client_id")))
_SUMS: list[Any] = [func.count(), func.coalesce(func.sum(Octets(_MESSAGE.c.text)), 0)]
_WRITTEN = Prepared(select(*_SUMS).where(_IN_CONVERSATION, _MESSAGE.c.role == "customer"))
_NEWEST = Prepared(
    select(_MESSAGE.c.id, _MESSAGE.c.role).where(_IN_CONVERSATION, _SPOKEN).order_by(_MESSAGE.c.seq.desc()).limit(1)
)
_TAKE_LEASE = Prepared(
    update(_CONVERSATION)
    .where(
        _CONVERSATION.c.id == bindparam("which"),
        or_(
            _CONVERSATION.c.lease.is_(None),
            _CONVERSATION.c.lease == bindparam("who"),
            _CONVERSATION.c.lease_until < bindparam("now"),
        ),
    )
    .values(lease=bindparam("who"), lease_until=bindparam("until"))
    .returning(_CONVERSATION.c.id)
)
_END_LEASE = Prepared(
    update(_CONVERSATION)
    .where(_CONVERSATION.c.id == bindparam("which"), _CONVERSATION.c.lease == bindparam("who"))
    .values(lease=None, lease_until=None)
)
_END_SNOOZE = Prepared(update(_CONVERSATION).where(_CONVERSATION.c.id == bindparam("which")).values(snoozed_until=None))
_NOTE_ANSWER = Prepared(
    update(_CONVERSATION)
    .where(_CONVERSATION.c.id == bindparam("which"))
    .values(decided=bindparam("how"), topic=bindparam("about"), language=bindparam("spoken"))
)
_SAID_TO_BOT = Prepared(
    select(_MESSAGE.c.id, _MESSAGE.c.role, _MESSAGE.c.text, _MESSAGE.c.created_at)
    .join(_CONVERSATION, _CONVERSATION.c.id == _MESSAGE.c.conversation_id)
    .where(
        _CONVERSATION.c.id == bindparam("conversation_id"),
        _CONVERSATION.c.owner == Owner.BOT,
        _CONVERSATION.c.status == Status.OPEN,
        _MESSAGE.c.seq > _CONVERSATION.c.episode_seq,
        _SPOKEN,
    )
    .order_by(_MESSAGE.c.seq)
)


@dataclass(slots=True)
class ConversationState:
    """The part of a conversation that writers need who add to it and change nothing else; locked as by ``locked``."""

    id: str
    status: str
    owner: str
    last_seq: int
    lease: str | None
    snoozed_until: datetime | None


class Opener(NamedTuple):
    """The visitor whose conversation it is, and the token that opened it."""

    id: str
    inbox_id: str
    subject: str | None
    name: str | None
    email: str | None
    session: str
    expires_at: datetime


class Newest(NamedTuple):
    """The last thing that anybody said: its id, and who it was."""

    id: str
    role: str


class StoredTurn(NamedTuple):
    """What the bot needs of a message."""

    id: str
    role: str
    text: str
    created_at: datetime


async def find(session: Session, conversation_id: str) -> ConversationRow | None:
    """One conversation, as it is now."""
    return await session.get(ConversationRow, conversation_id)


async def locked(session: Session, conversation_id: str) -> ConversationRow | None:
    """One conversation, locked against other writers until the transaction ends."""
    return await session.get(ConversationRow, conversation_id, with_for_update=True, populate_existing=True)


async def state(session: Session, conversation_id: str) -> ConversationState | None:
    """A conversation's state, locked until the transaction ends."""
    found = await _STATE.run(session, conversation_id=conversation_id)
    return ConversationState(*found[0]) if found else None


async def opened(session: Session, conversation_id: str, token_hash: str) -> tuple[ConversationState, Opener] | None:
    """A conversation's state and its visitor, for a token of that visitor, expired or not; locked as by ``state``."""
    found = await _OPENED.run(session, conversation_id=conversation_id, token_hash=token_hash)
    parted = len(_STATE_COLUMNS)
    return (ConversationState(*found[0][:parted]), Opener(*found[0][parted:])) if found else None


async def open_until(session: Session, conversation_id: str, token_hash: str) -> datetime | None:
    """When a token that opens a conversation ends; None where it opens it not, or not any more."""
    found = await _OPEN_UNTIL.run(session, token_hash=token_hash, conversation_id=conversation_id)
    return found[0][0] if found else None


async def messages(session: Session, conversation_id: str, *, up_to: int, after: int = 0) -> Sequence[MessageRow]:
    """Messages with an event number in (``after``, ``up_to``], oldest first."""
    query = (
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.seq <= up_to, MessageRow.seq > after)
        .order_by(MessageRow.seq)
    )
    return (await session.scalars(query)).all()


async def add_message(session: Session, row: MessageRow) -> None:
    """Store a new message, and its words for who searches, at once."""
    await _ADD.run(session, **{column.key: getattr(row, column.key) for column in _MESSAGE.columns})
    if row.role != SYSTEM:
        await add_words(session, row.conversation_id, row.text)


async def add_words(session: Session, conversation_id: str, text: str) -> None:
    """Keep the words of a text of a conversation for who searches."""
    await _ADD_WORDS.run(session, which=conversation_id, said=words_of(text))


async def message_sent_as(session: Session, conversation_id: str, client_id: str) -> MessageRow | None:
    """The message a client sent under this id of its own, if it arrived."""
    known = await _KNOWN.run(session, conversation_id=conversation_id, client_id=client_id)
    return await session.get(MessageRow, known[0][0]) if known else None


async def written_by_customer(session: Session, conversation_id: str) -> tuple[int, int]:
    """How many messages the customer has written in a conversation, and how many bytes all of them have."""
    ((messages, octets),) = await _WRITTEN.run(session, conversation_id=conversation_id)
    return messages, octets


async def newest_message(session: Session, conversation_id: str) -> Newest | None:
    """The last message of a conversation, acknowledgements of the desk aside."""
    found = await _NEWEST.run(session, conversation_id=conversation_id)
    return Newest(*found[0]) if found else None


async def said_to_bot(session: Session, conversation_id: str) -> list[StoredTurn]:
    """The messages of this episode, oldest first; none where the bot may not speak."""
    return [StoredTurn(*row) for row in await _SAID_TO_BOT.run(session, conversation_id=conversation_id)]


async def answered_up_to(session: Session, conversation_id: str) -> int:
    """The event that brought the last reply of the bot or of a person; 0 where there is none."""
    query = select(func.max(MessageRow.seq)).where(
        MessageRow.conversation_id == conversation_id, MessageRow.role.in_(("bot", "agent"))
    )
    return await session.scalar(query) or 0


async def person_spoke(session: Session, conversation_id: str) -> bool:
    """Whether anybody of the team has written to the customer in a conversation."""
    here = (MessageRow.conversation_id == conversation_id, MessageRow.role == "agent")
    return bool(await session.scalar(select(exists().where(*here))))


async def told_last(session: Session, conversation_id: str) -> str | None:
    """What the desk said last by itself, if anything."""
    query = (
        select(MessageRow.text)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.role == SYSTEM)
        .order_by(MessageRow.seq.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def trace_of(session: Session, message_id: str) -> dict[str, Any] | None:
    """The trace of an answer; None where there is no such message or it has no trace."""
    row = await session.get(MessageRow, message_id)
    return None if row is None else row.trace


async def last_seqs(session: Session, ids: Sequence[str]) -> dict[str, int]:
    """The number of the last event of each of these conversations."""
    query = select(ConversationRow.id, ConversationRow.last_seq)
    found: dict[str, int] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = await session.execute(query.where(ConversationRow.id.in_(ids[start : start + _CHUNK])))
        found.update((name, seq) for name, seq in rows)
    return found


async def note_answer(
    session: Session, conversation_id: str, *, decided: str, topic: str | None, language: str | None
) -> None:
    """Keep what the bot made of the last question, for who looks for conversations."""
    await _NOTE_ANSWER.run(session, which=conversation_id, how=decided, about=topic, spoken=language)


async def end_snooze(session: Session, conversation_id: str) -> None:
    """Take away the time until which a conversation was put off."""
    await _END_SNOOZE.run(session, which=conversation_id)


async def take_lease(session: Session, conversation_id: str, holder: str, *, now: datetime, until: datetime) -> bool:
    """Give a server process (``holder``) the lease on a conversation's answer; False where another holds it."""
    return bool(await _TAKE_LEASE.run(session, which=conversation_id, who=holder, now=now, until=until))


async def end_lease(session: Session, conversation_id: str, holder: str) -> None:
    """Give a server process' lease back, if it still holds it."""
    await _END_LEASE.run(session, which=conversation_id, who=holder)


async def awaiting_bot(session: Session, *, now: datetime) -> Sequence[str]:
    """Ids of open conversations the bot owns in which the customer had the last word; longest wait first.

    Those under a lease that has not run out are left out.
    """
    later = aliased(MessageRow)
    theirs = (later.conversation_id == ConversationRow.id, later.role != SYSTEM)
    last = select(func.max(later.seq)).where(*theirs).scalar_subquery()
    query = (
        select(ConversationRow.id)
        .join(MessageRow, MessageRow.conversation_id == ConversationRow.id)
        .where(
            ConversationRow.owner == Owner.BOT,
            ConversationRow.status == Status.OPEN,
            MessageRow.role == "customer",
            or_(ConversationRow.lease.is_(None), ConversationRow.lease_until < now),
            MessageRow.seq == last,
            MessageRow.seq > ConversationRow.episode_seq,
        )
        .order_by(MessageRow.created_at, ConversationRow.id)
    )
    return (await session.scalars(long_read(query))).all()
