"""Routes of figures: a period's, as JSON and CSV, the conversations behind one, and the judging of answers.

Who does not lead sees what is their own; of everybody what is nobody's, such as what the bot settles alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from chatbot.api.schemas import numbers as schemas
from chatbot.api.schemas.agents import AgentName
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, CallerDep
from chatbot.errors import PermissionMissingError
from chatbot.service.access.api_keys import ApiKey
from chatbot.service.access.roles import Permission
from chatbot.service.conversations import desk_hours
from chatbot.service.numbers import figures, judging
from chatbot.service.numbers.periods import LONGEST, Period, period
from chatbot.service.numbers.sheet import sheet
from chatbot.storage.tables.numbers import By, Figure

router = APIRouter(prefix="/v1/numbers", tags=["agents"], dependencies=FOR_THE_TEAM)

_READS = responses(401)
_Day = Annotated[date | None, Query(description="As the desk's clock has it; with both ends, instead of `days`.")]


async def _period(
    server: RunningDep,
    days: Annotated[int, Query(ge=1, le=LONGEST, description="So many days, up to today.")] = 28,
    first: Annotated[_Day, Query(alias="from")] = None,
    last: Annotated[_Day, Query(alias="to")] = None,
) -> Period:
    async with server.database.read() as session:
        hours = await desk_hours.now(server.rules, session)
    return period(replace(server.rules, hours=hours), days=days, first=first, last=last)


async def _whose(
    caller: CallerDep,
    of: Annotated[AgentName | None, Query(description="Figures of this person alone. Your own need no `of`.")] = None,
) -> str | None:
    everybodys = caller.leads if isinstance(caller, ApiKey) else caller.person.may(Permission.NUMBERS)
    own = None if everybodys else caller.acting_for(None)
    if own is not None and of not in {None, own}:
        raise PermissionMissingError(f"Figures of others are for who leads; yours are {own}'s.")
    return of or own


_PeriodDep = Annotated[Period, Depends(_period)]
_WhoseDep = Annotated[str | None, Depends(_whose)]


@router.get("", response_model=schemas.Numbers, responses=_READS)
async def numbers(
    whose: _WhoseDep,
    span: _PeriodDep,
    server: RunningDep,
    by: Annotated[By | None, Query(description="Tell them apart by this as well.")] = None,
) -> dict[str, Any]:
    """All figures of a period and of the one before it, week by week, and in groups. Times are clock times."""
    return await _reckoned(server, span, whose, () if by is None else (by,))


@router.get(".csv", response_class=Response, responses=_READS)
async def as_csv(whose: _WhoseDep, span: _PeriodDep, server: RunningDep) -> Response:
    """The same with all groups, as CSV."""
    text = sheet(await _reckoned(server, span, whose, tuple(By)))
    name = f"numbers-{span.first}-{span.last}.csv"
    return Response(text, media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def _reckoned(server: RunningDep, span: Period, whose: str | None, by: Sequence[By]) -> dict[str, Any]:
    async with server.database.read() as session:
        found = await figures.reckoned(session, span, now=server.clock.now(), by=by, agent=whose)
    return {**found, "agent": whose}


@router.get("/{figure}/conversations", response_model=schemas.BehindList, responses=_READS)
async def behind(
    figure: Figure,
    whose: _WhoseDep,
    span: _PeriodDep,
    server: RunningDep,
    by: By | None = None,
    key: Annotated[str | None, Query(description="Of this group alone; empty: of no known one.")] = None,
) -> dict[str, Any]:
    """The conversations that a figure of a period is reckoned from."""
    async with server.database.read() as session:
        now = server.clock.now()
        return await figures.behind(session, span, figure, now=now, agent=whose, by=by, key=key)


@router.get("/judging", response_model=schemas.ToJudge, responses=_READS)
async def to_judge(span: _PeriodDep, server: RunningDep) -> dict[str, Any]:
    """An answer that the bot gave in this period, drawn at random from those that nobody has judged."""
    async with server.database.read() as session:
        return await judging.to_judge(session, span)


@router.post("/judging/{message_id}", status_code=204, responses=responses(401, 404, 413))
async def judge(
    message_id: str, body: schemas.JudgementRequest, caller: CallerDep, work: WorkDep, server: RunningDep
) -> None:
    """Say whether an answer was good or wrong; the last word counts, and `unsure` counts as neither."""
    by = caller.acting_for(body.agent)
    await judging.judge(work.session, message_id, body.said, by=by, now=server.clock.now())
