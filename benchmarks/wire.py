"""The least HTTP/1.1 client that a benchmark needs, so that it measures the server and not itself.

One request at a time on a connection that stays open; a request can be abandoned after it was sent; streams are read
event by event. No redirects, no TLS, no compression.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BROKEN = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ValueError)


class Connection:
    """One connection to one port of this machine, made when it is needed and again when it broke."""

    def __init__(self, port: int, *, timeout: float = 20.0) -> None:
        self.port = port
        self._timeout = timeout
        self._pair: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
        abandon: bool = False,
    ) -> tuple[int, Any]:
        """Status and JSON body; one of ``BROKEN`` where there was none. ``abandon`` hangs up once it is sent."""
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await self._open()
                writer.write(_head(method, path, token, body, headers))
                await writer.drain()
                if abandon:
                    raise ConnectionAbortedError("hung up on purpose")  # noqa: TRY301
                status, length = await _answer(reader)
                content = await reader.readexactly(length)
        except BaseException:
            self.close()
            raise
        return status, json.loads(content) if content else None

    async def events(
        self, path: str, *, token: str, after: int, pause: float = 0.0
    ) -> AsyncIterator[tuple[int | None, str, dict[str, Any]]]:
        """Number, kind and payload of each event, until the stream ends; ``pause`` is a slow reader's, seconds."""
        reader, writer = await self._open()
        try:
            writer.write(_head("GET", path, token, None, {"Last-Event-ID": str(after), "Accept": "text/event-stream"}))
            await writer.drain()
            async with asyncio.timeout(self._timeout):
                status, _ = await _answer(reader)
            if status != 200:
                raise ConnectionError(f"status {status}")
            while True:
                async with asyncio.timeout(60):
                    size = int(await reader.readline(), 16)
                    chunk = await reader.readexactly(size + 2)
                if not size:
                    return
                for line in chunk.splitlines():
                    if line.startswith(b"data: "):
                        event = json.loads(line[6:])
                        yield event["seq"], event["kind"], event["payload"]
                if pause:
                    await asyncio.sleep(pause)
        finally:
            self.close()

    def close(self) -> None:
        """Hang up."""
        if self._pair is not None:
            self._pair[1].close()
            self._pair = None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._pair is None:
            self._pair = await asyncio.open_connection("127.0.0.1", self.port)
        return self._pair


def _head(method: str, path: str, token: str | None, body: Any, headers: dict[str, str] | None) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(content)}"]
    if body is not None:
        lines.append("Content-Type: application/json")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def _answer(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Status and length of a response; the length is 0 where it comes in chunks."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    length = 0
    for line in head.lower().splitlines():
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return status, length
