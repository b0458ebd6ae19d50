"""Routes for agents: the queue, claim, reply, release. They come with an API key, and the request names the agent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from chatbot.api.schemas import agents as schemas
from chatbot.api.schemas.conversations import EventPage, Message, Snapshot, State
from chatbot.api.transport.dependencies import FOR_KEY_HOLDERS, KeyDep, RunningDep, WatchedDep, WorkDep
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.long_polling import After, Wait, page_after
from chatbot.api.transport.problems import responses
from chatbot.api.transport.transitions import add_message, change
from chatbot.service.conversations import messages, opening, ownership, waiting
from chatbot.service.conversations.views import status_word
from chatbot.storage.tables.conversations import Audience

router = APIRouter(tags=["agents"], dependencies=FOR_KEY_HOLDERS)
conversation = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["agents"], dependencies=FOR_KEY_HOLDERS)

_READS = responses(401, 404)
_WRITES = responses(401, 404, 409, 413)


async def _held(conversation_id: str, work: WorkDep) -> Any:
    return await opening.for_agent(work.session, conversation_id, lock=True)


# The conversation row, locked, for who holds an API key. Any: the api does not know the tables.
HeldDep = Annotated[Any, Depends(_held)]


@router.get("/v1/queue", response_model=schemas.Queue, responses=responses(401))
async def queue(server: RunningDep, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> dict[str, Any]:
    """Conversations that wait for a person, the longest wait first; also where the bot goes on meanwhile."""
    async with server.database.read() as session:
        return {"waiting": await waiting.waiting(session, limit)}


@router.get("/v1/queue/{conversation_id}", response_model=Snapshot, responses=_READS)
async def look(conversation_id: str, server: RunningDep) -> dict[str, Any]:
    """One conversation, whoever has it, and the number of its last event."""
    async with server.database.read() as session:
        return await opening.snapshot(session, await opening.for_agent(session, conversation_id))


@router.get("/v1/queue/{conversation_id}/events", response_model=EventPage, responses=responses(401, 404, 409))  # noqa: FAST003
async def events(watched: WatchedDep, server: RunningDep, after: After = 0, wait: Wait = 0) -> EventPage:
    """The stored events after a number, those for agents included; `wait` waits for the next."""
    return await page_after(watched, server, after, wait, Audience.AGENT)


@router.post("/v1/presence", response_model=schemas.Presence, responses=responses(401, 413))
async def presence(body: schemas.AgentRequest, key: KeyDep, work: WorkDep, server: RunningDep) -> schemas.Presence:
    """Say that a person is there; it holds for five minutes. Whoever is handed over meanwhile is not told to wait."""
    until = await waiting.present(server.rules, work.session, key.acting_for(body.agent))
    return schemas.Presence(agent=body.agent, until=until.isoformat())


@conversation.post("/claim", response_model=State, responses=_WRITES)
async def claim(body: schemas.AgentRequest, key: KeyDep, row: HeldDep, once: OnceDep) -> JSONResponse:
    """Take a conversation; the bot is silent from now on. 409 `already_taken` names who has it."""
    return await change(once, row, ownership.claim, key.acting_for(body.agent))


@conversation.post("/release", response_model=State, responses=_WRITES)
async def release(body: schemas.ReleaseRequest, key: KeyDep, row: HeldDep, once: OnceDep) -> JSONResponse:
    """Let go of a conversation: to whoever claims it next, to the bot, or close it."""
    return await change(once, row, ownership.release, key.acting_for(body.agent), body.to)


@conversation.post(
    "/replies",
    status_code=201,
    response_model=Message,
    responses={**_WRITES, 200: {"model": Message, "description": "This reply was here already."}},
)
async def reply(body: schemas.ReplyRequest, key: KeyDep, row: HeldDep, once: OnceDep) -> JSONResponse:
    """Write to the customer, as the person who has claimed the conversation. 409 `not_yours` where they have not."""
    agent, words = key.acting_for(body.agent), {"client_id": body.client_id, "text": body.text}
    return await add_message(once, row, messages.reply, agent, **words, counts_as=key.counts_as)


@conversation.post("/typing", status_code=204, responses=_READS)
async def typing(conversation_id: str, body: schemas.TypingRequest, key: KeyDep, server: RunningDep) -> None:
    """Let the customer see that the person who has the conversation writes, or no longer does. Not stored."""
    agent = key.acting_for(body.agent)
    async with server.database.read() as session:
        row = await opening.for_agent(session, conversation_id)
    if row.agent == agent and status_word(row) == "agent":
        server.hub.typing(conversation_id, on=body.on, agent=agent)
