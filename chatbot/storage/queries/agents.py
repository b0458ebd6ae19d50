"""Queries on agents, the people who answer, and on the conversations that wait for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a dataclass'
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, false, func, not_, select

from chatbot.storage.long_read import long_read
from chatbot.storage.tables.conversations import AgentRow, ConversationRow, Owner, Status
from chatbot.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement

    from chatbot.storage.database import Session


async def seen(session: Session, name: str, *, at: datetime) -> None:
    """Note when an agent was last there; two first requests of one agent at once are no error."""
    noted = insert(session, AgentRow).values(name=name, seen_at=at)
    await session.execute(
        noted.on_conflict_do_update(index_elements=[AgentRow.name], set_={"seen_at": noted.excluded.seen_at})
    )


async def anybody_since(session: Session, when: datetime) -> bool:
    """Whether any agent was there since."""
    return bool(await session.scalar(select(exists().where(AgentRow.seen_at >= when))))


def waits(now: datetime) -> ColumnElement[bool]:
    """Whether an open conversation waits for an agent and none has it, nor was it put off to a time to come."""
    return and_(
        ConversationRow.person_answered_at.is_(None),
        ConversationRow.person_asked_at.is_not(None),
        ConversationRow.status == Status.OPEN,
        ConversationRow.owner != Owner.AGENT,
        not_(snoozed(now)),
    )


def snoozed(now: datetime) -> ColumnElement[bool]:
    """Whether a conversation was put off to a time to come."""
    return func.coalesce(ConversationRow.snoozed_until > now, false())


async def waiting(session: Session, limit: int, *, now: datetime) -> Sequence[ConversationRow]:
    """Open conversations that wait for an agent, also where the bot goes on meanwhile; the longest wait first."""
    order = (ConversationRow.person_asked_at, ConversationRow.id)
    query = select(ConversationRow).where(waits(now)).order_by(*order).limit(limit)
    return (await session.scalars(long_read(query))).all()


@dataclass(frozen=True, slots=True)
class Wait:
    """How one customer waited for a person: from when, until when, and whether they still do."""

    asked: datetime
    answered: datetime | None
    goes_on: bool


async def past_waits(session: Session, *, since: datetime, most: int) -> list[Wait]:
    """The newest ``most`` waits that a person ended since, and all others that began after the first of them.

    Those that began while nobody was there are left out.
    """
    asked, answered = ConversationRow.person_asked_at, ConversationRow.person_answered_at
    query = select(asked, answered, ConversationRow.status).where(ConversationRow.handover_opens_at.is_(None))
    ended = _waits(await session.execute(query.where(answered >= since).order_by(answered.desc()).limit(most)))
    if not ended:
        return []
    first = min(wait.asked for wait in ended)
    return ended + _waits(await session.execute(query.where(answered.is_(None), asked >= first)))


def _waits(rows: Iterable[Any]) -> list[Wait]:
    return [Wait(asked, answered, answered is None and status == Status.OPEN) for asked, answered, status in rows]
