"""The Idempotency-Key header: a route's write, done once however often the request comes."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.transport.dependencies import Running, Work, WorkDep, running
from chatbot.service.access import idempotency
from chatbot.service.access.tokens import token_hash

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Drawn by the client, once a request; sent again, the same answer comes again. With another "
        "method, path, query or body it is refused (422).",
    ),
]


@dataclass(frozen=True, slots=True)
class Once:
    """Runs a write, or gives the answer that it already got."""

    sent: idempotency.Sent
    work: Work
    server: Running

    async def __call__(
        self,
        write: Callable[[], Awaitable[tuple[int, BaseModel]]],
        *,
        restore: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        secret: frozenset[str] = frozenset(),
    ) -> JSONResponse:
        """Run ``write`` unless this key has been answered. ``secret`` fields are not kept; ``restore`` refills them.

        Raises:
            IdempotencyMismatchError: the key came with another request before.

        """

        async def written() -> tuple[int, dict[str, Any]]:
            status, body = await write()
            return status, body.model_dump(mode="json")

        now = self.server.clock.now()
        answered = await idempotency.once(self.work.session, self.sent, written, now=now, secret=secret)
        return told(answered, restore)


def told(
    answered: idempotency.Answered, restore: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> JSONResponse:
    """An answer, and whether it is given again; ``restore`` refills what was not kept of it."""
    if not answered.replayed:
        return JSONResponse(answered.content, status_code=answered.status)
    content = restore(answered.content) if restore else answered.content
    return JSONResponse(content, status_code=answered.status, headers={"Idempotent-Replayed": "true"})


async def _sent(request: Request, key: KeyHeader = None) -> idempotency.Sent:
    # Who is known by a cookie keeps no token for long: the person is the caller.
    caller = token_hash(getattr(request.state, "caller", None) or request.headers.get("authorization", ""))
    said = (request.method, request.scope["path"], request.scope["query_string"].decode("latin-1"))
    digest = hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass") + b"\0" + await request.body())
    return idempotency.Sent(caller, key, digest.hexdigest())


SentDep = Annotated[idempotency.Sent, Depends(_sent)]
"""The same for a route that may not hold a transaction all the while: it asks and keeps by itself."""


async def _once(request: Request, work: WorkDep, sent: SentDep) -> Once:
    return Once(sent, work, running(request))


OnceDep = Annotated[Once, Depends(_once)]
