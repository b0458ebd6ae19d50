"""Routes of macros: who leads makes them, who answers puts them into what they write."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from chatbot.api.schemas import macros as schemas
from chatbot.api.schemas.agents import OfAgent
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, LEADS, CallerDep
from chatbot.service.conversations import macros, opening

router = APIRouter(prefix="/v1", tags=["agents"], dependencies=FOR_THE_TEAM)

_READS = responses(401, 404)


@router.get("/macros", response_model=schemas.Macros, responses=responses(401))
async def list_macros(server: RunningDep) -> dict[str, Any]:
    """Every macro as it was written, the most used first."""
    async with server.database.read() as session:
        return {"macros": await macros.listed(session)}


@router.post(
    "/macros", status_code=201, response_model=schemas.Macro, responses=responses(401, 409, 413), dependencies=LEADS
)
async def make_macro(body: schemas.MacroRequest, server: RunningDep, work: WorkDep) -> dict[str, Any]:
    """Make a macro. Its variables are of a closed list; behind a `|` stands what is written without a value."""
    return await macros.save(server.rules, work.session, name=body.name, text=body.text)


@router.put(
    "/macros/{macro_id}", response_model=schemas.Macro, responses=responses(401, 404, 409, 413), dependencies=LEADS
)
async def change_macro(macro_id: str, body: schemas.MacroRequest, server: RunningDep, work: WorkDep) -> dict[str, Any]:
    """Give a macro another name or text."""
    return await macros.save(server.rules, work.session, name=body.name, text=body.text, macro_id=macro_id)


@router.delete("/macros/{macro_id}", status_code=204, responses=_READS, dependencies=LEADS)
async def delete_macro(macro_id: str, work: WorkDep) -> Response:
    """Delete a macro."""
    await macros.delete(work.session, macro_id)
    return Response(status_code=204)


@router.post("/macros/{macro_id}/uses", status_code=204, responses=_READS)
async def use_macro(
    macro_id: str,
    work: WorkDep,
    conversation_id: Annotated[str | None, Query(max_length=40, description="Where it was used.")] = None,
) -> Response:
    """Count that somebody put a macro into what they write; in which conversation, so that it is found for the like."""
    await macros.used(work.session, macro_id, conversation_id)
    return Response(status_code=204)


@router.get("/conversations/{conversation_id}/macros", response_model=schemas.MacrosHere, responses=_READS)
async def macros_here(
    conversation_id: str,
    caller: CallerDep,
    server: RunningDep,
    agent: OfAgent = None,
) -> dict[str, Any]:
    """Every macro with its variables filled in for a conversation, and those that have no value.

    Those first that are like what the customer asks, by their text or by the questions to which they were used
    (`likeness`). Where the engine is busy the most used come first.
    """
    name = caller.acting_for(agent)
    async with server.database.read() as session:
        row = await opening.for_agent(session, conversation_id)
        found, asked = await macros.rendered(session, row, name), await macros.asked(session, row)
    return {"macros": await server.macros.ranked(found, *asked)}
