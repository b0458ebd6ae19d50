"""Idempotency keys: the same write sent twice is done once and gets the same answer.

The answer is kept in the transaction of the write itself, for a day. A key is its caller's own and stands for one
request: method, path, query and body. Sent with another it is a mistake of the caller. A request that failed is not
kept and may be sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chatbot.errors import IdempotencyMismatchError
from chatbot.storage.queries import idempotency as stored
from chatbot.storage.tables.access import IdempotencyRow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from chatbot.storage.database import Session

KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that may come again: who sends it, its key (None: it is not to be kept), a hash of all it says."""

    caller: str
    key: str | None
    request_hash: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request was answered; ``replayed`` where it was so before, and ``content`` then lacks what is secret."""

    status: int
    content: dict[str, Any]
    replayed: bool = False


async def once(
    session: Session,
    sent: Sent,
    write: Callable[[], Awaitable[tuple[int, dict[str, Any]]]],
    *,
    now: datetime,
    secret: frozenset[str] = frozenset(),
) -> Answered:
    """Run ``write`` unless this key has been answered; fields of the answer that are ``secret`` are not kept.

    Raises:
        IdempotencyMismatchError: the key came with another request before.

    """
    kept = await answered(session, sent, now=now)
    if kept is not None:
        return kept
    status, content = await write()
    await keep(session, sent, Answered(status, {k: v for k, v in content.items() if k not in secret}), now=now)
    return Answered(status, content)


async def keep(session: Session, sent: Sent, answer: Answered, *, now: datetime) -> None:
    """Keep what a request was answered, where it has a key."""
    if sent.key is None:
        return
    session.add(
        IdempotencyRow(
            caller=sent.caller,
            key=sent.key,
            request_hash=sent.request_hash,
            status=answer.status,
            response=answer.content,
            created_at=now,
        )
    )
    await session.flush()


async def answered(session: Session, sent: Sent, *, now: datetime) -> Answered | None:
    """What this key was answered before; None where it was not, or the request has none.

    Raises:
        IdempotencyMismatchError: the key came with another request before.

    """
    kept = sent.key and await stored.find(session, sent.caller, sent.key, since=now - KEPT_FOR)
    if not kept:
        return None
    if kept.request_hash != sent.request_hash:
        raise IdempotencyMismatchError("Draw a new Idempotency-Key for a new request.")
    return Answered(kept.status, kept.response, replayed=True)


async def forget_old(session: Session, *, now: datetime) -> None:
    """Drop what is too old to be asked again."""
    await stored.forget(session, before=now - KEPT_FOR)
