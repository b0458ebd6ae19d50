"""Routes of a visitor's feedback on an answer: it helped or not, and stop."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from chatbot.api.schemas import conversations as schemas
from chatbot.api.transport.dependencies import VisitedDep
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.transitions import change
from chatbot.service.conversations import messages
from chatbot.service.conversations.feedback import judge_answer

router = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["conversations"])

_WRITES = responses(401, 404, 409, 413)


@router.post("/messages/{message_id}/feedback", response_model=schemas.State, responses=_WRITES)
async def feedback(message_id: str, body: schemas.FeedbackRequest, visited: VisitedDep, once: OnceDep) -> JSONResponse:
    """Say whether an answer of the assistant helped: 1 or -1; 0 takes it back. A later word replaces an earlier one."""
    return await change(once, visited, judge_answer, message_id, body.value)


@router.post("/stop", response_model=schemas.State, responses=_WRITES)
async def stop(visited: VisitedDep, once: OnceDep, body: schemas.StopRequest | None = None) -> JSONResponse:
    """Stop the answer that is being written. What was shown of it stays, as a message with the decision "stopped".

    Where nothing is being written, nothing changes.
    """
    del body
    return await change(once, visited, messages.stop_answer, draft=once.server.hub.draft(visited.id))
