"""Queries of the work list: which conversations a search finds, in which order, how many; tags and saved views.

What a search means is said here, in terms that are parsed already; how it is written is the service's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, cast, column, delete, exists, false, func, insert, literal, not_, or_, select
from sqlalchemy import table as plain_table
from sqlalchemy.dialects.postgresql import TSQUERY

from chatbot.storage.long_read import long_read
from chatbot.storage.queries import teams
from chatbot.storage.queries.agents import snoozed, waits
from chatbot.storage.tables.conversations import ConversationRow, MessageRow, Owner, Status
from chatbot.storage.tables.drafts import MentionRow
from chatbot.storage.tables.tickets import CHAT, TicketRow
from chatbot.storage.tables.visitors import VisitorRow
from chatbot.storage.tables.worklist import (
    ConversationTagRow,
    MessageWordsRow,
    Order,
    SavedViewRow,
    TeamMemberRow,
    TeamRow,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from chatbot.storage.database import Session

_FTS = plain_table("message_words_fts", column("rowid"), column("message_words_fts"))


class Field(StrEnum):
    """What a term of a search looks at."""

    OWNER = "owner"
    TEAM = "team"
    STATUS = "status"
    TAG = "tag"
    TOPIC = "topic"
    LANGUAGE = "language"
    DECIDED = "decided"
    BEFORE = "before"
    AFTER = "after"
    MENTIONS = "mentions"
    CHANNEL = "channel"
    PRIORITY = "priority"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class TeamsOf:
    """The teams that somebody is in."""

    agent: str


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. ``value`` is an ``Owner`` or a person's name, a word of ``STATUSES``, a time, or words in a row.

    A team is ``TeamsOf`` somebody, a name as it is compared, or None for no team.

    ``beginning``: the last of the words may go on.
    """

    field: Field
    value: Any
    negated: bool = False
    beginning: bool = False


