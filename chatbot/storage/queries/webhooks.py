"""Queries on webhooks and on what they are told.

Whoever changes where a webhook stands (its position, its deliveries' leases, its failures) holds its row locked: what
is written for it is written in the order of the desk's feed, and no two processes take the same delivery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, func, insert, literal, or_, select, update

from chatbot.storage.tables.conversations import EventRow
from chatbot.storage.tables.schema import table
from chatbot.storage.tables.webhooks import DeliveryState, WebhookDeliveryRow, WebhookRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session

AGAIN = "again:"
"""What the lane of a delivery begins with that is sent again by hand."""
_PENDING = WebhookDeliveryRow.state == DeliveryState.PENDING.value


async def all_webhooks(session: Session) -> Sequence[WebhookRow]:
    """Every webhook, oldest first."""
    return (await session.scalars(select(WebhookRow).order_by(WebhookRow.created_at, WebhookRow.id))).all()


async def webhook(session: Session, webhook_id: str, *, lock: bool = False) -> WebhookRow | None:
    """One webhook; ``lock`` keeps it from other writers until the commit."""
    query = select(WebhookRow).where(WebhookRow.id == webhook_id)
    return await session.scalar(query.with_for_update() if lock else query)


async def remove(session: Session, webhook_id: str) -> bool:
    """Remove a webhook and all that it was told; whether it was there."""
    await session.execute(delete(WebhookDeliveryRow).where(WebhookDeliveryRow.webhook_id == webhook_id))
    gone = delete(WebhookRow).where(WebhookRow.id == webhook_id).returning(WebhookRow.id)
    return bool((await session.scalars(gone)).all())


async def add_deliveries(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store new deliveries, in this order."""
    if rows:
        await session.execute(insert(table(WebhookDeliveryRow)), list(rows))


async def pending(session: Session, webhook_id: str) -> int:
    """How many deliveries a webhook still has to get."""
    return await session.scalar(select(func.count()).where(WebhookDeliveryRow.webhook_id == webhook_id, _PENDING)) or 0


def _due(webhook_id: str, now: datetime) -> Any:
    """What may be sent now: of each lane the first that is pending, where its time has come and nobody is at it."""
    first = (
        select(func.min(WebhookDeliveryRow.number).label("number"))
        .where(WebhookDeliveryRow.webhook_id == webhook_id, _PENDING)
        .group_by(WebhookDeliveryRow.lane)
        .subquery()
    )
    return (
        select(WebhookDeliveryRow)
        .join(first, WebhookDeliveryRow.number == first.c.number)
        .where(
            WebhookDeliveryRow.next_at <= now,
            or_(WebhookDeliveryRow.lease.is_(None), WebhookDeliveryRow.lease_until < now),
        )
        .order_by(WebhookDeliveryRow.next_at, WebhookDeliveryRow.number)
    )


async def due(session: Session, webhook_id: str, now: datetime, *, limit: int) -> Sequence[WebhookDeliveryRow]:
    """The deliveries of a webhook that may be sent now."""
    return (await session.scalars(_due(webhook_id, now).limit(limit))).all()


async def delivery(
    session: Session, delivery_id: str, webhook_id: str | None = None, *, lock: bool = False
) -> WebhookDeliveryRow | None:
    """One delivery, of this webhook."""
    query = select(WebhookDeliveryRow).where(WebhookDeliveryRow.id == delivery_id)
    if webhook_id is not None:
        query = query.where(WebhookDeliveryRow.webhook_id == webhook_id)
    return await session.scalar(query.with_for_update() if lock else query)


async def deliveries(
    session: Session, webhook_id: str, *, state: str | None, before: int | None, limit: int
) -> Sequence[WebhookDeliveryRow]:
    """The deliveries of a webhook, newest first, before a number."""
    query = select(WebhookDeliveryRow).where(WebhookDeliveryRow.webhook_id == webhook_id)
    if state is not None:
        query = query.where(WebhookDeliveryRow.state == state)
    if before is not None:
        query = query.where(WebhookDeliveryRow.number < before)
    return (await session.scalars(query.order_by(WebhookDeliveryRow.number.desc()).limit(limit))).all()


async def send_failed_again(session: Session, webhook_id: str, since: datetime, now: datetime) -> int:
    """Send anew, in their order, what was given up since a time; how many. Not in the lanes of what is new."""
    lane = WebhookDeliveryRow.lane
    aside = case((lane.startswith(AGAIN), lane), else_=literal(AGAIN) + lane)
    again = (
        update(WebhookDeliveryRow)
        .where(
            WebhookDeliveryRow.webhook_id == webhook_id,
            WebhookDeliveryRow.state == DeliveryState.FAILED.value,
            WebhookDeliveryRow.created_at >= since,
        )
        .values(state=DeliveryState.PENDING.value, lane=aside, next_at=now, failures=0, settled_at=None, lease=None)
        .returning(WebhookDeliveryRow.number)
    )
    return len((await session.scalars(again)).all())


async def hasten(session: Session, webhook_id: str, now: datetime) -> None:
    """Let everything that waits for another try have it now."""
    waiting = update(WebhookDeliveryRow).where(
        WebhookDeliveryRow.webhook_id == webhook_id, _PENDING, WebhookDeliveryRow.next_at > now
    )
    await session.execute(waiting.values(next_at=now))


async def end_leases(session: Session) -> None:
    """Let go of what a process that is gone was at; for the only process on its database."""
    held = update(WebhookDeliveryRow).where(WebhookDeliveryRow.lease.is_not(None))
    await session.execute(held.values(lease=None, lease_until=None))


async def forget_settled(session: Session, before: datetime) -> None:
    """Forget what was delivered or given up before a time."""
    await session.execute(delete(WebhookDeliveryRow).where(WebhookDeliveryRow.settled_at < before))


async def waiting(session: Session) -> tuple[int, datetime | None]:
    """How many deliveries wait at webhooks that are on, and since when the oldest does."""
    query = (
        select(func.count(), func.min(WebhookDeliveryRow.created_at))
        .join(WebhookRow, WebhookRow.id == WebhookDeliveryRow.webhook_id)
        .where(_PENDING, WebhookRow.on)
    )
    count, oldest = (await session.execute(query)).one()
    return count, oldest


async def untold(session: Session, position: int) -> bool:
    """Whether the desk's feed goes on after a number, what has none yet included."""
    after = select(EventRow.seq).where(or_(EventRow.number > position, EventRow.number.is_(None))).limit(1)
    return (await session.scalar(after)) is not None
