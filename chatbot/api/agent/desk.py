"""Routes of what a lead lays down for the desk: opening hours."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from chatbot.api.schemas import desk as schemas
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep
from chatbot.service.conversations import desk_hours
from chatbot.service.conversations.expectation import expected
from chatbot.service.conversations.rules import Rules
from chatbot.storage.database import Session

router = APIRouter(prefix="/v1/desk", tags=["desk"], dependencies=FOR_THE_TEAM)

_Language = Annotated[str, Query(max_length=20, description="Of what a customer would read.")]


@router.get("/hours", response_model=schemas.HoursGiven, responses=responses(401))
async def hours(server: RunningDep, language: _Language = "en") -> dict[str, Any]:
    """When people answer, and what a customer reads who is handed over now."""
    async with server.database.read() as session:
        return await _hours(server.rules, session, await desk_hours.told(server.rules, session), language)


@router.put("/hours", response_model=schemas.HoursGiven, responses=responses(401, 413))
async def change_hours(
    body: schemas.HoursRequest, actor: ActorDep, work: WorkDep, server: RunningDep, language: _Language = "en"
) -> dict[str, Any]:
    """Lay down other hours: whoever is handed over from now on is told these. Recorded in the audit log."""
    laid = await desk_hours.lay_down(server.rules, work.session, actor, body.hours)
    return await _hours(server.rules, work.session, laid, language)


async def _hours(rules: Rules, session: Session, laid: desk_hours.LaidDown, language: str) -> dict[str, Any]:
    hours = laid.hours
    days = [] if hours is None else [hours.on(weekday) for weekday in range(7)]
    return {
        "hours": hours and hours.text(),
        "zone": hours and hours.zone.key,
        "days": [[{"opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"} for opens, closes in day] for day in days],
        "closed": [{"first": f"{first}", "last": f"{last}"} for first, last in (hours.closed if hours else ())],
        "by": laid.by,
        "at": laid.at and laid.at.isoformat(),
        "told": (await expected(rules, session, language)).sentence,
    }
