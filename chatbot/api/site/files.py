"""Serves attached files by their signed addresses, as something that no page of this server can come of.

The answer is sandboxed and runs nothing (the middleware's policy for all data), is never sniffed, and only pictures are
shown in place. Any page may show it: whoever has the address may.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from chatbot.api.transport.dependencies import RunningDep
from chatbot.errors import NotFoundError
from chatbot.service.files import addresses
from chatbot.service.files.content import KINDS, PICTURES
from chatbot.storage.tables.conversations import Audience

router = APIRouter(include_in_schema=False)

_KEPT = f"private, max-age={int(addresses.GOOD_FOR.total_seconds())}, immutable"


@router.get("/files/{file_id}/{size}")
async def serve(
    file_id: str,
    size: addresses.Size,
    server: RunningDep,
    reader: Annotated[Audience, Query(alias="for")],
    until: Annotated[int, Query(ge=0, le=10**11)],
    signature: Annotated[str, Query(max_length=100)],
) -> FileResponse:
    """The bytes of a file, or its small picture."""
    addresses.check(server.files.secret, file_id, size, reader, until, signature, server.clock.now())
    async with server.database.read() as session:
        row = await server.files.readable(session, file_id, reader)
        digest, kind, name = row.hash, row.kind, row.name
    path = server.files.shelf.place(digest, small=size == "small")
    if not path.is_file():
        raise NotFoundError(occasion="file_gone")
    shown = "inline" if kind in PICTURES else "attachment"
    headers = {
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": _KEPT,
        "Access-Control-Allow-Origin": "*",
    }
    return FileResponse(path, media_type="image/webp" if size == "small" else KINDS[kind], headers=headers)
