"""Queries of figures: how many, the median, the ninth decile and the sum, by period, week and group; and behind them.

The percentiles are values that were there (nearest rank), so that both databases give the same. One statement reckons
all figures of all groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, String, and_, case, cast, func, literal, or_, select, union_all

from chatbot.storage.long_read import long_read
from chatbot.storage.queries.episodes import Span
from chatbot.storage.queries.observations import BOTS, observations
from chatbot.storage.tables.conversations import ConversationRow, MessageRow
from chatbot.storage.tables.numbers import By, Figure

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.storage.database import Session

NOW, BEFORE, WEEK = "now", "before", "week"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figures, of which times, and of whom (None: of everybody). ``weeks`` are where weeks begin, and the end."""

    figures: tuple[Figure, ...]
    period: tuple[datetime, datetime]
    before: tuple[datetime, datetime]
    weeks: tuple[datetime, ...]
    agent: str | None
    by: tuple[By, ...]
    now: datetime


class Reckoned(NamedTuple):
    """One figure of one group: ``of`` is a period, a week or what the groups are told apart by. Sums, percentiles."""

    figure: str
    of: str
    key: str
    n: int
    value: float
    weight: float
    median: float
    p90: float


class Counted(NamedTuple):
    """One conversation behind a figure: how often it counts, when last, the largest value, and the sums."""

    conversation_id: str
    words: str | None
    n: int
    at: int
    most: float
    value: float
    weight: float


async def reckon(session: Session, asked: Asked) -> list[Reckoned]:
    """The figures in every group that has any."""
    starts = (asked.period[0], asked.before[0], *asked.weeks[:1])
    ends = (asked.period[1], asked.before[1], *asked.weeks[-1:])
    row = _own(asked, Span(min(starts), max(ends), asked.now)).c
    tagged = union_all(*_tagged(row, asked)).cte("tagged").c
    same = (tagged.figure, tagged.of, tagged.key)
    ranked = (
        select(
            *tagged,
            func.row_number().over(partition_by=same, order_by=tagged.value).label("rank"),
            func.count().over(partition_by=same).label("n"),
        )
        .cte("ranked")
        .c
    )
    same = (ranked.figure, ranked.of, ranked.key)
    query = select(
        *same,
        func.max(ranked.n),
        func.sum(ranked.value),
        func.sum(ranked.weight),
        func.max(case((ranked.rank == (ranked.n + 1) // 2, ranked.value))),
        func.max(case((ranked.rank == (9 * ranked.n + 9) // 10, ranked.value))),
    ).group_by(*same)
    return [Reckoned(*found) for found in await session.execute(long_read(query))]


async def behind(session: Session, asked: Asked, key: str | None, *, limit: int) -> tuple[int, list[Counted]]:
    """How many conversations a figure is reckoned from, and those with the largest values, with what was said first.

    ``key`` is that of one group.
    """
    row = _own(asked, Span(*asked.period, asked.now)).c
    sums = (func.count(), func.max(row.at), func.max(row.value), func.sum(row.value), func.sum(row.weight))
    query: Select[Any] = select(row.conversation_id, *sums).where(_within(row, *asked.period))
    for by in asked.by if key is not None else ():
        query = _grouped(query, row, by).where(_key(row, by) == key)
    found = query.group_by(row.conversation_id).subquery()
    total = await session.scalar(long_read(select(func.count()).select_from(found)))
    name, n, at, most, *_ = found.c
    page = select(found).order_by(most.desc(), at.desc(), name).limit(limit).subquery()
    name, n, at, most, value, weight = page.c
    first = (
        select(MessageRow.text)
        .where(MessageRow.conversation_id == name, MessageRow.role == "customer")
        .order_by(MessageRow.seq)
        .limit(1)
        .scalar_subquery()
    )
    rows = select(name, first, n, at, most, value, weight).order_by(most.desc(), at.desc(), name)
    return total or 0, [Counted(*each) for each in await session.execute(long_read(rows))]


def _own(asked: Asked, span: Span) -> Any:
    """Everything that is counted, less what is another's."""
    row = union_all(*observations(span, asked.figures)).cte("observed")
    if asked.agent is None:
        return row
    return select(*row.c).where(or_(row.c.agent == asked.agent, row.c.figure.in_(BOTS))).cte("own")


def _tagged(row: Any, asked: Asked) -> list[Select[Any]]:
    def tagged(of: str, key: Any) -> Select[Any]:
        return select(row.figure, literal(of, String()).label("of"), key.label("key"), row.value, row.weight)

    whole = literal("", String())
    found = [tagged(of, whole).where(_within(row, *span)) for of, span in ((NOW, asked.period), (BEFORE, asked.before))]
    if asked.weeks:
        places = [(row.at >= _second(begin), str(at)) for at, begin in reversed([*enumerate(asked.weeks[:-1])])]
        week = cast(case(*places), String())
        found.append(tagged(WEEK, week).where(_within(row, asked.weeks[0], asked.weeks[-1])))
    groups = [_grouped(tagged(by, _key(row, by)), row, by) for by in asked.by]
    return [*found, *(group.where(_within(row, *asked.period)) for group in groups)]


def _within(row: Any, since: datetime, until: datetime) -> Any:
    return and_(row.at >= _second(since), row.at < _second(until))


def _second(when: datetime) -> int:
    return int(when.timestamp())


def _key(row: Any, by: By) -> Any:
    columns = {By.AGENT: row.agent, By.TOPIC: ConversationRow.topic, By.LANGUAGE: ConversationRow.language}
    return func.coalesce(columns[by], "")


def _grouped(query: Select[Any], row: Any, by: By) -> Select[Any]:
    """The same, where what the groups are named by is at hand; what is nobody's is in no person's group."""
    if by is By.AGENT:
        return query.where(row.agent.is_not(None))
    return query.join(ConversationRow, ConversationRow.id == row.conversation_id)
