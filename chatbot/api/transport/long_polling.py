"""Long polling: the events of a conversation by asking, where a proxy lets no stream through.

The address is that of the stream (``conversations.events``, which describes both); who accepts JSON and no stream comes
here.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

from chatbot.api.schemas import conversations as schemas
from chatbot.api.transport.dependencies import Followed, FollowedDep, Running, RunningDep
from chatbot.service.realtime.event import Event
from chatbot.service.realtime.follow import poll
from chatbot.storage.tables.conversations import Audience

HIGHEST_SEQ = 2**31 - 1  # of an Integer column
LONGEST_WAIT = 60.0

After = Annotated[int, Query(ge=0, le=HIGHEST_SEQ, description="Number of the last event seen; 0 for all.")]
Wait = Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait where there is nothing new yet.")]


class _WantsJson(APIRoute):
    """Matches only who asks for JSON and not for an event stream."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The router's question; ``Match.NONE`` leaves the request to the stream's route."""
        if scope["type"] == "http":
            accept = Headers(scope=scope).get("accept", "")
            if "application/json" not in accept or "text/event-stream" in accept:
                return Match.NONE, {}
        return super().matches(scope)


router = APIRouter(prefix="/v1/conversations", route_class=_WantsJson)


@router.get("/{conversation_id}/events", include_in_schema=False)  # noqa: FAST003 - FollowedDep reads it
async def ask(followed: FollowedDep, server: RunningDep, after: After = 0, wait: Wait = 0) -> schemas.EventPage:
    """The stored events after a number, at most 500; with ``wait`` the answer comes as soon as there is one."""
    return await page_after(followed, server, after, wait, Audience.CUSTOMER)


async def page_after(
    followed: Followed, server: Running, after: int, wait: float, audience: Audience
) -> schemas.EventPage:
    """The answer to who asks; whoever lost the right while they waited gets the error instead."""
    found = await poll(
        server.database,
        server.hub,
        followed.id,
        after=followed.after(after),
        seconds=wait,
        right=followed.right,
        audience=audience,
    )
    if found is None:
        await followed.ended()
    return page_of(found or [], after)


def page_of(found: list[Event], after: int) -> schemas.EventPage:
    """Events as they go out; ``seq`` is the number to ask after next."""
    events = [
        schemas.EventGiven(seq=one.seq or 0, kind=one.kind, at=one.at.isoformat(), payload=one.payload) for one in found
    ]
    return schemas.EventPage(events=events, seq=events[-1].seq if events else after)
