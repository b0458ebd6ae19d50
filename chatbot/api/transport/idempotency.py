"""Idempotency-Key: the same write sent twice is done once and gets the same answer.

The answer is kept in the transaction of the write itself, for a day. The same key with another body is a mistake of the
caller (422). A request that failed is not kept and may be sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.transport.dependencies import Running, Work, WorkDep, running
from chatbot.errors import IdempotencyMismatchError
from chatbot.service.access import idempotency

KEPT_FOR = timedelta(days=1)

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Drawn by the client, once a request; sent again, the same answer comes again.",
    ),
]


@dataclass(frozen=True, slots=True)
class Once:
    """Runs a write, or gives the answer that it already got."""

    scope: str
    key: str | None
    body_hash: str
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
            IdempotencyMismatchError: the key came with another body before.

        """
        session, now = self.work.session, self.server.clock.now()
        if self.key is not None:
            kept = await idempotency.find(session, self.scope, self.key, since=now - KEPT_FOR)
            if kept is not None:
                if kept.body_hash != self.body_hash:
                    raise IdempotencyMismatchError("Draw a new Idempotency-Key for a new request.")
                content = restore(kept.response) if restore else kept.response
                return JSONResponse(content, status_code=kept.status, headers={"Idempotent-Replayed": "true"})
        status, body = await write()
        content = body.model_dump(mode="json")
        if self.key is not None:
            shown = {name: value for name, value in content.items() if name not in secret}
            answered = idempotency.Answered(status=status, response=shown, body_hash=self.body_hash)
            await idempotency.keep(session, self.scope, self.key, answered, at=now)
        return JSONResponse(content, status_code=status)


async def _once(request: Request, work: WorkDep, key: KeyHeader = None) -> Once:
    return Once(
        scope=f"{request.method} {request.url.path}",
        key=key,
        body_hash=hashlib.sha256(await request.body()).hexdigest(),
        work=work,
        server=running(request),
    )


OnceDep = Annotated[Once, Depends(_once)]
