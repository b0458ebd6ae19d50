"""Half-sent requests: whoever begins one and does not end it holds a connection for a while, not for ever.

uvicorn waits without end for the rest of a request. Here its head and its body have a time each, counted from when they
begin and not from the last byte, so that a byte now and then gains nothing; and a head may be so long. What is answered
already, a stream say, has no such end.
"""

from __future__ import annotations

import json
from asyncio import BaseTransport, TimerHandle
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD = 64 * 1024
_TOO_SLOW = (
    HTTPStatus.REQUEST_TIMEOUT,
    "request_timeout",
    "The request did not come to its end in time; send it again.",
)
_TOO_LONG = (
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "headers_too_large",
    f"At most {LONGEST_HEAD} bytes of headers.",
)


class Patient(HttpToolsProtocol):
    """uvicorn's protocol, patient for ``head_seconds`` and then for ``body_seconds``."""

    def __init__(self, *args: Any, head_seconds: float, body_seconds: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_seconds = head_seconds
        self._body_seconds = body_seconds
        self._waiting: TimerHandle | None = None
        self._head: int | None = 0
        """Bytes of the head so far; None between its end and the end of the request."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Wait for the head of a first request."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn names the kind of transport it gets
        self._wait(self._head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take some bytes: on a connection at rest they begin a head."""
        if self._waiting is None and (self.cycle is None or self.cycle.response_complete):
            self._wait(self._head_seconds)
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        if self._head is not None and self._head > LONGEST_HEAD:
            self._refuse(*_TOO_LONG)

    def on_headers_complete(self) -> None:
        """Begin to wait for the body."""
        self._head = None
        self._wait(self._body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for nothing: now it is our turn."""
        self._head = 0
        self._stop()
        super().on_message_complete()

    def _wait(self, seconds: float) -> None:
        self._stop()
        self._waiting = self.loop.call_later(seconds, self._refuse, *_TOO_SLOW)

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        """Say what is wrong, where a request was begun and nothing is answered yet, and hang up."""
        self._stop()
        if self.transport.is_closing():
            return
        answered = self.cycle is not None and (self.cycle.response_started and not self.cycle.response_complete)
        if self.scope is not None and not answered:
            told = {"type": "about:blank", "title": status.phrase, "status": status, "code": code, "detail": detail}
            body = json.dumps(told).encode()
            self.transport.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/problem+json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
                + body
            )
        self.transport.close()
