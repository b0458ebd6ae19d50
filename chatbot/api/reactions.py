"""The visitor's word on an answer: helpful or not, and enough."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api import schemas
from chatbot.api.conversations import changed
from chatbot.api.deps import RunningDep, VisitedDep, WorkDep
from chatbot.api.idempotency import OnceDep
from chatbot.api.problems import responses
from chatbot.service import reactions

router = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["conversations"])

_WRITES = responses(401, 404, 409, 413)


@router.post("/messages/{message_id}/feedback", response_model=schemas.State, responses=_WRITES)
async def feedback(
    message_id: str,
    body: schemas.FeedbackRequest,
    visited: VisitedDep,
    work: WorkDep,
    server: RunningDep,
    once: OnceDep,
) -> JSONResponse:
    """Say whether an answer of the assistant helped: 1 or -1; 0 takes it back. A later word replaces an earlier one."""

    async def write() -> tuple[int, BaseModel]:
        now = server.surroundings.now()
        await reactions.give_feedback(work.session, visited, message_id, body.value, now=now)
        return changed(work, server, visited)

    return await once(write)


@router.post("/stop", response_model=schemas.State, responses=_WRITES)
async def stop(
    visited: VisitedDep, work: WorkDep, server: RunningDep, once: OnceDep, body: schemas.StopRequest | None = None
) -> JSONResponse:
    """Stop the answer that is being written. What was shown of it stays, as a message with the decision "stopped".

    Where nothing is being written, nothing changes.
    """
    del body

    async def write() -> tuple[int, BaseModel]:
        new_id, now = server.surroundings.new_id("m"), server.surroundings.now()
        draft = server.hub.draft(visited.id)
        await reactions.stop_answer(work.session, visited, draft=draft, new_id=new_id, now=now)
        return changed(work, server, visited)

    return await once(write)
