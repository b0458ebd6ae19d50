"""Webhooks as they are set up: made, changed, given another secret, removed. Secrets are shown once, kept encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.errors import InputError, NotFoundError, NotReadyError
from chatbot.service.audit import COMMAND_LINE, Act, record
from chatbot.service.webhooks import events, signing
from chatbot.storage.queries import events as log
from chatbot.storage.queries import webhooks as stored
from chatbot.storage.tables.webhooks import WebhookRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from chatbot.clock import Clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.audit import Actor
    from chatbot.service.outgoing.door import Door
    from chatbot.storage.database import Session

MOST = 20
BY_HAND = "somebody switched it off"
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Webhook:
    """What may be shown of a webhook. No ``types``: it is told everything."""

    id: str
    url: str
    description: str
    types: tuple[str, ...]
    on: bool
    off_because: str | None
    failures: int
    failing_since: datetime | None
    warned: bool
    delivered_at: datetime | None
    old_until: datetime | None
    pending: int
    by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different about a webhook; None leaves a thing as it is."""

    url: str | None = None
    description: str | None = None
    types: Iterable[str] | None = None
    on: bool | None = None


async def create(
    session: Session,
    change: Change,
    door: Door,
    encryptor: Encryptor,
    clock: Clock,
    *,
    secret: str | None = None,
    actor: Actor = COMMAND_LINE,
) -> tuple[Webhook, str]:
    """Make a webhook, which is told what happens from now on, and its secret: drawn, or the one that is brought.

    Raises:
        InputError: URL, a type or the secret is not valid, or there are too many.
        AddressRefusedError: the URL names an address that is not public.

    """
    if len(await stored.all_webhooks(session)) >= MOST:
        raise InputError(f"There are {MOST} webhooks, which is as many as a desk has. Remove one.")
    secret = signing.new_secret() if secret is None else signing.own_secret(secret)
    row = WebhookRow(
        id=clock.new_id("wh"),
        description="",
        types=[],
        secret=encryptor.encrypt(secret),
        on=True,
        position=await log.reached(session),
        failures=0,
        slowed=0,
        by=actor.name,
        created_at=clock.now(),
    )
    _apply(row, change, door)
    session.add(row)
    await session.flush()
    await record(session, row.created_at, actor, Act.WEBHOOK_MADE, row.id, url=row.url, types=row.types)
    return await _shown(session, row), secret


async def alter(
    session: Session, webhook_id: str, change: Change, door: Door, clock: Clock, *, actor: Actor = COMMAND_LINE
) -> Webhook:
    """Change a webhook. One that is switched on again gets all that happened meanwhile.

    Raises:
        NotFoundError: there is no such webhook.
        InputError: URL or a type is not valid.
        AddressRefusedError: the URL names an address that is not public.

    """
    row = await _found(session, webhook_id, lock=True)
    was_on = row.on
    _apply(row, change, door)
    if row.on and (not was_on or change.url is not None):
        row.failures, row.slowed = 0, 0
        row.failing_since = row.warned_at = row.not_before = row.off_because = None
        await stored.hasten(session, row.id, clock.now())
    await session.flush()
    held = {"url": row.url, "types": row.types, "on": row.on}
    await record(session, clock.now(), actor, Act.WEBHOOK_CHANGED, row.id, **held)
    return await _shown(session, row)


async def rotate(
    session: Session,
    webhook_id: str,
    encryptor: Encryptor,
    clock: Clock,
    *,
    overlap: timedelta,
    actor: Actor = COMMAND_LINE,
) -> tuple[Webhook, str]:
    """Draw another secret. Until the overlap is over, what is sent is signed with both.

    Raises:
        NotFoundError: there is no such webhook.

    """
    row, now = await _found(session, webhook_id, lock=True), clock.now()
    secret = signing.new_secret()
    row.old_secret, row.old_until = row.secret, now + overlap
    row.secret, row.not_before = encryptor.encrypt(secret), None
    await session.flush()
    await record(session, now, actor, Act.WEBHOOK_SECRET_MADE, row.id, old_until=row.old_until.isoformat())
    return await _shown(session, row), secret


async def remove(session: Session, webhook_id: str, clock: Clock, *, actor: Actor = COMMAND_LINE) -> None:
    """Remove a webhook and what is kept of its deliveries.

    Raises:
        NotFoundError: there is no such webhook.

    """
    row = await _found(session, webhook_id, lock=True)
    url = row.url
    await stored.remove(session, webhook_id)
    await record(session, clock.now(), actor, Act.WEBHOOK_REMOVED, webhook_id, url=url)


async def list_all(session: Session) -> list[Webhook]:
    """Every webhook, oldest first."""
    return [await _shown(session, row) for row in await stored.all_webhooks(session)]


async def one(session: Session, webhook_id: str) -> Webhook:
    """One webhook.

    Raises:
        NotFoundError: there is no such webhook.

    """
    return await _shown(session, await _found(session, webhook_id))


async def verify(
    session: Session,
    webhook_id: str,
    given: dict[str, str],
    body: str,
    encryptor: Encryptor,
    clock: Clock,
) -> signing.Verdict:
    """Whether a request, as somebody received it, is one of this webhook.

    Raises:
        NotFoundError: there is no such webhook.

    """
    row = await _found(session, webhook_id)
    named = next((value.strip() for name, value in given.items() if name.lower().strip() == signing.HEADERS[0]), "")
    sent = await stored.delivery(session, named[:40], row.id)
    counting = keys_of(row, encryptor, clock.now())
    ended = [key for key in _old_key(row, encryptor) if key not in counting]
    return signing.verify(given, body, counting, ended=ended, sent=sent.body if sent else None, clock=clock)


def keys_of(row: WebhookRow, encryptor: Encryptor, now: datetime) -> list[str]:
    """The secrets that count now, the newest first.

    Raises:
        NotReadyError: they were encrypted under another secret.key.

    """
    older = _old_key(row, encryptor) if row.old_until is not None and row.old_until > now else []
    return [encryptor.decrypt(row.secret), *older]


def _old_key(row: WebhookRow, encryptor: Encryptor) -> list[str]:
    """The secret before, where there is one; one that cannot be read any more was the reason to draw another."""
    try:
        return [] if row.old_secret is None else [encryptor.decrypt(row.old_secret)]
    except NotReadyError:
        return []


def _apply(row: WebhookRow, change: Change, door: Door) -> None:
    if change.url is not None:
        row.url = door.check(change.url)
    if change.description is not None:
        row.description = change.description.strip()[:_LONGEST_TEXT]
    if change.types is not None:
        row.types = events.checked(change.types)
    if change.on is not None and change.on != row.on:
        row.on, row.off_because = change.on, None if change.on else BY_HAND


async def _found(session: Session, webhook_id: str, *, lock: bool = False) -> WebhookRow:
    row = await stored.webhook(session, webhook_id, lock=lock)
    if row is None:
        raise NotFoundError(f"There is no webhook {webhook_id}.")
    return row


async def _shown(session: Session, row: WebhookRow) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        description=row.description,
        types=tuple(row.types),
        on=row.on,
        off_because=row.off_because,
        failures=row.failures,
        failing_since=row.failing_since,
        warned=row.warned_at is not None,
        delivered_at=row.delivered_at,
        old_until=row.old_until,
        pending=await stored.pending(session, row.id),
        by=row.by,
        created_at=row.created_at,
    )
