"""Queries on what people say of the answers that the bot gave: which is to be judged next, and what was said.

Ids are random, so that in their order answers are a random sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import exists, func, not_, select
from sqlalchemy.orm import aliased

from chatbot.storage.long_read import long_read
from chatbot.storage.tables.conversations import MessageRow
from chatbot.storage.tables.numbers import AnswerJudgementRow
from chatbot.storage.upsert import insert

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.storage.database import Session


class Answered(NamedTuple):
    """An answer of the bot and what was asked."""

    message_id: str
    conversation_id: str
    question: str | None
    answer: str
    at: datetime


def _answers(*columns: Any) -> Any:
    return select(*columns).where(MessageRow.role == "bot", MessageRow.decision == "answer")


async def unjudged(session: Session, since: datetime, until: datetime) -> Answered | None:
    """An answer given in this time that nobody has judged, drawn at random; the same until somebody has."""
    asked = aliased(MessageRow)
    judged = exists().where(AnswerJudgementRow.message_id == MessageRow.id)
    columns = (MessageRow.id, MessageRow.conversation_id, asked.text, MessageRow.text, MessageRow.created_at)
    query = (
        _answers(*columns)
        .outerjoin(asked, asked.id == MessageRow.in_reply_to)
        .where(MessageRow.created_at >= since, MessageRow.created_at < until, not_(judged))
        .order_by(MessageRow.id)
        .limit(1)
    )
    found = (await session.execute(long_read(query))).one_or_none()
    return None if found is None else Answered(*found)


async def count(session: Session, since: datetime, until: datetime) -> int:
    """How many answers of this time were judged."""
    query = (
        select(func.count(AnswerJudgementRow.message_id))
        .join(MessageRow, MessageRow.id == AnswerJudgementRow.message_id)
        .where(MessageRow.created_at >= since, MessageRow.created_at < until)
    )
    return await session.scalar(long_read(query)) or 0


async def is_answer(session: Session, message_id: str) -> bool:
    """Whether there is such an answer of the bot."""
    return await session.scalar(_answers(MessageRow.id).where(MessageRow.id == message_id)) is not None


async def keep(session: Session, message_id: str, said: str, *, by: str, at: datetime) -> None:
    """Keep what somebody said of an answer; the last word counts."""
    word = {"said": said, "by": by, "at": at}
    kept = insert(session, AnswerJudgementRow).values(message_id=message_id, **word)
    await session.execute(kept.on_conflict_do_update(index_elements=[AnswerJudgementRow.message_id], set_=word))
