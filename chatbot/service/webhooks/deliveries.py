"""What a webhook is told: written from the desk's feed, taken to be sent, listed, sent again. Sends nothing itself.

A delivery is pending until it is delivered or given up. Those of one conversation go one at a time, in order; what is
sent again by hand goes in a lane of its own, so that it holds up nothing new.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chatbot.errors import NotFoundError
from chatbot.service.audit import Act, Actor, record
from chatbot.service.webhooks import events, schedule
from chatbot.service.webhooks.endpoints import keys_of
from chatbot.storage.queries import events as log
from chatbot.storage.queries import webhooks as stored
from chatbot.storage.tables.webhooks import DeliveryState, WebhookDeliveryRow

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.clock import Clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.webhooks.schedule import Attempt
    from chatbot.storage.database import Session
    from chatbot.storage.tables.webhooks import WebhookRow

PAGE = 500
"""Events of the feed that are read at once."""
_MOST_PENDING = 5000  # of one webhook; what comes after waits in the feed, where it is as safe
_LEASE = timedelta(seconds=45)  # longer than any try
_SYSTEM = Actor("webhooks", "system")


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery that was taken to be sent now."""

    id: str
    webhook_id: str
    url: str
    body: str
    keys: tuple[str, ...]


async def tell(session: Session, webhook: WebhookRow, clock: Clock) -> bool:
    """Write what the feed holds after the webhook's position, which moves in the same transaction; whether it has more.

    So nothing is left out and nothing comes twice, whenever the process dies. The webhook's row is locked.
    """
    if await stored.pending(session, webhook.id) >= _MOST_PENDING:
        return False
    found = await log.numbered_after(session, webhook.position, limit=PAGE)
    rows = []
    for event in found:
        if (said := events.told(event, webhook.types)) is not None:
            rows.append(_row(clock, webhook.id, *said, event.conversation_id))
        webhook.position = event.number
    await stored.add_deliveries(session, rows)
    return len(found) == PAGE


async def take(
    session: Session, webhook: WebhookRow, holder: str, encryptor: Encryptor, clock: Clock, *, most: int
) -> list[Job]:
    """Take what may be sent now, by a lease. The webhook's row is locked."""
    now = clock.now()
    if most <= 0 or (webhook.not_before is not None and webhook.not_before > now):
        return []
    keys = tuple(keys_of(webhook, encryptor, now))
    jobs = []
    for row in await stored.due(session, webhook.id, now, limit=most):
        row.lease, row.lease_until = holder, now + _LEASE
        jobs.append(Job(row.id, webhook.id, webhook.url, row.body, keys))
    return jobs


async def begin_test(session: Session, webhook_id: str, holder: str, encryptor: Encryptor, clock: Clock) -> Job:
    """A delivery that nothing has caused, taken at once.

    Raises:
        NotFoundError: there is no such webhook.

    """
    webhook = await stored.webhook(session, webhook_id)
    if webhook is None:
        raise NotFoundError(f"There is no webhook {webhook_id}.")
    now = clock.now()
    row = _row(clock, webhook_id, events.TEST, events.body(events.TEST, now, {"webhook_id": webhook_id}), None)
    row |= {"lease": holder, "lease_until": now + _LEASE}
    await stored.add_deliveries(session, [row])
    return Job(row["id"], webhook_id, webhook.url, row["body"], tuple(keys_of(webhook, encryptor, now)))


async def end_test(session: Session, job: Job, attempt: Attempt, clock: Clock) -> dict[str, Any]:
    """Write down how a test went; it has no second try, and counts neither for nor against the webhook."""
    row = await stored.delivery(session, job.id, lock=True)
    if row is None:
        raise NotFoundError("The webhook was removed meanwhile.")
    schedule.note(row, attempt)
    row.state = (DeliveryState.DELIVERED if attempt.well else DeliveryState.FAILED).value
    row.settled_at = clock.now()
    return _shown(row)


async def settle(session: Session, job: Job, holder: str, attempt: Attempt, clock: Clock) -> str | None:
    """Write down how a try went: the state that the delivery is in now; None where it is another's by now, or gone."""
    webhook = await stored.webhook(session, job.webhook_id, lock=True)
    row = await stored.delivery(session, job.id, lock=True)
    if webhook is None or row is None or row.lease != holder:
        return None
    outcome = schedule.settle(row, webhook, attempt, clock)
    state = row.state
    if outcome.caught_up:
        await session.flush()
        await stored.hasten(session, webhook.id, clock.now())
    if outcome.warn or outcome.off:
        act = Act.WEBHOOK_OFF if outcome.off else Act.WEBHOOK_FAILING
        since = webhook.failing_since and webhook.failing_since.isoformat()
        held = {"url": webhook.url, "failures": webhook.failures, "since": since, "why": webhook.off_because}
        await record(session, clock.now(), _SYSTEM, act, webhook.id, **held)
    return state


async def listed(
    session: Session, webhook_id: str, *, state: str | None = None, before: int | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], int | None]:
    """Deliveries, newest first, each with what was sent and what came back; and the number to go on before.

    Raises:
        NotFoundError: there is no such webhook.

    """
    if await stored.webhook(session, webhook_id) is None:
        raise NotFoundError(f"There is no webhook {webhook_id}.")
    rows = await stored.deliveries(session, webhook_id, state=state, before=before, limit=limit + 1)
    return [_shown(row) for row in rows[:limit]], rows[limit - 1].number if len(rows) > limit else None


async def resend(session: Session, webhook_id: str, delivery_id: str, clock: Clock) -> dict[str, Any]:
    """Send a delivery anew, under the id that it had; one that is pending is tried at once.

    Raises:
        NotFoundError: there is no such delivery (any more).

    """
    row = await stored.delivery(session, delivery_id, webhook_id, lock=True)
    if row is None:
        raise NotFoundError("There is no such delivery; what is long settled is forgotten.")
    if row.state != DeliveryState.PENDING:
        row.state, row.settled_at, row.failures = DeliveryState.PENDING.value, None, 0
        row.lane = row.lane if row.lane.startswith(stored.AGAIN) else f"{stored.AGAIN}{row.lane}"
    row.next_at = clock.now()
    await session.flush()
    return _shown(row)


async def resend_failed(session: Session, webhook_id: str, since: datetime, clock: Clock) -> int:
    """Send anew all that was given up of what happened since a time, in its order; how many.

    Raises:
        NotFoundError: there is no such webhook.

    """
    if await stored.webhook(session, webhook_id, lock=True) is None:
        raise NotFoundError(f"There is no webhook {webhook_id}.")
    return await stored.send_failed_again(session, webhook_id, since, clock.now())


def _row(clock: Clock, webhook_id: str, name: str, body: str, conversation_id: str | None) -> dict[str, Any]:
    named, now = clock.new_id("msg"), clock.now()
    return {
        "id": named,
        "webhook_id": webhook_id,
        "type": name,
        "conversation_id": conversation_id,
        "lane": conversation_id or named,
        "body": body,
        "state": DeliveryState.PENDING.value,
        "created_at": now,
        "next_at": now,
        "failures": 0,
        "tries": [],
    }


def _shown(row: WebhookDeliveryRow) -> dict[str, Any]:
    pending = row.state == DeliveryState.PENDING
    return {
        "id": row.id,
        "type": row.type,
        "conversation_id": row.conversation_id,
        "state": row.state,
        "created_at": row.created_at.isoformat(),
        "next_at": row.next_at.isoformat() if pending else None,
        "body": row.body,
        "tries": row.tries,
        "answer": row.answer,
    }
