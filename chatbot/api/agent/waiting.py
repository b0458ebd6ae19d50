"""Routes for agents: the queue, claim, release. A person signed in acts for themselves, an API key names one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from chatbot.api.schemas import agents as schemas
from chatbot.api.schemas.conversations import EventPage, State
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.long_polling import After, Wait, page_after
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, CallerDep, WatchedDep
from chatbot.api.transport.tickets import FOR_TICKETS
from chatbot.api.transport.transitions import HeldDep, change
from chatbot.service.conversations import opening, ownership, waiting
from chatbot.service.conversations.views import status_word
from chatbot.storage.tables.conversations import Audience

router = APIRouter(tags=["agents"], dependencies=FOR_THE_TEAM)
conversation = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["agents"], dependencies=FOR_THE_TEAM)
ticket = APIRouter(prefix="/v1/tickets/{conversation_id}", tags=["tickets"], dependencies=FOR_TICKETS)
"""The same for who works with tickets, by a key of that scope."""

_READS = responses(401, 404)
_WRITES = responses(401, 404, 409, 413)


@router.get("/v1/queue", response_model=schemas.Queue, responses=responses(401))
async def queue(server: RunningDep, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> dict[str, Any]:
    """Conversations that wait for a person, the longest wait first; also where the bot goes on meanwhile."""
    async with server.database.read() as session:
        return {"waiting": await waiting.waiting(session, limit, now=server.clock.now())}


@router.get("/v1/queue/{conversation_id}/events", response_model=EventPage, responses=responses(401, 404, 409))  # noqa: FAST003
async def events(watched: WatchedDep, server: RunningDep, after: After = 0, wait: Wait = 0) -> EventPage:
    """The stored events after a number, those for agents included; `wait` waits for the next."""
    return await page_after(watched, server, after, wait, Audience.AGENT)


@router.post("/v1/presence", response_model=schemas.Presence, responses=responses(401, 413))
async def presence(
    body: schemas.PresenceRequest, caller: CallerDep, work: WorkDep, server: RunningDep
) -> schemas.Presence:
    """Say that a person is there; it holds for five minutes. Whoever is handed over meanwhile is not told to wait.

    `focus` says for how long they had which conversations before them: that is what handle time is reckoned from.
    """
    agent = caller.acting_for(body.agent)
    focus = {each.conversation_id: each.seconds for each in body.focus}
    until = await waiting.present(server.rules, work.session, agent, focus)
    return schemas.Presence(agent=agent, until=until.isoformat())


@ticket.post("/claim", response_model=State, responses=_WRITES)
@conversation.post("/claim", response_model=State, responses=_WRITES)
async def claim(body: schemas.AgentRequest, caller: CallerDep, row: HeldDep, once: OnceDep) -> JSONResponse:
    """Take a conversation; the bot is silent from now on. 409 `already_taken` names who has it."""
    return await change(once, row, ownership.claim, caller.acting_for(body.agent))


@ticket.post("/release", response_model=State, responses=_WRITES)
@conversation.post("/release", response_model=State, responses=_WRITES)
async def release(body: schemas.ReleaseRequest, caller: CallerDep, row: HeldDep, once: OnceDep) -> JSONResponse:
    """Let go of a conversation: to whoever claims it next, to the bot, or close it."""
    return await change(once, row, ownership.release, caller.acting_for(body.agent), body.to)


@conversation.post("/typing", status_code=204, responses=_READS)
async def typing(conversation_id: str, body: schemas.TypingRequest, caller: CallerDep, server: RunningDep) -> None:
    """Let colleagues, and the customer of who has it, see that a person writes, or no longer does. Not stored."""
    agent = caller.acting_for(body.agent)
    async with server.database.read() as session:
        row = await opening.for_agent(session, conversation_id)
    server.hub.look(conversation_id, name=agent, types=body.on)
    if row.agent == agent and status_word(row) == "agent":
        server.hub.typing(conversation_id, on=body.on, agent=agent)
