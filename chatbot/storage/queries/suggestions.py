"""Queries on what was suggested, what people did with it and what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select
from sqlalchemy.orm import aliased

from chatbot.storage.prepared import Prepared
from chatbot.storage.tables.conversations import MessageRow
from chatbot.storage.tables.schema import table
from chatbot.storage.tables.suggestions import SuggestionEventRow, SuggestionSetRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session

_SETS = table(SuggestionSetRow)
_ANY = Prepared(select(_SETS.c.id).where(_SETS.c.conversation_id == bindparam("conversation_id")).limit(1))


class Sent(NamedTuple):
    """A set with the words that were sent, where somebody answered."""

    row: SuggestionSetRow
    text: str | None


async def newest_question(session: Session, conversation_id: str) -> str | None:
    """The id of the customer's last message that has words."""
    asked = (MessageRow.conversation_id == conversation_id, MessageRow.role == "customer")
    worded = func.trim(MessageRow.text) != ""
    query = select(MessageRow.id).where(*asked, worded).order_by(MessageRow.seq.desc()).limit(1)
    return await session.scalar(query)


async def for_message(session: Session, message_id: str) -> SuggestionSetRow | None:
    """What was suggested for a message."""
    return await session.scalar(select(SuggestionSetRow).where(SuggestionSetRow.message_id == message_id))


async def any_set(session: Session, conversation_id: str) -> bool:
    """Whether anything was ever suggested in a conversation: cheap, for each reply asks."""
    return bool(await _ANY.run(session, conversation_id=conversation_id))


async def open_set(session: Session, conversation_id: str, reply_id: str) -> SuggestionSetRow | None:
    """What was suggested for the customer's last message, where this reply is the first of a person's to it."""
    said = MessageRow.conversation_id == conversation_id
    last = select(func.max(MessageRow.seq)).where(said, MessageRow.role == "customer").scalar_subquery()
    other = aliased(MessageRow)
    answered = exists().where(
        other.conversation_id == conversation_id, other.role == "agent", other.id != reply_id, other.seq > last
    )
    message = select(MessageRow.id).where(said, MessageRow.seq == last).scalar_subquery()
    wanted = (SuggestionSetRow.message_id == message, SuggestionSetRow.outcome.is_(None), ~answered)
    return await session.scalar(select(SuggestionSetRow).where(*wanted))


async def locked(session: Session, set_id: str) -> SuggestionSetRow | None:
    """A set, which nobody else changes until the transaction ends."""
    return await session.get(SuggestionSetRow, set_id, with_for_update=True)


async def page(session: Session, *, after: tuple[datetime, str] | None, limit: int) -> list[Sent]:
    """Some sets, the oldest first, after the (time, id) of the last one seen."""
    at, name = SuggestionSetRow.created_at, SuggestionSetRow.id
    query = select(SuggestionSetRow, MessageRow.text).outerjoin(MessageRow, MessageRow.id == SuggestionSetRow.sent_id)
    if after is not None:
        query = query.where(or_(at > after[0], and_(at == after[0], name > after[1])))
    return [Sent(row, text) for row, text in (await session.execute(query.order_by(at, name).limit(limit))).all()]


async def one(session: Session, set_id: str) -> Sent | None:
    """One set."""
    query = select(SuggestionSetRow, MessageRow.text).outerjoin(MessageRow, MessageRow.id == SuggestionSetRow.sent_id)
    found = (await session.execute(query.where(SuggestionSetRow.id == set_id))).one_or_none()
    return found and Sent(*found)


async def events(session: Session, set_ids: Sequence[str]) -> list[SuggestionEventRow]:
    """What was done with these sets, in order."""
    wanted = SuggestionEventRow.set_id.in_(set_ids)
    return [*await session.scalars(select(SuggestionEventRow).where(wanted).order_by(SuggestionEventRow.id))]


async def questions(session: Session, message_ids: Sequence[str]) -> dict[str, str]:
    """The words of these messages, by id."""
    query = select(MessageRow.id, MessageRow.text).where(MessageRow.id.in_(message_ids))
    return {str(name): str(text) for name, text in (await session.execute(query)).all()}


async def note(session: Session, values: dict[str, Any]) -> bool:
    """Keep that somebody did something with a set; False where it was known."""
    once = {name: values[name] for name in ("set_id", "kind", "suggestion_id", "by", "client_id")}
    if await session.scalar(select(SuggestionEventRow.id).filter_by(**once)) is not None:
        return False
    await session.execute(insert(SuggestionEventRow).values(**values))
    return True


async def used(session: Session, conversation_id: str) -> dict[str, float]:
    """By the id of the reply, how much of a suggestion was changed in it; only of those that were one."""
    query = select(SuggestionSetRow.sent_id, SuggestionSetRow.edit_size).where(
        SuggestionSetRow.conversation_id == conversation_id,
        SuggestionSetRow.used.is_not(None),
        SuggestionSetRow.blind.is_(False),
    )
    return {str(sent): float(size or 0) for sent, size in (await session.execute(query)).all()}
