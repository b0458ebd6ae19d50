"""The figures of a period, of the one before, of its weeks and groups, as JSON; and the conversations behind one.

A time is told as median and ninth decile, a share with its 95 % interval, everything with how many it rests on.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.storage.queries import numbers as stored
from chatbot.storage.queries.numbers import BEFORE, NOW, WEEK, Asked
from chatbot.storage.tables.numbers import By, Figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatbot.service.numbers.periods import Period
    from chatbot.storage.database import Session
    from chatbot.storage.queries.numbers import Reckoned

TIME, SHARE, CHARACTERS, SIZE = "time", "share", "characters", "size"
KINDS = {
    Figure.FIRST_PERSON: TIME,
    Figure.FIRST_ANY: TIME,
    Figure.REPLY: TIME,
    Figure.RESOLUTION: TIME,
    Figure.HANDLE: TIME,
    Figure.EDIT_SIZE: SIZE,
    Figure.COMPLETION: CHARACTERS,
    Figure.KEPT: CHARACTERS,
}
"""Seconds; a share of what was counted (all others), of characters; a size from 0 to 1."""
MOST_GROUPS = 50
MOST_BEHIND = 200
_WORDS = 120
_Z = 1.959964


def kind_of(figure: Figure) -> str:
    """In what a figure is told."""
    return KINDS.get(figure, SHARE)


async def reckoned(
    session: Session, period: Period, *, now: datetime, by: Sequence[By], agent: str | None
) -> dict[str, Any]:
    """Every figure; ``agent``: of this person alone."""
    asked = Asked(tuple(Figure), period.span, period.before.span, period.week_starts, agent, tuple(by), now)
    found: dict[tuple[str, str], list[Reckoned]] = {}
    for row in await stored.reckon(session, asked):
        found.setdefault((row.figure, row.of), []).append(row)
    weeks = period.weeks[:-1]
    figures = []
    for figure in Figure:
        one = {of: {row.key: row for row in found.get((figure, of), ())} for of in (NOW, BEFORE, WEEK)}
        groups = {each: _largest(found.get((figure, each), ())) for each in by}
        figures.append(
            {
                "id": figure,
                "kind": kind_of(figure),
                "now": told(figure, one[NOW].get("")),
                "before": told(figure, one[BEFORE].get("")),
                "weeks": [{"week": day, **told(figure, one[WEEK].get(str(at)))} for at, day in enumerate(weeks)],
                "groups": [
                    {"by": each, "key": row.key or None, **told(figure, row)}
                    for each, rows in groups.items()
                    for row in rows
                ],
            }
        )
    return {**_period(period), "before": _period(period.before), "zone": str(period.zone), "figures": figures}


async def behind(
    session: Session,
    period: Period,
    figure: Figure,
    *,
    now: datetime,
    agent: str | None,
    by: By | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """The conversations that a figure is reckoned from, those with the largest values first."""
    groups = () if by is None else (by,)
    asked = Asked((figure,), period.span, period.before.span, (), agent, groups, now)
    total, rows = await stored.behind(session, asked, key, limit=MOST_BEHIND)
    timed = kind_of(figure) in {TIME, SIZE}
    found = [
        {
            "id": row.conversation_id,
            "words": (row.words or "")[:_WORDS],
            "n": row.n,
            "at": datetime.fromtimestamp(row.at, UTC),
            "value": row.most if timed else row.value / row.weight,
        }
        for row in rows
    ]
    return {"total": total, "conversations": found}


def told(figure: Figure, row: Reckoned | None) -> dict[str, Any]:
    """One figure of one group as JSON: ``n`` of 0 without anything."""
    if row is None:
        return {"n": 0, "value": None, "p90": None, "low": None, "high": None}
    kind = kind_of(figure)
    if kind in {TIME, SIZE}:
        return {"n": row.n, "value": row.median, "p90": row.p90, "low": None, "high": None}
    low, high = wilson(row.value, row.n) if kind == SHARE else (None, None)
    return {"n": row.n, "value": row.value / row.weight, "p90": None, "low": low, "high": high}


def wilson(hits: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927): sensible also of few, and of none or all."""
    share, square = hits / n, _Z * _Z
    middle = share + square / (2 * n)
    width = _Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    whole = 1 + square / n
    return max(0.0, (middle - width) / whole), min(1.0, (middle + width) / whole)


def _largest(rows: Iterable[Reckoned]) -> list[Reckoned]:
    return sorted(rows, key=lambda row: (-row.n, row.key))[:MOST_GROUPS]


def _period(period: Period) -> dict[str, Any]:
    return {"from": period.first, "to": period.last}
