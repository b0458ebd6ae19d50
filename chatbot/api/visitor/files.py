"""The visitor's files: attach one, and ask where one is to be opened."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from chatbot.api.schemas.files import FileAddress, FileShown
from chatbot.api.transport.dependencies import Caller, RunningDep, TokenDep, admit
from chatbot.api.transport.problems import responses
from chatbot.api.transport.uploads import RAW_BODY, ClientId, GivenName, take_in
from chatbot.service.conversations import opening
from chatbot.service.files.keeping import CUSTOMER
from chatbot.service.visitors.visitors import Visitor
from chatbot.storage.tables.conversations import Audience

router = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["conversations"])


async def _uploader(
    conversation_id: str, request: Request, server: RunningDep, token: TokenDep, caller: Caller
) -> Visitor:
    """Who may attach something here now. Holds no transaction while the file comes in."""
    async with server.database.read() as session:
        visitor = await server.visitors.find(session, token)
        await opening.for_visitor(session, conversation_id, visitor)
    assert visitor is not None
    await admit(request, visitor, conversation_id)
    server.limits.file(visitor.id, caller.address)
    return visitor


_UploaderDep = Annotated[Visitor, Depends(_uploader)]


@router.post(
    "/files",
    status_code=201,
    response_model=FileShown,
    responses={
        **responses(401, 403, 404, 409, 413, 415, 503),
        200: {"model": FileShown, "description": "This file was here already."},
    },
    openapi_extra=RAW_BODY,
)
async def upload(
    conversation_id: str,
    request: Request,
    server: RunningDep,
    visitor: _UploaderDep,
    client_id: ClientId,
    name: GivenName = "",
) -> JSONResponse:
    """Attach a picture or a PDF: the bytes are the body. Then send a message with its id in `files`.

    What it is, is found in the bytes. The same `client_id` again is the same file. One that is not sent within a day is
    forgotten.
    """
    del visitor  # may do it
    return await take_in(request, server, conversation_id, sender=CUSTOMER, client_id=client_id, name=name)


@router.get("/files/{file_id}", response_model=FileAddress, responses=responses(401, 404))
async def address(conversation_id: str, file_id: str, token: TokenDep, server: RunningDep) -> FileAddress:
    """Where a file of this conversation can be opened, for some minutes and without a token."""
    async with server.database.read() as session:
        await opening.by_token(server.visitors, session, conversation_id, token)
        found = await server.files.open_to(session, file_id, Audience.CUSTOMER, conversation_id)
    return FileAddress(**found)
