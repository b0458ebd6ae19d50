"""Middleware for every request: an id, limits of size and rate, safe headers, one log line, an answer to any error.

Plain ASGI, because event streams pass through it for minutes. The log line has the route's pattern, never the path,
a header, or a word of a message.
"""

from __future__ import annotations

import re
import secrets
import time
from http import HTTPStatus
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.api.transport.problems import internal_problem, other_media_type, problem_of, too_large
from chatbot.api.transport.uploads import is_upload
from chatbot.errors import InputError, RateLimitedError
from chatbot.service.access.rate_limits import Limits
from chatbot.service.access.wellformed import address
from chatbot.service.monitoring.server_metrics import Metrics

FRAMED_BY = "X-Framed-By"
"""What a page tells this middleware by a header that never goes out: who may frame it."""
OWN_SCRIPTS = "X-Own-Scripts"
"""The same of a page that holds its scripts itself: they run, in an origin of their own, framed by our pages alone."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_API = "/v1/"  # counted: pages and health cost little, and whoever watches the server must always get in
_HOOK = re.compile(r"/v1/connectors/[^/]+/hook/[^/]+")  # called as the help desk likes to
_JSON = re.compile(r"application/(?:[a-z0-9.!#$&^_-]+\+)?json", re.IGNORECASE)
_A_YEAR = "max-age=31536000"
_NO_DEVICES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_DATA_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"  # what customers sent goes out among it
_OWN_SCRIPTS_POLICY = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'"
)
_PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {ancestors}; require-trusted-types-for 'script'; trusted-types 'none'"
)


class Edge:
    """The outermost layer of the app that is ours."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, limits: Limits, max_body_bytes: int) -> None:
        self._app = app
        self._metrics = metrics
        self._limits = limits
        self._longest = max_body_bytes
        self._log = structlog.get_logger("http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; lifespan messages pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        answer = _Answer(scope, send, request_id, self._limits)
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                refusal = self._refusal(scope, headers)
                if refusal is not None:
                    await refusal(scope, receive, answer.send)
                else:
                    measured = receive if _is_upload(scope) else _Limited(receive, self._longest)
                    await self._app(scope, measured, answer.send)
            except Exception:
                self._log.exception("request failed", method=scope["method"], route=route_of(scope))
                if answer.status is not None:
                    raise
                await internal_problem()(scope, receive, answer.send)
            finally:
                self._record(scope, answer, started)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to a request that is none, too large or too much; None for all others."""
        try:
            address(scope["path"], scope["query_string"], headers.get("host", ""))
        except ValueError as wrong:
            return problem_of(InputError(f"The address {wrong}."), headers)
        if _declared_length(headers) > self._longest and not _is_upload(scope):
            return too_large(self._longest)
        if scope["path"].startswith(_API):
            if not _speaks_json(headers) and not _is_upload(scope) and not _HOOK.fullmatch(scope["path"]):
                return other_media_type()
            seconds = self._limits.request(_address(scope))
            if seconds:
                return problem_of(RateLimitedError(seconds), headers)
        return None

    def _record(self, scope: Scope, answer: _Answer, started: float) -> None:
        route = route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"  # a label is for ever
        status = answer.status or 499  # the caller went away before there was an answer
        self._metrics.requests.labels(method, route, str(status)).inc()
        first_byte = (answer.began or time.perf_counter()) - started
        self._metrics.request_seconds.labels(method, route).observe(first_byte)
        self._log.info("request", method=method, route=route, status=status, ms=round(first_byte * 1000, 1))


class _Answer:
    """Watches the response go out and completes its headers."""

    def __init__(self, scope: Scope, send: Send, request_id: str, limits: Limits) -> None:
        self._scope = scope
        self._send = send
        self._limits = limits
        self._request_id = request_id
        self.status: int | None = None
        self.began: float | None = None

    async def send(self, message: Message) -> None:
        """Pass a message on; complete the first."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.began = time.perf_counter()
            headers = MutableHeaders(scope=message)
            page = headers.get("content-type", "").startswith("text/html")
            headers["X-Request-ID"] = self._request_id
            self._tell_limit(headers)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "same-origin"
            for_all = headers.get("access-control-allow-origin") == "*"
            headers["Cross-Origin-Resource-Policy"] = "cross-origin" if for_all else "same-origin"
            if self._scope.get("scheme") == "https":
                headers["Strict-Transport-Security"] = _A_YEAR
            if page:
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Permissions-Policy"] = _NO_DEVICES
            if self.status != HTTPStatus.NOT_MODIFIED:  # its headers replace those of the page the browser kept
                ancestors = headers.get(FRAMED_BY) or "'none'"
                policy = _PAGE_POLICY.format(ancestors=ancestors) if page else _DATA_POLICY
                headers["Content-Security-Policy"] = _OWN_SCRIPTS_POLICY if OWN_SCRIPTS in headers else policy
            for told in (FRAMED_BY, OWN_SCRIPTS):
                if told in headers:
                    del headers[told]
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)

    def _tell_limit(self, headers: MutableHeaders) -> None:
        """What is left of the caller's requests, as draft-ietf-httpapi-ratelimit-headers-10 has it."""
        standing = self._limits.standing(_address(self._scope)) if self._scope["path"].startswith(_API) else None
        if standing is not None:
            headers["RateLimit-Policy"] = f'"address";q={standing.rate.amount};w={standing.rate.seconds:.0f}'
            headers["RateLimit"] = f'"address";r={standing.left};t={standing.whole_in}'


class _Limited:
    """Cuts off a body that is longer than is allowed, whatever its header said."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(413, "The body is larger than the server takes.")
        return message


def _address(scope: Scope) -> str | None:
    client = scope.get("client")
    return client[0] if client else None


def route_of(scope: Scope) -> str:
    """The pattern of the route that answered, such as ``/v1/conversations/{conversation_id}``; "none" without one."""
    route: Any = scope.get("route")
    return getattr(route, "path_format", None) or getattr(route, "path", None) or "none"


def _is_upload(scope: Scope) -> bool:
    return is_upload(scope["method"], scope["path"])


def _speaks_json(headers: Headers) -> bool:
    """Whether a request has no body, or says that it is JSON."""
    if not _declared_length(headers) and "transfer-encoding" not in headers:
        return True
    return _JSON.fullmatch(headers.get("content-type", "").partition(";")[0].strip()) is not None


def _declared_length(headers: Headers) -> int:
    value = headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdigit() else 0
