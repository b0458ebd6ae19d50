"""Routes of what people did with suggestions, and of what was sent instead, to be read and exported by leads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from chatbot.api.schemas import suggested as schemas
from chatbot.api.transport.cursors import Cursor, cursor_of, read_cursor
from chatbot.api.transport.dependencies import Running, RunningDep, WorkDep
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep, CallerDep
from chatbot.service import audit
from chatbot.service.suggested import feedback

router = APIRouter(prefix="/v1/suggestions", tags=["suggestions"], dependencies=FOR_THE_TEAM)

_AT_ONCE = 200


@router.post("/{set_id}/feedback", response_model=schemas.FeedbackKept, responses=responses(401, 404, 413))
async def tell(set_id: str, body: schemas.FeedbackRequest, caller: CallerDep, once: OnceDep) -> JSONResponse:
    """Tell what a person did with the suggestions: the same again changes nothing.

    What was sent need not be told: the server compares the reply itself.
    """
    by, events = caller.acting_for(body.agent), [event.model_dump() for event in body.events]

    async def write() -> tuple[int, BaseModel]:
        new = await feedback.note(once.work.session, once.server.clock, set_id, by, events)
        return 200, schemas.FeedbackKept(new=new)

    return await once(write)


@router.get("", responses=responses(401))
async def sets(
    server: RunningDep, limit: Annotated[int, Query(ge=1, le=200)] = 50, cursor: Cursor = None
) -> schemas.SetsKept:
    """What was suggested to people, what they did with it, and what they sent; the oldest first."""
    async with server.database.read() as session:
        found = await feedback.page(session, after=read_cursor(cursor), limit=limit + 1)
    kept = [schemas.SetKept.model_validate(one) for one in found[:limit]]
    return schemas.SetsKept(sets=kept, next=cursor_of(kept[-1].at, kept[-1].set_id) if len(found) > limit else None)


@router.get("/pairs.jsonl", responses=responses(401), response_class=StreamingResponse)
async def pairs(server: RunningDep, actor: ActorDep, work: WorkDep) -> StreamingResponse:
    """All sets that were answered, a line each as JSON: the suggestions beside what was sent.

    Nothing in it is masked, so that whoever exports it is recorded.
    """
    await audit.record(work.session, server.clock.now(), actor, audit.Act.EXPORTED, "suggestions")
    return StreamingResponse(_lines(server), media_type="application/x-ndjson")


@router.get("/{set_id}", responses=responses(401, 404))
async def one(set_id: str, server: RunningDep) -> schemas.SetKept:
    """One set."""
    async with server.database.read() as session:
        return schemas.SetKept.model_validate(await feedback.one(session, set_id))


async def _lines(server: Running) -> AsyncIterator[str]:
    after = None
    while True:
        async with server.database.read() as session:
            found = await feedback.page(session, after=after, limit=_AT_ONCE)
        for each in found:
            if each["outcome"] is not None:
                yield schemas.SetKept.model_validate(each).model_dump_json() + "\n"
        if len(found) < _AT_ONCE:
            return
        after = found[-1]["at"], found[-1]["set_id"]
