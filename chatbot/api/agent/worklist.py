"""Routes of the work list: search, views, the next conversation, and acts on one or many."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.schemas import worklist as schemas
from chatbot.api.schemas.conversations import State
from chatbot.api.transport.cursors import Cursor, cursor_of, read_cursor
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, CallerDep, Me, me
from chatbot.api.transport.transitions import tell
from chatbot.service.access.api_keys import ApiKey
from chatbot.service.access.signed_in import SignedIn
from chatbot.service.conversations.views import status_word
from chatbot.service.serving import alone
from chatbot.service.worklist import acts, views
from chatbot.service.worklist.search import parse
from chatbot.storage.tables.worklist import Order

router = APIRouter(tags=["agents"], dependencies=FOR_THE_TEAM)

_READS = responses(401)
_WRITES = responses(401, 409, 413)


@router.get("/v1/worklist", response_model=schemas.WorkList, responses=_READS)
async def search(
    caller: CallerDep,
    server: RunningDep,
    q: Annotated[str, Query(description="A search; docs/api.md has the language. Empty: all.")] = "",
    agent: Me = None,
    order: Order = Order.NEWEST,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Conversations that a search finds. 422 `search_syntax` has the `column` and what was `expected` there."""
    terms, after, now = parse(q, me=me(caller, agent)), read_cursor(cursor), server.clock.now()
    async with server.database.read() as session:
        reached = await views.reached(session)
        found, further = await views.listed(session, terms, order=order, after=after, limit=limit, now=now)
    return {"conversations": found, "next": further and cursor_of(*further), "changes": reached}


@router.get("/v1/worklist/views", response_model=schemas.Views, responses=_READS)
async def list_views(caller: CallerDep, server: RunningDep, agent: Me = None) -> dict[str, Any]:
    """The desk's views, those that it keeps included, with how many conversations are in each."""
    async with server.database.read() as session:
        found = await views.views(session, me=me(caller, agent), now=server.clock.now())
        return {"views": found, "alone": (await alone.told(session)).shown()}


@router.post("/v1/worklist/views", status_code=201, response_model=schemas.ViewShown, responses=_WRITES)
async def save_view(body: schemas.ViewRequest, caller: CallerDep, once: OnceDep) -> JSONResponse:
    """Keep a search under a name, for everybody of the desk or for oneself."""
    return await _kept(body, caller, once, 201)


@router.put("/v1/worklist/views/{view_id}", response_model=schemas.ViewShown, responses={**_WRITES, **responses(404)})
async def change_view(view_id: str, body: schemas.ViewRequest, caller: CallerDep, once: OnceDep) -> JSONResponse:
    """Give a saved view another name or search, keep it for oneself or show it to everybody."""
    return await _kept(body, caller, once, 200, view_id)


async def _kept(
    body: schemas.ViewRequest, caller: ApiKey | SignedIn, once: OnceDep, status: int, view_id: str | None = None
) -> JSONResponse:
    named: dict[str, Any] = {"name": body.name, "q": body.q, "personal": body.personal, "view_id": view_id}
    agent = caller.acting_for(body.agent)

    async def write() -> tuple[int, BaseModel]:
        return status, schemas.ViewShown(**await views.save(once.server.rules, once.work.session, **named, by=agent))

    return await once(write)


@router.delete("/v1/worklist/views/{view_id}", status_code=204, responses=responses(401, 404))
async def delete_view(view_id: str, caller: CallerDep, work: WorkDep, agent: Me = None) -> Response:
    """Delete a saved view."""
    await views.delete(work.session, view_id, me=me(caller, agent) or "")
    return Response(status_code=204)


@router.post("/v1/queue/next", response_model=schemas.Next, responses=_WRITES)
async def take_next(body: schemas.NextRequest, caller: CallerDep, once: OnceDep) -> JSONResponse:
    """Claim the conversation that has waited longest for a person. Two who ask at once never get the same.

    What is for another team than the person's comes last.
    """
    agent = caller.acting_for(body.agent)

    async def write() -> tuple[int, BaseModel]:
        terms = parse(body.q, me=agent)
        row = await acts.take_next(once.server.rules, once.work.session, agent, terms)
        if row is None:
            return 200, schemas.Next()
        tell(once, row.id)
        return 200, schemas.Next(conversation=State(id=row.id, seq=row.last_seq, status=status_word(row)))  # type: ignore[arg-type]

    return await once(write)


@router.post("/v1/worklist/acts", response_model=schemas.ActResults, responses=_WRITES)
async def act(body: schemas.ActRequest, caller: CallerDep, once: OnceDep) -> JSONResponse:
    """Do something with one conversation or many; each has its own result, and one that is refused stops no other.

    `claim`, `release` (to whoever is next), `to_bot`, `done`, `reopen` (as one's own), `snooze` with `until`, `wake`,
    `tag` with `add` and `remove`, and `assign` with `to` (a person) or `team`, or with neither: to nobody. A snoozed
    conversation is out of the queue until its time comes or the customer writes. `undo` holds the acts that take it
    back.
    """
    agent = caller.acting_for(body.agent)
    wanted = acts.Act(
        body.do, body.until, tuple(body.add), tuple(body.remove), to=body.to, team=body.team, leads=caller.leads
    )

    async def write() -> tuple[int, BaseModel]:
        done = await acts.act_on(once.server.rules, once.work.session, agent, wanted, body.ids)
        for one in done:
            if one.error is None:
                tell(once, one.id)
        results, undo = acts.as_json(done)
        return 200, schemas.ActResults(results=results, undo=undo)  # type: ignore[arg-type]

    return await once(write)
