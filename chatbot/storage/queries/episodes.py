"""Conversations cut into episodes, as SQL: when each began, who was asked for and answered, when it was closed.

An episode begins with what a customer writes first, and anew where they come back after ``QUIET``: to what was closed,
or to the bot that had answered. An answer is a person's reply, or of the bot one that says or asks something. Reads
whole conversations, of those alone in which something happened in a span of time, by indexes. Times are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a dataclass'
from typing import Any

from sqlalchemy import CTE, Select, and_, case, func, literal, or_, select, union, union_all

from chatbot.storage.epoch import Epoch
from chatbot.storage.tables.conversations import TURNS, EventRow, MessageRow

QUIET = 72 * 3600
"""Seconds after which who comes back has come for something new, and what is closed has stayed closed."""
CLOSED, ASKED, RATED = "conversation.closed", "handover.requested", "rating.given"
SPOKE = ("answer", "ask_back")
_ANSWERS = ("agent", "bot")


@dataclass(frozen=True, slots=True)
class Span:
    """From when until before when things count; ``now`` says what is old enough to be settled."""

    since: datetime
    until: datetime
    now: datetime


def placed(span: Span) -> CTE:
    """What was said, asked for and closed, of the conversations in which something was in the span, in its order.

    With what stood before and how long ago, what comes after, and after how many answers it stands.
    """
    row = _said(span).c
    order: dict[str, Any] = {"partition_by": row.conversation_id, "order_by": row.seq}
    ends = case((row.who.in_((*_ANSWERS, "closed")), 1), else_=0)
    return select(
        *row,
        func.lag(row.who).over(**order).label("before"),
        (row.at - func.lag(row.at).over(**order)).label("pause"),
        func.lead(row.at).over(**order).label("after"),
        (func.sum(ends).over(**order) - ends).label("part"),
    ).cte("placed")


def replies(turns: CTE) -> CTE:
    """Each answer to a customer who waited for one: ``waited`` from their first message on, answered ``at``."""
    row = turns.c
    answered = row.who.in_(_ANSWERS)
    return (
        select(
            row.conversation_id,
            func.min(row.at).filter(row.who == "customer").label("waited"),
            func.max(row.at).filter(answered).label("at"),
            func.max(row.seq).filter(answered).label("seq"),
        )
        .group_by(row.conversation_id, row.part)
        .cte("replies")
    )


def episodes(turns: CTE, span: Span) -> CTE:
    """One row an episode; each column is None where there was none."""
    row = _begun(turns).c
    seconds = literal(int(span.now.timestamp()))
    stayed = func.coalesce(row.after, seconds) - row.at >= QUIET
    customers, people, bots = (row.who == each for each in ("customer", "agent", "bot"))
    answered = row.who.in_(_ANSWERS)
    to_asked = and_(people, row.asked >= row.begun)
    return (
        select(
            row.conversation_id,
            func.min(row.at).filter(customers).label("began"),
            func.min(row.at).filter(row.who == "asked").label("asked"),
            func.min(row.at).filter(to_asked).label("person_at"),
            func.min(row.seq).filter(to_asked).label("person_seq"),
            func.min(row.at).filter(answered).label("any_at"),
            func.min(row.seq).filter(answered).label("any_seq"),
            func.max(row.at).filter(row.who == "closed", stayed).label("closed"),
            func.max(row.at).label("last"),
            func.max(row.seq).filter(customers).label("customer_seq"),
            func.max(row.seq).filter(people).label("last_person_seq"),
            func.max(row.seq).filter(bots).label("last_bot_seq"),
        )
        .group_by(row.conversation_id, row.begun)
        .cte("episodes")
    )


def _begun(turns: CTE) -> CTE:
    """The same, with the event that began the episode (0 for the first) and that by which a person was asked for."""
    row = turns.c
    anew = and_(row.who.in_(("customer", "asked")), row.before.in_(("bot", "closed")), row.pause >= QUIET)
    order: dict[str, Any] = {"partition_by": row.conversation_id, "order_by": row.seq}
    begun = func.max(case((anew, row.seq), else_=0)).over(**order)
    asked = func.max(case((row.who == "asked", row.seq))).over(**order)
    return select(*row, begun.label("begun"), asked.label("asked")).cte("begun")


def _said(span: Span) -> CTE:
    when, happened = MessageRow.created_at, EventRow.created_at
    touched = union(
        select(MessageRow.conversation_id).where(when >= span.since, when < span.until),
        select(EventRow.conversation_id).where(
            TURNS, EventRow.kind == CLOSED, happened >= span.since, happened < span.until
        ),
    )
    counts = or_(
        MessageRow.role.in_(("customer", "agent")), and_(MessageRow.role == "bot", MessageRow.decision.in_(SPOKE))
    )
    messages = select(
        MessageRow.conversation_id, MessageRow.seq, Epoch(when).label("at"), MessageRow.role.label("who")
    ).where(MessageRow.conversation_id.in_(touched), counts)
    turns = select(
        EventRow.conversation_id,
        EventRow.seq,
        Epoch(happened),
        case((EventRow.kind == CLOSED, "closed"), else_="asked"),
    ).where(TURNS, EventRow.kind != RATED, EventRow.conversation_id.in_(touched))
    return union_all(messages, turns).cte("said")


def author(conversation_id: Any, seq: Any) -> Select[Any]:
    """Who wrote the last reply of a person before an event."""
    return (
        select(MessageRow.author)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.seq < seq, MessageRow.role == "agent")
        .order_by(MessageRow.seq.desc())
        .limit(1)
    )
