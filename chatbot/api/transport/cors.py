"""CORS for the origins that inboxes list, and for no other.

A browser asks before it is known which inbox a page means, so it is told whether any inbox knows the page; whether this
one does is checked when the request comes (``service/visitors/admission.py``).
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.service.visitors.admission import Admission

_METHODS = ("GET", "POST", "DELETE")
_REQUEST_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID")
_RESPONSE_HEADERS = ("Retry-After", "X-Request-ID")


class ListedOrigins(CORSMiddleware):
    """Starlette's middleware with a list that changes while the server runs."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            app, allow_methods=_METHODS, allow_headers=_REQUEST_HEADERS, expose_headers=_RESPONSE_HEADERS, max_age=3600
        )
        self._admission: Admission | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request; only a browser's names an origin."""
        if scope["type"] == "http" and "origin" in Headers(scope=scope):
            self._admission = scope["app"].state.running.admission
            await self._admission.refresh()
        await super().__call__(scope, receive, send)

    def is_allowed_origin(self, origin: str) -> bool:
        """Whether any inbox lists this origin."""
        return self._admission is not None and origin.lower() in self._admission.origins
