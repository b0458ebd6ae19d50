"""Serves the app with uvicorn, in one process, because it owns the model.

An open event stream would keep uvicorn waiting for ever, so the hub is closed before uvicorn waits.
"""

from __future__ import annotations

import gc
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn

from chatbot import logs
from chatbot.api.transport.half_sent import Patient
from chatbot.app import create_app

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, MutableMapping

    from fastapi import FastAPI

    from chatbot.settings import Settings

    Message = MutableMapping[str, Any]

_GRACE_SECONDS = 10
_SELDOM = 200  # collections of what is not quite young, to one of everything


class Start:
    """The app, whose failure to start is kept rather than logged: whoever runs the server tells it in a sentence."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.failure: Exception | None = None

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Pass everything on; of a start that failed only that it did."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        failed = False

        async def quietly(message: Message) -> None:
            nonlocal failed
            failed = failed or message["type"] == "lifespan.startup.failed"
            await send({**message, "message": ""} if failed else message)

        try:
            await self._app(scope, receive, quietly)
        except Exception as error:
            if not failed:
                raise
            self.failure = error


class Server(uvicorn.Server):
    """uvicorn's server, which ends the streams first."""

    def __init__(
        self,
        app: FastAPI,
        start: Start,
        config: uvicorn.Config,
        *,
        on_started: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(config)
        self._app = app
        self._start = start
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then say on which port; what the app could not start for is raised here."""
        log = logging.getLogger("uvicorn.error")
        log.addFilter(self._unforeseen)
        try:
            await super().startup(sockets)
        except SystemExit:  # uvicorn's way out
            if self._start.failure is None:
                raise
            raise self._start.failure from None
        finally:
            log.removeFilter(self._unforeseen)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            if tell := getattr(self._app.state, "tell_port", None):
                tell(port)
            if self._on_started:
                self._on_started(port)

    def _unforeseen(self, _: logging.LogRecord) -> bool:
        """A filter for uvicorn's log, which says once more that the start failed."""
        return self._start.failure is None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End every event stream, then let uvicorn wait for what is left."""
        running = getattr(self._app.state, "running", None)  # the labelling page has no streams
        if running is not None:
            running.hub.close()
        await super().shutdown(sockets)


def build(app: FastAPI, settings: Settings, *, on_started: Callable[[int], None] | None = None) -> Server:
    """A server for an app; call its ``run`` or await its ``serve``."""
    start = Start(app)
    protocol: Any = partial(
        Patient, head_seconds=settings.request_head_seconds, body_seconds=settings.request_body_seconds
    )
    config = uvicorn.Config(
        start,
        http=protocol,
        host=settings.host,
        port=settings.port,
        log_config=None,  # see chatbot.logs
        log_level="warning",
        access_log=False,  # the app logs requests itself, without what a path may give away
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return Server(app, start, config, on_started=on_started)


def serve(settings: Settings, *, on_started: Callable[[int], None] | None = None) -> None:
    """Serve until a signal comes. ``on_started`` gets the port once connections are taken."""
    logs.configure(settings.log_level, as_json=settings.log_json)
    run(create_app(settings), settings, on_started=on_started)


def run(app: FastAPI, settings: Settings, *, on_started: Callable[[int], None] | None = None) -> None:
    """Serve an app until a signal comes, in a process that does nothing else.

    Python's collector looks at every object there is whenever their number has grown by a quarter; with thousands of
    streams everybody waits for that, a third of a second every few seconds. Most garbage is young and is found without.
    So what was there at the start is never looked at again, and all the rest seldom.
    """

    def started(port: int) -> None:
        gc.collect()
        gc.freeze()
        if on_started:
            on_started(port)

    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _SELDOM)
    build(app, settings, on_started=started).run()