Search = tuple[tuple[Term, ...], ...]
"""All of these, and of each any."""
STATUSES = ("open", "waiting", "snoozed", "done")


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation of the list with what is shown beside it."""

    row: ConversationRow
    tags: tuple[str, ...]
    customer: str | None
    last: MessageRow | None
    team: str | None = None
    subject: str | None = None


def _place(order: Order) -> ColumnElement[datetime]:
    if order is Order.WAIT:
        return func.coalesce(ConversationRow.person_asked_at, ConversationRow.created_at)
    began, changed = ConversationRow.created_at, ConversationRow.updated_at
    return (changed if order is Order.ACTIVITY else began).expression


async def page(
    session: Session, search: Search, *, order: Order, after: tuple[datetime, str] | None, limit: int, now: datetime
) -> list[tuple[ConversationRow, datetime]]:
    """Some conversations that a search finds, each with its place; after the (place, id) of the last one seen."""
    place, name = _place(order), ConversationRow.id
    query = select(ConversationRow, place).where(*_conditions(session, search, now))
    if after is not None:
        at, last = literal(after[0], place.type), after[1]
        further = place > at if order is Order.WAIT else place < at
        query = query.where(or_(further, and_(place == at, name > last if order is Order.WAIT else name < last)))
    sorted_by = (place, name) if order is Order.WAIT else (place.desc(), name.desc())
    rows = (await session.execute(long_read(query.order_by(*sorted_by).limit(limit)))).all()
    return [(row, at) for row, at in rows]


async def count(session: Session, search: Search, *, now: datetime) -> int:
    """How many conversations a search finds."""
    query = select(func.count()).select_from(ConversationRow).where(*_conditions(session, search, now))
    return await session.scalar(long_read(query)) or 0


async def first_waiting(session: Session, search: Search, *, agent: str, now: datetime) -> ConversationRow | None:
    """The one of these that has waited longest for a person, locked; no two transactions get the same.

    What another team than the agent's is to take comes last.
    One that another writer holds just now is passed over, unless there is no other: then that is waited for.
    """
    others = and_(ConversationRow.team.is_not(None), not_(_team(TeamsOf(agent), now)))
    order = (case((others, 1), else_=0), ConversationRow.person_asked_at, ConversationRow.id)
    query: Select[Any] = (
        select(ConversationRow).where(waits(now), *_conditions(session, search, now)).order_by(*order).limit(1)
    ).execution_options(populate_existing=True)
    while True:
        for skipping in (True, False):
            found: ConversationRow | None = await session.scalar(query.with_for_update(skip_locked=skipping))
            if found is not None:
                return found
        if await session.scalar(query) is None:
            return None


async def any_due(session: Session, *, now: datetime) -> bool:
    """Whether the time has come for any conversation that was put off."""
    return bool(await session.scalar(select(exists().where(ConversationRow.snoozed_until <= now))))


async def due(session: Session, *, now: datetime, limit: int) -> Sequence[ConversationRow]:
    """Conversations whose time has come for which they were put off; locked."""
    query = select(ConversationRow).where(ConversationRow.snoozed_until <= now).order_by(ConversationRow.snoozed_until)
    return (await session.scalars(query.limit(limit).with_for_update(skip_locked=True))).all()


async def tags(session: Session, ids: Collection[str]) -> dict[str, list[str]]:
    """The tags of these conversations, in order."""
    query = select(ConversationTagRow.conversation_id, ConversationTagRow.tag).where(
        ConversationTagRow.conversation_id.in_(ids)
    )
    found: dict[str, list[str]] = {name: [] for name in ids}
    for name, tag in await session.execute(query.order_by(ConversationTagRow.tag)):
        found[name].append(tag)
    return found


async def change_tags(session: Session, conversation_id: str, *, add: Sequence[str], remove: Sequence[str]) -> None:
    """Add tags that the conversation does not have and take others away; it is locked."""
    theirs = ConversationTagRow.conversation_id == conversation_id
    if remove:
        await session.execute(delete(ConversationTagRow).where(theirs, ConversationTagRow.tag.in_(remove)))
    if add:
        rows = [{"conversation_id": conversation_id, "tag": tag} for tag in add]
        await session.execute(insert(ConversationTagRow), rows)


async def saved_views(session: Session) -> Sequence[SavedViewRow]:
    """The desk's saved views by name, those that one person alone sees included."""
    return (await session.scalars(select(SavedViewRow).order_by(SavedViewRow.name))).all()


async def saved_view(session: Session, view_id: str, *, me: str) -> SavedViewRow | None:
    """A saved view that somebody sees."""
    seen = or_(not_(SavedViewRow.personal), SavedViewRow.by == me)
    return await session.scalar(select(SavedViewRow).where(SavedViewRow.id == view_id, seen))


async def shown(session: Session, rows: Sequence[ConversationRow]) -> list[Found]:
    """What is shown of conversations in a list, in their order."""
    ids = [row.id for row in rows]
    of_people = case((MessageRow.role.in_(("customer", "agent")), MessageRow.seq))
    latest = func.coalesce(func.max(of_people), func.max(MessageRow.seq))  # what the bot or the desk said tells less
    newest = select(MessageRow.conversation_id, latest).where(MessageRow.conversation_id.in_(ids))
    places = (await session.execute(newest.group_by(MessageRow.conversation_id))).all()
    said = or_(false(), *(and_(MessageRow.conversation_id == name, MessageRow.seq == seq) for name, seq in places))
    last = {message.conversation_id: message for message in await session.scalars(select(MessageRow).where(said))}
    tagged = await tags(session, ids)
    visitors = select(VisitorRow.id, VisitorRow.name).where(VisitorRow.id.in_([row.visitor_id for row in rows]))
    names = {visitor.id: visitor.name for visitor in await session.execute(visitors)}
    called = await teams.names(session, {row.team for row in rows})
    titled = select(TicketRow.conversation_id, TicketRow.subject).where(TicketRow.conversation_id.in_(ids))
    subjects = {ticket.conversation_id: ticket.subject for ticket in await session.execute(titled)}
    return [
        Found(
            row,
            tuple(tagged[row.id]),
            names.get(row.visitor_id or ""),
            last.get(row.id),
            called.get(row.team or ""),
            subjects.get(row.id),
        )
        for row in rows
    ]


