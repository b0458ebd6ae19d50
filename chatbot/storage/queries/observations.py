"""What each figure is reckoned from, as SQL: one row for each thing that is counted, timed or judged.

Columns: figure, conversation_id, at (seconds, when it counts), agent (whose it is, None where it is nobody's), value
(seconds, or what is counted of ``weight``) and weight. Knows no period, no group and no percentile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Float,
    String,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from chatbot.storage.epoch import Epoch
from chatbot.storage.queries.episodes import CLOSED, QUIET, RATED, author, episodes, placed, replies
from chatbot.storage.tables.conversations import TURNS, ConversationRow, EventRow, MessageRow
from chatbot.storage.tables.numbers import AnswerJudgementRow, Figure, FocusRow
from chatbot.storage.tables.suggestions import SuggestionEventRow, SuggestionSetRow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from sqlalchemy import CTE, Select

    from chatbot.storage.queries.episodes import Span


BOTS = frozenset({Figure.AUTOMATION, Figure.WRONG})
"""Figures that are no person's."""
_TALK = (Figure.FIRST_PERSON, Figure.FIRST_ANY, Figure.RESOLUTION, Figure.AUTOMATION)
_SUGGESTIONS = (Figure.SHOWN, Figure.USED, Figure.AS_IS, Figure.EDIT_SIZE, Figure.FACTS)
_SAME_FACTS = '{"added": [], "dropped": []}'


def observations(span: Span, figures: Collection[Figure]) -> list[Select[Any]]:
    """The rows of these figures; some may lie outside of the span."""
    found: list[Select[Any]] = []
    if not {*_TALK, Figure.REPLY}.isdisjoint(figures):
        turns = placed(span)
        if Figure.REPLY in figures:
            found.append(_replies(turns))
        if not set(_TALK).isdisjoint(figures):
            found += _of_episodes(episodes(turns, span), span, figures)
    found += [each(span) for figure, each in _OTHERS.items() if figure in figures]
    return [*found, *suggestion_figures(span, figures)]


def _row(figure: Figure, conversation_id: Any, at: Any, agent: Any, value: Any, weight: Any = 1) -> Select[Any]:
    return select(
        literal(str(figure), String()).label("figure"),
        conversation_id.label("conversation_id"),
        at.label("at"),
        cast(agent, String(100)).label("agent"),
        cast(value, Float(53)).label("value"),
        cast(weight, Float(53)).label("weight"),
    )


def _share(condition: Any) -> Any:
    return case((condition, 1), else_=0)


def _lasted(later: Any, earlier: Any) -> Any:
    """Seconds between; none where the clocks of two servers say that it was the other way round."""
    return case((later > earlier, later - earlier), else_=0)


def _at(conversation_id: Any, seq: Any) -> Any:
    return and_(MessageRow.conversation_id == conversation_id, MessageRow.seq == seq)


def _replies(turns: CTE) -> Select[Any]:
    row = replies(turns).c
    query = _row(Figure.REPLY, row.conversation_id, row.at, MessageRow.author, _lasted(row.at, row.waited))
    return query.join(MessageRow, _at(row.conversation_id, row.seq)).where(
        row.waited.is_not(None), MessageRow.role == "agent"
    )


def _of_episodes(found: CTE, span: Span, figures: Collection[Figure]) -> Iterable[Select[Any]]:
    row, name = found.c, MessageRow.author
    last, here = aliased(MessageRow), row.conversation_id
    by_person = case((MessageRow.role == "agent", name))
    again = aliased(ConversationRow)
    back = exists().where(
        again.visitor_id == ConversationRow.visitor_id,
        Epoch(again.created_at) > row.last,
        Epoch(again.created_at) <= row.last + QUIET,
    )
    helped = func.coalesce(last.feedback, 0)
    held = and_(
        row.last_person_seq.is_(None),
        row.asked.is_(None),
        row.last_bot_seq > row.customer_seq,
        or_(helped == 1, and_(helped == 0, not_(back))),
    )
    settled = literal(int(span.now.timestamp())) - row.last >= QUIET
    queries = {
        Figure.FIRST_PERSON: _row(_TALK[0], here, row.person_at, name, _lasted(row.person_at, row.asked)).join(
            MessageRow, _at(here, row.person_seq)
        ),
        Figure.FIRST_ANY: _row(_TALK[1], here, row.any_at, by_person, _lasted(row.any_at, row.began))
        .join(MessageRow, _at(here, row.any_seq))
        .where(row.began.is_not(None)),
        Figure.RESOLUTION: _row(_TALK[2], here, row.closed, name, row.closed - row.began)
        .outerjoin(MessageRow, _at(here, row.last_person_seq))
        .where(row.closed >= row.began),
        Figure.AUTOMATION: _row(_TALK[3], here, row.began, null(), _share(held))
        .join(ConversationRow, ConversationRow.id == here)
        .outerjoin(last, and_(last.conversation_id == here, last.seq == row.last_bot_seq))
        .where(row.began.is_not(None), settled),
    }
    return [query for figure, query in queries.items() if figure in figures]


