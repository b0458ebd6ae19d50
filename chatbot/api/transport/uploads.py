"""A file that comes as a request's body: written to the disk piece by piece, and cut off where it is too long.

The middleware lets such a body through unmeasured and whatever its type (``is_upload``); it is measured here.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import JSONResponse

from chatbot.api.transport.dependencies import Running
from chatbot.errors import NotStoredError
from chatbot.service.conversations import opening, ownership
from chatbot.service.files.keeping import CUSTOMER, Files
from chatbot.service.files.refusals import FileTooLargeError
from chatbot.storage.database import Session

_PATH = re.compile(r"/v1/(?:conversations|queue)/[^/]{1,60}/files")
_MEGABYTE = 1_000_000
_LEFT_FREE = 500 * _MEGABYTE
"""Of the disk, for what matters more than files."""

RAW_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""What OpenAPI is told of the body."""
ClientId = Annotated[
    str,
    Query(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$", description="Drawn by the client, once a file."),
]
GivenName = Annotated[str, Query(max_length=300, description="What the file is called; a label, never believed.")]


def is_upload(method: str, path: str) -> bool:
    """Whether a request brings a file rather than JSON."""
    return method == "POST" and _PATH.fullmatch(path) is not None


async def received(request: Request, files: Files) -> Path:
    """The body in a file of its own, which the caller has to clear away.

    Raises:
        FileTooLargeError: there is more than one file may have.

    """
    declared = request.headers.get("content-length", "")
    most = FileTooLargeError(occasion="file_too_large", most=max(1, files.longest // _MEGABYTE))
    if declared.isascii() and declared.isdigit() and int(declared) > files.longest:
        raise most
    path = files.shelf.new()
    if (await asyncio.to_thread(shutil.disk_usage, path.parent)).free < _LEFT_FREE:
        raise NotStoredError("The disk of this desk is nearly full, so that no files are taken. Text still is.")
    file = await asyncio.to_thread(path.open, "wb")
    size = 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > files.longest:
                break
            await asyncio.to_thread(file.write, piece)
    except BaseException:
        files.shelf.forget(path)
        raise
    finally:
        file.close()
    if size > files.longest:
        files.shelf.forget(path)
        raise most
    return path


async def take_in(
    request: Request, server: Running, conversation_id: str, *, sender: str, client_id: str, name: str
) -> JSONResponse:
    """Take a file in for whoever may write in this conversation: 201 says that it is new, 200 that it is not.

    A customer may not in a closed one; the team still writes notes. No transaction is held while it comes in.
    """
    named = {"sender": sender, "client_id": client_id}
    async with server.database.read() as session:
        await _open(session, conversation_id, sender)
        known = await server.files.known(session, conversation_id, **named)
    if known is None:
        shelved = await server.files.shelve(await received(request, server.files))
        async with server.database.write() as session:
            await _open(session, conversation_id, sender, lock=True)
            known = await server.files.known(session, conversation_id, **named)
            if known is None:
                kept = await server.files.keep(session, conversation_id, shelved, name=name, **named)
                return JSONResponse(kept, status_code=201)
    return JSONResponse(known)


async def _open(session: Session, conversation_id: str, sender: str, *, lock: bool = False) -> None:
    row = await opening.for_agent(session, conversation_id, lock=lock)
    if sender == CUSTOMER:
        ownership.check_open(row)
