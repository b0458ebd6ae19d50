"""Routes of the desk's names for where a ticket stands."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.schemas import statuses as schemas
from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep
from chatbot.service.tickets import statuses

router = APIRouter(prefix="/v1/desk/statuses", tags=["tickets"], dependencies=FOR_THE_TEAM)


@router.get("", response_model=schemas.Statuses, responses=responses(401))
async def list_statuses(server: RunningDep) -> dict[str, Any]:
    """The desk's names for where a ticket stands."""
    async with server.database.read() as session:
        return {"statuses": [{"name": each.name, "category": each.category} for each in await statuses.known(session)]}


@router.put("", response_model=schemas.Statuses, responses=responses(401, 413))
async def set_statuses(body: schemas.StatusesRequest, actor: ActorDep, once: OnceDep) -> JSONResponse:
    """Let these be the desk's names. A ticket whose name is gone shows the first of its category."""
    wanted = [statuses.Status(each.name, each.category) for each in body.statuses]

    async def write() -> tuple[int, BaseModel]:
        kept = await statuses.lay_down(once.server.clock, once.work.session, actor, wanted)
        return 200, schemas.Statuses(
            statuses=[schemas.StatusShown(name=each.name, category=each.category) for each in kept]
        )

    return await once(write)
