"""Routes of macros: who leads makes the desk's, everybody their own, and puts them into what they write."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from chatbot.api.schemas import macros as schemas
from chatbot.api.schemas.agents import OfAgent
from chatbot.api.transport.dependencies import Running, RunningDep, Work, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, CallerDep, Me, me
from chatbot.service.access.api_keys import ApiKey
from chatbot.service.access.signed_in import SignedIn
from chatbot.service.conversations import opening
from chatbot.service.worklist import macros

router = APIRouter(prefix="/v1", tags=["agents"], dependencies=FOR_THE_TEAM)

_READS = responses(401, 404)


@router.get("/macros", response_model=schemas.Macros, responses=responses(401))
async def list_macros(caller: CallerDep, server: RunningDep, agent: Me = None) -> dict[str, Any]:
    """The desk's macros and one's own as they were written, the most used first."""
    async with server.database.read() as session:
        return {"macros": await macros.listed(session, me=me(caller, agent))}


@router.post("/macros", status_code=201, response_model=schemas.Macro, responses=responses(401, 409, 413))
async def make_macro(
    body: schemas.MacroRequest, caller: CallerDep, server: RunningDep, work: WorkDep
) -> dict[str, Any]:
    """Make a macro, for the desk (who leads) or for oneself.

    Its variables are of a closed list; behind a `|` stands what is written without a value. `acts` are done when what
    it was put into is sent, where who sends it leaves them there.
    """
    return await _save(body, caller, server, work)


@router.put("/macros/{macro_id}", response_model=schemas.Macro, responses=responses(401, 404, 409, 413))
async def change_macro(
    macro_id: str, body: schemas.MacroRequest, caller: CallerDep, server: RunningDep, work: WorkDep
) -> dict[str, Any]:
    """Give a macro another name, text or acts; who leads gives one's own to the desk."""
    return await _save(body, caller, server, work, macro_id)


async def _save(
    body: schemas.MacroRequest, caller: ApiKey | SignedIn, server: Running, work: Work, macro_id: str | None = None
) -> dict[str, Any]:
    by = caller.acting_for(body.agent) if body.personal else me(caller, body.agent)
    acts = body.acts.model_dump(mode="json", exclude_defaults=True)
    given: dict[str, Any] = {"name": body.name, "text": body.text, "acts": acts, "personal": body.personal}
    return await macros.save(server.rules, work.session, **given, by=by, leads=caller.leads, macro_id=macro_id)


@router.delete("/macros/{macro_id}", status_code=204, responses=_READS)
async def delete_macro(macro_id: str, caller: CallerDep, work: WorkDep, agent: Me = None) -> Response:
    """Delete a macro: one's own, or as who leads one of the desk's."""
    await macros.delete(work.session, macro_id, by=me(caller, agent), leads=caller.leads)
    return Response(status_code=204)


@router.post("/macros/{macro_id}/uses", status_code=204, responses=_READS)
async def use_macro(
    macro_id: str,
    caller: CallerDep,
    work: WorkDep,
    conversation_id: Annotated[str | None, Query(max_length=40, description="Where it was used.")] = None,
    agent: Me = None,
) -> Response:
    """Count that somebody put a macro into what they write; in which conversation, so that it is found for the like."""
    await macros.used(work.session, macro_id, conversation_id, by=me(caller, agent))
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
