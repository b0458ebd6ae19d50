"""Routes for whoever watches the server: liveness, readiness, metrics."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chatbot.api.schemas.health import Readiness
from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.problems import responses
from chatbot.errors import UnauthorisedError
from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope

router = APIRouter(tags=["health"])

_bearer = HTTPBearer(auto_error=False, scheme_name="Metrics token", description="UNDERSTUDY_METRICS_TOKEN")


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get(
    "/health/ready",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "Something is missing or not well; it is named."}},
)
async def ready(server: RunningDep) -> JSONResponse:
    """Whether the bot can answer and what runs behind it is well. Without a model it answers from retrieval."""
    loaded = server.serving.loaded
    missing = [*loaded.missing, *server.loops.troubles()]
    older = [each for each in (server.serving.unread, server.serving.refused) if each and each not in missing]
    body = Readiness(
        status="not_ready" if missing else "ready",
        missing=missing,
        notes=[*loaded.notes, *older],
        model=loaded.model,
        index=loaded.index,
    )
    return JSONResponse(body.model_dump(), status_code=503 if missing else 200)


def _is_near(request: Request) -> bool:
    """Whether it comes from this machine itself, and not through a proxy on it."""
    passed_on = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-forwarded-host", "via"))
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback and not passed_on
    except ValueError:  # a proxy may call its client what it likes
        return False


async def _watcher(
    server: RunningDep,
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> None:
    """Let in whoever has the token of the settings, or a key for looking after the server.

    Where no token is set, whoever asks on this machine needs none either.
    """
    expected = server.settings.metrics_token
    given = credentials.credentials if credentials else ""
    if expected is None and _is_near(request):
        return
    if expected is not None and hmac.compare_digest(given.encode(), expected.get_secret_value().encode()):
        return
    if expected is None and not given:
        raise UnauthorisedError(
            "From another machine or through a proxy this takes a token: set UNDERSTUDY_METRICS_TOKEN, and send it as "
            "`Authorization: Bearer …`."
        )
    async with server.database.read() as session:
        key = await api_keys.authorise(session, given)
    key.check(Scope.ADMIN)


@router.get(
    "/metrics",
    response_class=Response,
    responses=responses(401, 403),
    dependencies=[Depends(_watcher)],
    openapi_extra={"security": [{}]},  # beside the token: or none, where none is set
)
async def metrics(server: RunningDep) -> Response:
    """Counts and times in Prometheus' text format; on this machine, or with UNDERSTUDY_METRICS_TOKEN."""
    return Response(server.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")