def _handling(span: Span) -> Select[Any]:
    """Of those who answered there: who only looked has not handled it."""
    row = FocusRow
    lately = select(row.conversation_id).where(row.hour >= span.since, row.hour < span.until)
    wrote = exists().where(
        MessageRow.conversation_id == row.conversation_id, MessageRow.role == "agent", MessageRow.author == row.agent
    )
    query = _row(Figure.HANDLE, row.conversation_id, func.min(Epoch(row.hour)), row.agent, func.sum(row.seconds)).where(
        row.conversation_id.in_(lately), wrote
    )
    return query.group_by(row.conversation_id, row.agent)


def _judged(span: Span) -> Select[Any]:
    said_of = AnswerJudgementRow.said
    query = _row(
        Figure.WRONG, MessageRow.conversation_id, Epoch(MessageRow.created_at), null(), _share(said_of == "wrong")
    )
    return query.join(AnswerJudgementRow, AnswerJudgementRow.message_id == MessageRow.id).where(
        said_of != "unsure", MessageRow.created_at >= span.since, MessageRow.created_at < span.until
    )


def _last(kind: str) -> CTE:
    """The last event of a kind in each conversation."""
    return (
        select(
            EventRow.conversation_id,
            func.max(EventRow.seq).label("seq"),
            func.max(Epoch(EventRow.created_at)).label("at"),
        )
        .where(TURNS, EventRow.kind == kind)
        .group_by(EventRow.conversation_id)
        .cte(kind.replace(".", "_"))
    )


def _rating(span: Span, figure: Figure, kind: str, value: Any) -> Select[Any]:
    row = _last(kind).c
    inside = and_(row.at >= int(span.since.timestamp()), row.at < int(span.until.timestamp()))
    writer = author(row.conversation_id, row.seq).scalar_subquery()
    query = _row(figure, row.conversation_id, row.at, writer, value)
    return query.join(ConversationRow, ConversationRow.id == row.conversation_id).where(inside)


def _liked(span: Span) -> Select[Any]:
    good = _share(ConversationRow.rating >= 4)  # noqa: PLR2004 - of five
    return _rating(span, Figure.CSAT, RATED, good).where(ConversationRow.rating.is_not(None))


def _rated(span: Span) -> Select[Any]:
    return _rating(span, Figure.RATED, CLOSED, _share(ConversationRow.rating.is_not(None)))


def suggestion_figures(span: Span, figures: Collection[Figure]) -> Iterable[Select[Any]]:
    """What people did with suggestions, of the sets that were made in the span and whose message a person answered.

    That somebody had them in view counts where it was the one who answered.
    """
    row, wrote = SuggestionSetRow, MessageRow.author
    made = and_(row.created_at >= span.since, row.created_at < span.until)
    seen = exists().where(
        SuggestionEventRow.set_id == row.id, SuggestionEventRow.kind == "shown", SuggestionEventRow.by == wrote
    )
    used, edited = row.outcome.in_(("as_is", "edited")), row.outcome == "edited"
    values: dict[Figure, tuple[Any, Any]] = {
        Figure.SHOWN: (_share(seen), None),
        Figure.USED: (_share(used), seen),
        Figure.AS_IS: (_share(row.outcome == "as_is"), seen),
        Figure.EDIT_SIZE: (row.edit_size, and_(seen, edited)),
        Figure.FACTS: (_share(cast(row.facts, Text) != _SAME_FACTS), and_(seen, used)),
    }
    for figure in _SUGGESTIONS:
        if figure in figures:
            value, condition = values[figure]
            query = _row(figure, row.conversation_id, Epoch(row.created_at), wrote, value)
            query = query.join(MessageRow, MessageRow.id == row.sent_id)
            query = query.where(made, row.outcome.is_not(None), not_(row.blind))
            yield query if condition is None else query.where(condition)
    done = SuggestionEventRow
    for figure, part, whole in (
        (Figure.COMPLETION, done.taken, done.offered),
        (Figure.KEPT, done.kept, done.taken),
    ):
        if figure in figures:
            query = _row(figure, row.conversation_id, Epoch(row.created_at), done.by, part, whole)
            query = query.join(done, done.set_id == row.id)
            yield query.where(made, done.kind == "completed", whole > 0)


_OTHERS: dict[Figure, Callable[[Span], Select[Any]]] = {
    Figure.HANDLE: _handling,
    Figure.WRONG: _judged,
    Figure.CSAT: _liked,
    Figure.RATED: _rated,
}
