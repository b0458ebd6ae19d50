"""Routes for whoever watches the server: liveness, readiness, metrics."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from chatbot.api.schemas.health import Readiness
from chatbot.api.transport.dependencies import RunningDep

router = APIRouter(tags=["health"])


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


@router.get("/metrics", response_class=Response)
async def metrics(server: RunningDep) -> Response:
    """Counts and times in Prometheus' text format."""
    return Response(server.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")
