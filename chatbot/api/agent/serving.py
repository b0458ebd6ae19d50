"""Routes of what serves and what it promises: the contract, its promise, the emergency stop, versions, reports.

What lets more be answered, or another version serve, takes a password that was typed lately; to stop takes none.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from chatbot.api.schemas import serving as schemas
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.middleware import OWN_SCRIPTS
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep
from chatbot.home import Current
from chatbot.learning.contracts import told
from chatbot.learning.reports import shelf
from chatbot.service.serving import alone, promise, switching, versions_told
from chatbot.service.serving.switching import Kind

router = APIRouter(prefix="/v1/desk", tags=["desk"], dependencies=FOR_THE_TEAM)

_CHANGES = responses(401, 404, 409, 413)
Name = Annotated[str, Path(max_length=128)]


@router.get("/contract", response_model=schemas.ContractGiven, responses=responses(401))
async def contract(server: RunningDep) -> dict[str, Any]:
    """What is promised, on what evidence, what may be answered alone, and whether that is switched off."""
    async with server.database.read() as session:
        switched = await alone.told(session)
    found = await asyncio.to_thread(told.told, server.settings)
    return {**found, "alone": switched.shown(), "notes": list(server.serving.loaded.notes)}


@router.put("/promise", response_model=schemas.PromiseGiven, responses=responses(401, 413))
async def change_promise(
    body: schemas.PromiseRequest, actor: ActorDep, work: WorkDep, server: RunningDep
) -> dict[str, Any]:
    """Hold contracts to another promise, or (null) to the settings' again. Counts within seconds; recorded."""
    wanted = None if body.promise is None else promise.read(body.promise.risk, body.promise.sure)
    now = await promise.lay_down(work.session, server.clock, actor, server.settings, wanted)
    return {"risk": now.risk, "sure": now.sure}


@router.post("/stop", response_model=schemas.AloneGiven, responses=responses(401, 413))
async def stop(body: schemas.StopRequest, actor: ActorDep, work: WorkDep, server: RunningDep) -> dict[str, Any]:
    """Answer nothing alone from now on: everything goes to people. Recorded."""
    return (await alone.switch(server.clock, work.session, actor, on=False, why=body.why)).shown()


@router.post("/resume", response_model=schemas.AloneGiven, responses=responses(401))
async def resume(actor: ActorDep, work: WorkDep, server: RunningDep) -> dict[str, Any]:
    """Answer alone again what the contract lets. Recorded."""
    return (await alone.switch(server.clock, work.session, actor, on=True)).shown()


@router.get("/models", response_model=schemas.ModelsGiven, responses=responses(401))
async def models(server: RunningDep) -> dict[str, Any]:
    """Every version of the model, the newest first, with what it was made of and what was measured."""
    return await asyncio.to_thread(versions_told.models, server.settings.desk())


@router.put("/versions/{what}", status_code=204, responses=_CHANGES)
async def let_serve(
    what: Kind, body: schemas.VersionRequest, actor: ActorDep, work: WorkDep, server: RunningDep
) -> None:
    """Let another model or contract serve, as after its roll back. 409 `changed`: what it replaces serves no more."""
    home = server.settings.desk()
    over = Current(model=body.over) if what is Kind.MODEL else Current(contract=body.over)
    await switching.promote(work.session, server.clock, actor, home, what, body.version, over=over)


@router.get("/reports", responses=responses(401))
async def reports(server: RunningDep) -> schemas.Reports:
    """Every report that replays, exams and trainings have left, the newest first."""
    found = await asyncio.to_thread(shelf.listed, server.settings.desk())
    return schemas.Reports(reports=[schemas.ReportGiven(**asdict(each)) for each in found])


@router.get("/reports/{name}", response_class=HTMLResponse, responses=responses(401, 404))
async def report(name: Name, server: RunningDep) -> HTMLResponse:
    """A report's page. Its scripts run in an origin of their own, and fetch nothing."""
    page = await asyncio.to_thread(shelf.read, server.settings.desk(), name)
    return HTMLResponse(page, headers={OWN_SCRIPTS: "1"})
