"""The team's files: attach one to a reply, and ask where one is to be opened."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from chatbot.api.schemas.agents import OfAgent
from chatbot.api.schemas.files import FileAddress, FileShown
from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, CallerDep
from chatbot.api.transport.uploads import RAW_BODY, ClientId, GivenName, take_in
from chatbot.storage.tables.conversations import Audience

router = APIRouter(prefix="/v1", tags=["agents"], dependencies=FOR_THE_TEAM)


@router.post(
    "/queue/{conversation_id}/files",
    status_code=201,
    response_model=FileShown,
    responses={
        **responses(401, 404, 409, 413, 415, 503),
        200: {"model": FileShown, "description": "This file was here already."},
    },
    openapi_extra=RAW_BODY,
)
async def upload(
    conversation_id: str,
    request: Request,
    server: RunningDep,
    caller: CallerDep,
    client_id: ClientId,
    name: GivenName = "",
    agent: OfAgent = None,
) -> JSONResponse:
    """Attach a picture or a PDF, the bytes being the body. The customer sees it with the reply that names its id."""
    sender = caller.acting_for(agent)
    return await take_in(request, server, conversation_id, sender=sender, client_id=client_id, name=name)


@router.get("/files/{file_id}", response_model=FileAddress, responses=responses(401, 404))
async def address(file_id: str, server: RunningDep) -> FileAddress:
    """Where a file can be opened, for some minutes."""
    async with server.database.read() as session:
        found = await server.files.open_to(session, file_id, Audience.AGENT)
    return FileAddress(**found)
