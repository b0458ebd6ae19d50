"""A receiver of webhooks on a port of this machine, which answers as a test says and keeps what it heard."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Heard:
    """One request, and the status that it was answered with."""

    headers: dict[str, str]
    text: str
    status: int = 0
    method: str = "POST"
    path: str = "/hooks"

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        return json.loads(self.text)

    @property
    def data(self) -> dict[str, Any]:
        return self.said["data"]


class Receiver(ThreadingHTTPServer):
    """``answer`` gives status, headers and body of each answer; None hangs up. ``heard`` is in the order of arrival."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer: Callable[[Heard], tuple[int, dict[str, str], str] | None] = lambda _: (204, {}, "")
        self.heard: list[Heard] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks"

    @property
    def taken(self) -> list[Heard]:
        """What was answered well."""
        return [each for each in self.heard if 200 <= each.status < 300]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up is not told of."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        text = self.rfile.read(length).decode()
        if len(text.encode()) < length:  # whoever sent it died before it was said in full
            self.close_connection = True
            return
        heard = Heard({name.lower(): value for name, value in self.headers.items()}, text)
        heard.method, heard.path = self.command, self.path
        with self.server.lock:
            self.server.heard.append(heard)
        answer = self.server.answer(heard)
        if answer is None:
            self.close_connection = True
            return
        status, headers, body = answer
        heard.status = status
        with suppress(OSError):
            self.send_response(status)
            for name, value in {"content-length": str(len(body.encode())), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

    do_GET = do_PATCH = do_POST  # noqa: N815 - the library's names

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver, until the block ends; on the same port again it is the same to who sends."""
    with Receiver(port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
