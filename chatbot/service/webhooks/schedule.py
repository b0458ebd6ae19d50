"""What becomes of a delivery, and of its webhook, after a try: when the next one is, when it ends. Stores nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from chatbot.storage.tables.webhooks import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.clock import Clock
    from chatbot.storage.tables.webhooks import WebhookDeliveryRow, WebhookRow

GONE = 410
_SLOW_DOWN = frozenset({429, 502, 504})
_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
_DELAYS = (5 * _SECOND, 5 * _MINUTE, 30 * _MINUTE, *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)))
"""Between a failed try and the next: the standard's. With the first try they are ten, over three days."""
_JITTER = 0.2
_LONGEST_WISH = timedelta(days=1)
_LONGEST_PAUSE = timedelta(hours=1)
_SLOWEST = 5 * _MINUTE
_TOO_MANY, _TOO_LONG, _FOR_GOOD = 10, timedelta(hours=1), timedelta(days=5)
_AWAY = _MINUTE
_TRIES_KEPT = 20


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a try went: a status, or an ``error`` where none came; ``answer`` is its beginning, where it may be kept."""

    at: datetime
    milliseconds: int
    status: int | None = None
    error: str | None = None
    answer: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        """Whether it was taken: redirects are not followed, so they are none."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - 2xx


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be said of a webhook after a try, once each: that it fails, or that it was switched off."""

    warn: bool = False
    off: bool = False
    caught_up: bool = False
    """It was away and is back: what waits need not wait any longer."""


def note(row: WebhookDeliveryRow, attempt: Attempt) -> None:
    """Write down how a try went, and that nobody is at it any more."""
    told = {"at": attempt.at.isoformat(), "ms": attempt.milliseconds, "status": attempt.status, "error": attempt.error}
    row.tries = [*row.tries, told][-_TRIES_KEPT:]
    row.answer, row.lease, row.lease_until = attempt.answer, None, None


def settle(row: WebhookDeliveryRow, webhook: WebhookRow, attempt: Attempt, clock: Clock) -> Outcome:
    """Write down how a try went; the next one is planned, or there is none."""
    now = clock.now()
    note(row, attempt)
    if attempt.well:
        row.state, row.settled_at = DeliveryState.DELIVERED.value, now
        return _well(webhook, now)
    row.failures += 1
    wish = _wish(attempt, now)
    if row.failures > len(_DELAYS) or attempt.status == GONE:
        row.state, row.settled_at = DeliveryState.FAILED.value, now
    else:
        spread = 1 - _JITTER + 2 * _JITTER * clock.chance()
        row.next_at = max(now + spread * _DELAYS[row.failures - 1], wish or now)
    return _badly(webhook, attempt, wish, now)


def _well(webhook: WebhookRow, now: datetime) -> Outcome:
    since = webhook.failing_since
    webhook.failures, webhook.failing_since, webhook.warned_at = 0, None, None
    webhook.slowed, webhook.not_before, webhook.delivered_at = 0, None, now
    return Outcome(caught_up=since is not None and now - since >= _AWAY)


def _badly(webhook: WebhookRow, attempt: Attempt, wish: datetime | None, now: datetime) -> Outcome:
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or now
    if attempt.status in _SLOW_DOWN:
        webhook.slowed += 1
        pause = min(2 ** min(webhook.slowed - 1, 10) * _SECOND, _SLOWEST)
        webhook.not_before = max(now + pause, min(wish or now, now + _LONGEST_PAUSE))
    failing = now - webhook.failing_since
    many = webhook.failures >= _TOO_MANY
    if attempt.status == GONE or (many and failing >= _FOR_GOOD):
        gone = "it answered 410 Gone" if attempt.status == GONE else "it failed for five days"
        webhook.on, webhook.off_because = False, gone
        return Outcome(off=True)
    if many and failing >= _TOO_LONG and webhook.warned_at is None:
        webhook.warned_at = now
        return Outcome(warn=True)
    return Outcome()


def _wish(attempt: Attempt, now: datetime) -> datetime | None:
    """When the receiver wants to be asked again (Retry-After, seconds or a date), a day from now at most."""
    said = attempt.headers.get("retry-after", "").strip()
    try:
        if said.isascii() and said.isdigit():
            return now + min(timedelta(seconds=int(said[:9])), _LONGEST_WISH)
        at = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at, now), now + _LONGEST_WISH)
