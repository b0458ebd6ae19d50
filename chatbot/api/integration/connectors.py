"""Routes of connectors: how each does, what it wrote; and the one that help desks ring, of which nothing is kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse

from chatbot.api.schemas import connectors as schemas
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep
from chatbot.service.connectors import setting_up
from chatbot.service.connectors.setting_up import Connector

router = APIRouter(prefix="/v1/connectors", tags=["connectors"])
Id = Annotated[str, Path(max_length=40)]


@router.get("", responses=responses(401), dependencies=FOR_THE_TEAM)
async def list_connectors(server: RunningDep) -> schemas.Connectors:
    """Every connector and how it does; never the credentials. `understudy connect` makes one."""
    async with server.database.read() as session:
        found = await setting_up.list_all(session)
    return schemas.Connectors(connectors=[_given(each) for each in found])


@router.patch("/{connector_id}", responses=responses(401, 404, 413), dependencies=FOR_THE_TEAM)
async def change_connector(
    connector_id: Id, body: schemas.ConnectorChange, actor: ActorDep, work: WorkDep, server: RunningDep
) -> schemas.ConnectorGiven:
    """Let it do more, or less, over there; it counts for what is being written just then as well."""
    return _given(await setting_up.set_level(work.session, connector_id, body.level, server.clock, actor=actor))


@router.delete("/{connector_id}", status_code=204, responses=responses(401, 404), dependencies=FOR_THE_TEAM)
async def remove_connector(connector_id: Id, actor: ActorDep, work: WorkDep, server: RunningDep) -> None:
    """Remove a connector and its credentials; the tickets that it brought stay."""
    await setting_up.remove(work.session, connector_id, server.clock, actor=actor)


@router.get("/{connector_id}/written", responses=responses(401, 404), dependencies=FOR_THE_TEAM)
async def written(
    connector_id: Id, server: RunningDep, limit: Annotated[int, Query(ge=1, le=200)] = 20
) -> schemas.Written:
    """What it wrote last over there, or in shadow would have written, the newest first."""
    async with server.database.read() as session:
        found = await setting_up.written(session, connector_id, limit=limit)
    return schemas.Written(
        written=[schemas.WroteGiven(**{**asdict(each), "at": each.at.isoformat()}) for each in found]
    )


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


@router.head("/{connector_id}/hook/{secret}", response_class=Response, responses=responses())
async def is_there(connector_id: str, secret: str) -> Response:
    """Some help desks look whether anything is at an address before they ring there. It says nothing of a connector."""
    del connector_id, secret
    return Response()


def _given(connector: Connector) -> schemas.ConnectorGiven:
    synced = connector.synced_at and connector.synced_at.isoformat()
    told = {**asdict(connector), "synced_at": synced, "created_at": connector.created_at.isoformat()}
    return schemas.ConnectorGiven(**told)
