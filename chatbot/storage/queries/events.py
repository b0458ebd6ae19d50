"""Queries on the event log: every change of a conversation, numbered without gaps.

The number comes from the conversation's own row, which the writer holds locked until it commits. So the
numbers become visible in their order on every database, and an entry is there exactly if its change is.

In the feed of the whole desk an entry has a second number, drawn in a transaction of its own by who reads the feed: of
what is committed by then, under one row's lock. So these become visible in their order as well, and no writer of a
conversation waits for another's (ADR 40).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm.attributes import set_committed_value

from chatbot.storage.prepared import Prepared
from chatbot.storage.tables.conversations import Audience, ConversationRow, EventRow
from chatbot.storage.tables.schema import table
from chatbot.storage.tables.worklist import DeskFeedRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session
    from chatbot.storage.queries.conversations import ConversationState

_APPENDED = "appended events"
_EVENT = table(EventRow)
_CONVERSATION = table(ConversationRow)
_ADD = Prepared(insert(_EVENT))
_COUNT = Prepared(
    update(_CONVERSATION)
    .where(_CONVERSATION.c.id == bindparam("which"))
    .values(last_seq=bindparam("seq"), updated_at=bindparam("at"))
)
_DESK = table(DeskFeedRow)
_UNNUMBERED = Prepared(select(_EVENT.c.seq).where(_EVENT.c.number.is_(None)).limit(1))
_NUMBERED_AFTER = Prepared(
    select(
        _EVENT.c.number,
        _EVENT.c.conversation_id,
        *(_EVENT.c[name] for name in ("seq", "kind", "audience", "payload", "created_at")),
    )
    .where(_EVENT.c.number > bindparam("reached"))
    .order_by(_EVENT.c.number)
    .limit(bindparam("most"))
)
_REACHED = Prepared(select(_DESK.c.number))
_AFTER = (
    select(_EVENT.c.seq, _EVENT.c.kind, _EVENT.c.audience, _EVENT.c.payload, _EVENT.c.created_at)
    .where(_EVENT.c.conversation_id == bindparam("conversation_id"), _EVENT.c.seq > bindparam("number"))
    .order_by(_EVENT.c.seq)
    .limit(bindparam("most"))
)
_ALL_AFTER = Prepared(_AFTER)
_AUDIENCE_AFTER = Prepared(_AFTER.where(_EVENT.c.audience == bindparam("reader")))


@dataclass(frozen=True, slots=True)
class Entry:
    """One event."""

    seq: int
    kind: str
    audience: Audience
    payload: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Numbered:
    """One event with its place in the desk's feed and the conversation it is of."""

    number: int
    conversation_id: str
    entry: Entry


async def append(
    session: Session,
    conversation: ConversationRow | ConversationState,
    kind: str,
    payload: dict[str, Any],
    *,
    at: datetime,
    audience: Audience = Audience.CUSTOMER,
) -> Entry:
    """Write the next event. The conversation must have been read with its lock (``conversations.locked``).

    Row and number are written at once, by statements of their own: this is what a busy server does most.
    """
    entry = Entry(conversation.last_seq + 1, kind, audience, payload, at)
    values = {"seq": entry.seq, "kind": kind, "audience": audience, "payload": payload, "created_at": at}
    await _ADD.run(session, conversation_id=conversation.id, **values)
    await _COUNT.run(session, which=conversation.id, seq=entry.seq, at=at)
    if isinstance(conversation, ConversationRow):  # it is stored: nothing is left to flush
        set_committed_value(conversation, "last_seq", entry.seq)
        set_committed_value(conversation, "updated_at", at)
    else:
        conversation.last_seq = entry.seq
    session.info.setdefault(_APPENDED, {}).setdefault(conversation.id, []).append(entry)
    return entry


def appended(session: Session, conversation_id: str) -> Sequence[Entry]:
    """The events this session appended to a conversation; stored once it has committed."""
    written: dict[str, list[Entry]] = session.info.get(_APPENDED, {})
    return written.get(conversation_id, ())


async def after(
    session: Session, conversation_id: str, seq: int, *, audience: Audience, limit: int = 500
) -> Sequence[Entry]:
    """The events after ``seq`` that this audience may see, oldest first."""
    wanted = {"conversation_id": conversation_id, "number": seq, "most": limit}
    if audience is Audience.AGENT:
        rows = await _ALL_AFTER.run(session, **wanted)
    else:
        rows = await _AUDIENCE_AFTER.run(session, reader=audience, **wanted)
    return [Entry(seq, kind, Audience(reader), payload, at) for seq, kind, reader, payload, at in rows]


async def unnumbered(session: Session) -> bool:
    """Whether any committed event has no place in the desk's feed yet."""
    return bool(await _UNNUMBERED.run(session))


async def number(session: Session) -> None:
    """Give every committed event its place in the desk's feed; those of one conversation keep their order.

    The row of the feed is locked first: what is numbered here is committed before anybody numbers more.
    """
    reached = await session.scalar(update(DeskFeedRow).values(number=DeskFeedRow.number).returning(DeskFeedRow.number))
    pending = _EVENT.c.number.is_(None)
    latest = func.max(_EVENT.c.created_at).over(partition_by=_EVENT.c.conversation_id, order_by=_EVENT.c.seq)
    timed = select(_EVENT.c.conversation_id, _EVENT.c.seq, latest.label("latest")).where(pending).subquery()
    order = (timed.c.latest, timed.c.conversation_id, timed.c.seq)  # clocks differ: no event before the one before it
    place = func.row_number().over(order_by=order).label("place")
    placed = select(timed.c.conversation_id, timed.c.seq, place).subquery()
    same = (_EVENT.c.conversation_id == placed.c.conversation_id, _EVENT.c.seq == placed.c.seq)
    await session.execute(update(_EVENT).where(*same, pending).values(number=(reached or 0) + placed.c.place))
    newest = await session.scalar(select(func.max(_EVENT.c.number)))
    await session.execute(update(DeskFeedRow).values(number=max(newest or 0, reached or 0)))


async def numbered_after(session: Session, reached: int, *, limit: int) -> list[Numbered]:
    """The events after a place in the desk's feed, in its order."""
    rows = await _NUMBERED_AFTER.run(session, reached=reached, most=limit)
    return [
        Numbered(number, conversation_id, Entry(seq, kind, Audience(reader), payload, at))
        for number, conversation_id, seq, kind, reader, payload, at in rows
    ]


async def reached(session: Session) -> int:
    """The last place that was given in the desk's feed."""
    return int((await _REACHED.run(session))[0][0])
