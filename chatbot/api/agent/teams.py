"""Routes of teams, and of what can be named: the people, the teams, the tags in use."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from chatbot.api.schemas import worklist as schemas
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, LEADS
from chatbot.service.worklist import teams, views

router = APIRouter(prefix="/v1", tags=["agents"], dependencies=FOR_THE_TEAM)

_CHANGES = responses(401, 404, 409, 413)


@router.get("/worklist/known", response_model=schemas.Known, responses=responses(401))
async def known(server: RunningDep) -> dict[str, Any]:
    """Tags in use, the most used first; people who can be given a conversation; teams."""
    async with server.database.read() as session:
        return await views.known(session, await teams.listed(session))


@router.get("/teams", response_model=schemas.Teams, responses=responses(401))
async def list_teams(server: RunningDep) -> dict[str, Any]:
    """Every team with its members."""
    async with server.database.read() as session:
        return {"teams": await teams.listed(session)}


@router.post(
    "/teams", status_code=201, response_model=schemas.Team, responses=responses(401, 409, 413), dependencies=LEADS
)
async def make_team(body: schemas.TeamRequest, server: RunningDep, work: WorkDep) -> dict[str, Any]:
    """Make a team of people who answer."""
    return await teams.save(server.rules, work.session, name=body.name, members=body.members)


@router.put("/teams/{team_id}", response_model=schemas.Team, responses=_CHANGES, dependencies=LEADS)
async def change_team(team_id: str, body: schemas.TeamRequest, server: RunningDep, work: WorkDep) -> dict[str, Any]:
    """Give a team another name or other members."""
    return await teams.save(server.rules, work.session, name=body.name, members=body.members, team_id=team_id)


@router.delete("/teams/{team_id}", status_code=204, responses=responses(401, 404), dependencies=LEADS)
async def delete_team(team_id: str, work: WorkDep) -> Response:
    """Delete a team; what was the team's to take is everybody's."""
    await teams.delete(work.session, team_id)
    return Response(status_code=204)
