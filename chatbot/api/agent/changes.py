"""The feed of the whole desk, for agents and other systems: as a stream, or by asking."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse

from chatbot.api.schemas.worklist import ChangesPage
from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.long_polling import Wait
from chatbot.api.transport.problems import responses
from chatbot.api.transport.streaming import PULSE_SECONDS, SSE_EVENT, EventStream
from chatbot.api.transport.team import DeskDep
from chatbot.service.realtime.feed import DeskEvent
from chatbot.service.realtime.follow import follow, poll
from chatbot.service.realtime.looking import digest
from chatbot.storage.tables.conversations import Audience

router = APIRouter(tags=["agents"])

HIGHEST = 2**53 - 1  # what JavaScript counts to
_STREAM = {
    "description": "A page, or for who accepts it a stream.",
    "content": {"text/event-stream": {"itemSchema": SSE_EVENT}},
}
Number = Annotated[int, Query(ge=0, le=HIGHEST, description="Number of the last event seen; 0 for all.")]


@router.get("/v1/changes", response_model=ChangesPage, responses={**responses(401, 409), 200: _STREAM})
async def changes(
    desk: DeskDep,
    server: RunningDep,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    last_event_id: Annotated[int, Header(alias="Last-Event-ID", ge=0, le=HIGHEST)] = 0,
    after: Number = 0,
    wait: Wait = 0,
    here: Annotated[str | None, Query(max_length=64, description="`here.at` of the page before.")] = None,
) -> Response:
    """Every event of every conversation after a number, in one order: at most 500, those for agents included.

    Numbers grow and none is given twice, but some may be left out. A number once seen is never followed by a lower one,
    so who asks again after the last that they have seen gets each event once, whatever broke in between. `wait` waits
    for the next; `Accept: text/event-stream` makes it a stream, which goes on from `Last-Event-ID`. A list of
    conversations (`GET /v1/worklist`) has as `changes` the number from which on to follow.

    Who looks at which conversation and who types is not stored and has no number: a page tells it as `here`, at once
    where its `at` is not the one asked with; a stream as `looking`, for one conversation each, those of now first.
    """
    reached = desk.after(last_event_id or after)
    if "text/event-stream" in accept:
        seconds = server.settings.stream_seconds * (0.9 + 0.2 * server.clock.chance())
        told = follow(
            server.database,
            server.hub,
            desk.id,
            after=reached,
            seconds=seconds,
            right=desk.right,
            audience=Audience.AGENT,
            quiet=PULSE_SECONDS,
            read=server.feed.read,
            first=server.hub.looking.events,
        )
        return EventStream(told, server.metrics.streams.track_inprogress())
    found = await poll(
        server.database,
        server.hub,
        desk.id,
        after=reached,
        seconds=wait,
        right=desk.right,
        audience=Audience.AGENT,
        read=server.feed.read,
        changed=lambda: here is not None and digest(server.hub.looking.now()) != here,
    )
    if found is None:
        await desk.ended()
    events = [event.view for event in found or () if isinstance(event, DeskEvent)]
    now = server.hub.looking.now()
    where = {"at": digest(now), "conversations": now}
    return JSONResponse({"events": events, "seq": events[-1]["seq"] if events else reached, "here": where})
