"""Routes for what the team writes: replies, notes for the team, drafts, and facts of a draft to look at again."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.schemas import writing as schemas
from chatbot.api.schemas.acts import ActsWithReply
from chatbot.api.schemas.agents import OfAgent
from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, CallerDep
from chatbot.api.transport.tickets import FOR_TICKETS
from chatbot.api.transport.transitions import HeldDep, tell
from chatbot.errors import InputError
from chatbot.service.answering import doubts
from chatbot.service.conversations import drafts, held, notes, opening
from chatbot.service.worklist import following
from chatbot.storage.tables.drafts import Kind

router = APIRouter(tags=["agents"], dependencies=FOR_THE_TEAM)
conversation = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["agents"], dependencies=FOR_THE_TEAM)
ticket = APIRouter(prefix="/v1/tickets/{conversation_id}", tags=["tickets"], dependencies=FOR_TICKETS)

_READS = responses(401, 404)
_WRITES = responses(401, 404, 409, 413)
_TWICE: dict[int | str, dict[str, Any]] = {
    200: {"model": schemas.TeamMessage, "description": "This was here already."},
    202: {"model": schemas.TeamMessage, "description": "A reply that is held; it goes at `held_until`."},
}


@conversation.post("/replies", status_code=201, response_model=schemas.TeamMessage, responses={**_WRITES, **_TWICE})
async def reply(body: schemas.ReplyRequest, caller: CallerDep, row: HeldDep, once: OnceDep) -> JSONResponse:
    """Write to the customer, as the person who has claimed the conversation, or a note to the team, as anybody of it.

    `visible_to` says which, and has no default. A reply may be held for some seconds (`hold`), in which it can be taken
    back; the customer sees nothing of it before. 409 `not_yours`: another person has it. 409 `unseen_message`: the
    customer wrote after `seen_seq`. `acts` are done in the same moment as the reply goes; of one that is refused then
    the team is told (`act.refused`). 409 `wrong_audience`: the draft of this `client_id` is of the other kind.
    """
    agent = caller.acting_for(body.agent)
    said: dict[str, Any] = {"client_id": body.client_id, "text": body.text, "files": body.files}

    async def write() -> tuple[int, BaseModel]:
        rules, session = once.server.rules, once.work.session
        if body.visible_to == "team":
            if _given(body.acts):
                raise InputError(
                    "acts: nothing is done together with a note; write to the customer, or leave them out."
                )
            message, new = await notes.add(rules, session, row, agent, **said)
        else:
            more: dict[str, Any] = {"counts_as": caller.counts_as, "seen_seq": body.seen_seq, "hold": body.hold}
            more |= {"acts": _given(body.acts), "leads": caller.leads}
            message, new = await following.reply(rules, session, row, agent, **said, **more)
        if new:
            tell(once, row.id)
        status = 201 if new else 200
        return 202 if message["held_until"] else status, schemas.TeamMessage.model_validate(message)

    return await once(write)


def _given(acts: ActsWithReply) -> dict[str, Any]:
    return acts.model_dump(mode="json", exclude_defaults=True)


@conversation.delete("/replies/{message_id}", response_model=schemas.TeamMessage, responses=_WRITES)
async def take_back(
    message_id: str, caller: CallerDep, row: HeldDep, once: OnceDep, agent: OfAgent = None
) -> JSONResponse:
    """Take back a reply that is held: it becomes a draft again. 409 `already_sent` where it is too late."""
    name = caller.acting_for(agent)

    async def write() -> tuple[int, BaseModel]:
        message = await held.take_back(once.server.rules, once.work.session, row, name, message_id)
        tell(once, row.id)
        return 200, schemas.TeamMessage.model_validate(message)

    return await once(write)


@conversation.get("/drafts", response_model=schemas.Drafts, responses=_READS)
async def list_drafts(
    conversation_id: str, caller: CallerDep, server: RunningDep, agent: OfAgent = None
) -> dict[str, Any]:
    """What one person is writing in a conversation, on whatever device."""
    async with server.database.read() as session:
        await opening.for_agent(session, conversation_id)
        return {"drafts": await drafts.listed(session, conversation_id, caller.acting_for(agent))}


@ticket.put("/draft/{kind}", response_model=schemas.SavedDraft, responses=_WRITES)
@conversation.put("/drafts/{kind}", response_model=schemas.SavedDraft, responses=_WRITES)
async def save_draft(
    kind: Kind, body: schemas.DraftRequest, caller: CallerDep, row: HeldDep, once: OnceDep
) -> JSONResponse:
    """Keep what one person has typed. With `kept` false a later save is there, which comes back; nothing was changed.

    409 `client_id_taken`: it was sent.
    """
    agent = caller.acting_for(body.agent)
    typed: dict[str, Any] = {"client_id": body.client_id, "text": body.text, "files": body.files, "rev": body.rev}
    typed["acts"] = _given(body.acts)

    async def write() -> tuple[int, BaseModel]:
        saved = await drafts.save(once.server.rules, once.work.session, row.id, agent, kind, **typed)
        return 200, schemas.SavedDraft(**saved)

    return await once(write)


@conversation.delete("/mentions", status_code=204, responses=_READS)
async def look_at_mentions(caller: CallerDep, row: HeldDep, once: OnceDep, agent: OfAgent = None) -> None:
    """Say that one person has seen where they were mentioned: it leaves the view `mentioned`."""
    await notes.looked(once.work.session, row.id, caller.acting_for(agent))


@conversation.post("/doubts", response_model=schemas.Doubts, responses=_READS)
async def doubt(conversation_id: str, body: schemas.DoubtsRequest, server: RunningDep) -> dict[str, Any]:
    """Facts of a draft (numbers, dates, amounts, links, names) that the desk's evidence says otherwise.

    A hint and never a refusal. At once, or not at all: where the engine is busy nothing is checked.
    """
    async with server.database.read() as session:
        turns = await doubts.dialogue(session, await opening.for_agent(session, conversation_id))
    found = await doubts.doubts(server.serving, turns, body.text)
    return {"doubts": found or [], "checked": found is not None}


@router.get("/v1/colleagues", response_model=schemas.Colleagues, responses=responses(401))
async def colleagues(server: RunningDep) -> dict[str, Any]:
    """Who can be mentioned in a note, by `@` and the name."""
    async with server.database.read() as session:
        return {"names": await notes.names(session)}
