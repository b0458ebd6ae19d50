"""Routes of traces, by API key: why an answer was given, and what would be answered now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from chatbot.api.integration.suggestions import turns_of
from chatbot.api.schemas import traces as schemas
from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM
from chatbot.service.conversations import messages

router = APIRouter(prefix="/v1", tags=["traces"], dependencies=FOR_THE_TEAM)


@router.get("/messages/{message_id}/trace", responses=responses(401, 404))
async def trace(
    message_id: Annotated[str, Path(description="The id of a message of the bot.")], server: RunningDep
) -> schemas.MessageTrace:
    """Why the bot said what it said: evidence, candidates, features, failed checks, decision, versions.

    As it was weighed then. It holds words of past conversations: never show it to the customer.
    """
    async with server.database.read() as session:
        return schemas.MessageTrace(message_id=message_id, trace=await messages.trace_of(session, message_id))


@router.post("/explanations", responses=responses(401, 413, 503))
async def explain(body: schemas.ExplanationRequest, server: RunningDep) -> schemas.Explanation:
    """What the bot would do with a conversation now, and why. Nothing is sent and nothing stored."""
    loaded, answer = await server.serving.ask(lambda pipeline: pipeline.answer(turns_of(body.messages)))
    return schemas.Explanation(
        decision=answer.decision.value,
        reason=answer.reason,
        detail=answer.detail,
        confidence=answer.confidence,
        mode=answer.mode,
        reply=answer.reply,
        suggestion=answer.suggestion,
        trace=dict(answer.trace),
        model=loaded.model,
        index=loaded.index,
    )
