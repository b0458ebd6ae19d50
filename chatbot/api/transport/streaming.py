"""Server-sent events: the frames of an event stream, sent by the request's own task.

FastAPI's stream passes each event through two more tasks and writes its JSON anew for every listener. With thousands of
streams that is most of what they cost, so here each event is written once (``Event.text``) and sent directly.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractContextManager, aclosing

from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT
from starlette.types import Send

from chatbot.service.realtime.event import Event

SSE_EVENT = {
    "type": "object",
    "properties": {
        "data": {"type": "string"},
        "event": {"type": "string"},
        "id": {"type": "string"},
        "retry": {"type": "integer", "minimum": 0},
    },
}
"""An event as OpenAPI 3.2 describes a stream's items."""
PULSE_SECONDS = 15.0
"""A stream that is silent for so long says that it is still there; proxies hang up on those that do not."""
UNTOUCHED = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
"""What tells those on the way to pass a stream on as it comes."""
_OPEN = b": open\n\n"  # whoever hears nothing at once sits behind a proxy that keeps it


class EventStream(StreamingResponse):
    """Sends events (None: nothing happened) until they end or the caller goes; ``held`` is entered while it lasts."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[Event | None], held: AbstractContextManager[object]) -> None:
        super().__init__(_frames(events), headers=UNTOUCHED)
        self._events = events
        self._held = held

    async def stream_response(self, send: Send) -> None:
        """Send it all; the events are closed at once where the caller has gone, not when they are collected."""
        with self._held:
            async with aclosing(self._events):
                await super().stream_response(send)


async def _frames(events: AsyncGenerator[Event | None]) -> AsyncIterator[bytes]:
    yield _OPEN
    async for event in events:
        yield KEEPALIVE_COMMENT if event is None else frame(event)


def frame(event: Event) -> bytes:
    """One event as it is sent; what is not stored has no id."""
    number = "" if event.seq is None else f"\nid: {event.seq}"
    return f"event: {event.kind}\ndata: {event.text}{number}\n\n".encode()