def _conditions(session: Session, search: Search, now: datetime) -> list[ColumnElement[bool]]:
    dialect = session.get_bind().dialect.name
    return [or_(*(_condition(term, now, dialect) for term in terms)) for terms in search]


def _condition(term: Term, now: datetime, dialect: str) -> ColumnElement[bool]:
    found: ColumnElement[bool]
    if term.field is Field.WORDS:
        found = ConversationRow.id.in_(_with_words(term, dialect))
    else:
        found = _CONDITIONS[term.field](term.value, now)
    return not_(func.coalesce(found, false())) if term.negated else found


def _with_words(term: Term, dialect: str) -> Select[str]:
    """The conversations in which somebody said these words in a row."""
    query = select(MessageWordsRow.conversation_id)
    if dialect == "postgresql":
        wanted = " <-> ".join(f"'{word}'" for word in term.value) + (":*" if term.beginning else "")
        return query.where(MessageWordsRow.words.op("@@")(cast(wanted, TSQUERY)))
    wanted = f'"{" ".join(term.value)}"' + (" *" if term.beginning else "")
    return query.where(MessageWordsRow.id.in_(select(_FTS.c.rowid).where(_FTS.c.message_words_fts.op("MATCH")(wanted))))


def _owner(value: Any, _: datetime) -> ColumnElement[bool]:
    if isinstance(value, Owner):
        return ConversationRow.owner == value
    name = ConversationRow.agent
    return and_(ConversationRow.owner == Owner.AGENT, or_(name == value, func.lower(name) == value.lower()))


def _status(value: str, now: datetime) -> ColumnElement[bool]:
    if value == "done":
        return ConversationRow.status == Status.CLOSED
    if value == "waiting":
        return waits(now)
    put_off = snoozed(now)
    return and_(ConversationRow.status == Status.OPEN, put_off if value == "snoozed" else not_(put_off))


def _team(value: Any, _: datetime) -> ColumnElement[bool]:
    if value is None:
        return ConversationRow.team.is_(None)
    if isinstance(value, TeamsOf):
        return ConversationRow.team.in_(select(TeamMemberRow.team_id).where(TeamMemberRow.agent == value.agent))
    return ConversationRow.team.in_(select(TeamRow.id).where(TeamRow.name_key == value))


def _tag(value: str, _: datetime) -> ColumnElement[bool]:
    return exists().where(ConversationTagRow.conversation_id == ConversationRow.id, ConversationTagRow.tag == value)


def _mentions(value: str, _: datetime) -> ColumnElement[bool]:
    here = MentionRow.conversation_id == ConversationRow.id
    return exists().where(here, or_(MentionRow.name == value, func.lower(MentionRow.name) == value.lower()))


def _channel(value: str, _: datetime) -> ColumnElement[bool]:
    here = TicketRow.conversation_id == ConversationRow.id
    if value == CHAT:
        return not_(exists().where(here, TicketRow.channel != CHAT))
    return exists().where(here, TicketRow.channel == value)


def _priority(value: str, _: datetime) -> ColumnElement[bool]:
    return exists().where(TicketRow.conversation_id == ConversationRow.id, TicketRow.priority == value)


_CONDITIONS: dict[Field, Callable[[Any, datetime], ColumnElement[bool]]] = {
    Field.OWNER: _owner,
    Field.TEAM: _team,
    Field.STATUS: _status,
    Field.TAG: _tag,
    Field.TOPIC: lambda value, _: func.lower(ConversationRow.topic) == value,
    Field.LANGUAGE: lambda value, _: ConversationRow.language == value,
    Field.DECIDED: lambda value, _: ConversationRow.decided == value,
    Field.BEFORE: lambda value, _: ConversationRow.created_at < value,
    Field.AFTER: lambda value, _: ConversationRow.created_at >= value,
    Field.MENTIONS: _mentions,
    Field.CHANNEL: _channel,
    Field.PRIORITY: _priority,
}
