"""The route that help desks ring: something has happened there. What they send is not kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import PlainTextResponse

from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.problems import responses
from chatbot.service.connectors import setting_up

router = APIRouter(prefix="/v1/connectors", tags=["connectors"])


@router.post("/{connector_id}/hook/{secret}", status_code=202, responses=responses(401, 404, 413))
async def ring(
    connector_id: Annotated[str, Path(max_length=40)],
    secret: Annotated[str, Path(max_length=200)],
    request: Request,
    server: RunningDep,
) -> Response:
    """Say that something has happened in the help desk: it is read back from there. Answered at once, nothing kept.

    Where the help desk signs its hooks and the connector knows by what, what is not signed by it is refused.
    """
    body, headers = await request.body(), dict(request.headers)
    async with server.database.read() as session:
        rung = await setting_up.heard(
            session, connector_id, secret, headers, body, server.encryptor, server.clock.now()
        )
    if rung.echo is not None:
        return PlainTextResponse(rung.echo)
    server.connectors.ring(connector_id, rung.ticket)
    return Response(status_code=202)
