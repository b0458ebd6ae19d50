"""The route that help desks ring: something has happened there. What they send is not kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.problems import responses
from chatbot.service.connectors import setting_up

router = APIRouter(prefix="/v1/connectors", tags=["connectors"])


@router.post("/{connector_id}/hook/{secret}", status_code=202, responses=responses(404, 413))
async def ring(
    connector_id: Annotated[str, Path(max_length=40)],
    secret: Annotated[str, Path(max_length=200)],
    request: Request,
    server: RunningDep,
) -> None:
    """Say that something has happened in the help desk: it is read back from there. Answered at once, body ignored."""
    async with server.database.read() as session:
        kind = await setting_up.kind_rung(session, connector_id, secret, server.encryptor)
    server.connectors.ring(connector_id, setting_up.KINDS[kind].rung(await request.body()))
