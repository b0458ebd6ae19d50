"""Routes of one conversation as people read it: its pages, who writes in it, and which colleagues look at it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from chatbot.api.schemas import threads as schemas
from chatbot.api.transport.cursors import Cursor, cursor_of, read_cursor
from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.long_polling import HIGHEST_SEQ
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, CallerDep
from chatbot.service.conversations import opening, thread

router = APIRouter(tags=["agents"], dependencies=FOR_THE_TEAM)

_READS = responses(401, 404)
Before = Annotated[int | None, Query(ge=1, le=HIGHEST_SEQ, description="`before` of the page after this one.")]


@router.get("/v1/queue/{conversation_id}", response_model=schemas.Thread, responses=_READS)
async def look(
    conversation_id: str, server: RunningDep, before: Before = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> dict[str, Any]:
    """One conversation, whoever has it: its newest messages, and the number of its last event.

    `before` of the answer asks for the page before it; null where there is none. Follow from `seq`.
    """
    async with server.database.read() as session:
        row = await opening.for_agent(session, conversation_id)
        return await thread.thread(session, row, before=before, limit=limit, now=server.clock.now())


@router.get("/v1/queue/{conversation_id}/customer", response_model=schemas.Customer, responses=_READS)
async def customer(
    conversation_id: str, server: RunningDep, limit: Annotated[int, Query(ge=1, le=100)] = 20, cursor: Cursor = None
) -> dict[str, Any]:
    """Who writes in a conversation, and their other conversations, newest first: only the same visitor's."""
    before = read_cursor(cursor)
    async with server.database.read() as session:
        row = await opening.for_agent(session, conversation_id)
        told, further = await thread.customer(session, row, before=before, limit=limit)
    return {**told, "next": further and cursor_of(*further)}


@router.post("/v1/queue/{conversation_id}/viewing", status_code=204, responses=responses(401, 404, 413))
async def viewing(conversation_id: str, body: schemas.ViewingRequest, caller: CallerDep, server: RunningDep) -> None:
    """Let colleagues see that a person looks at a conversation, or no longer does.

    Not stored; it holds for 20 seconds, so say it again.
    """
    agent = caller.acting_for(body.agent)
    async with server.database.read() as session:
        await opening.for_agent(session, conversation_id)
    server.hub.look(conversation_id, name=agent, looks=body.on, **({} if body.on else {"types": False}))
