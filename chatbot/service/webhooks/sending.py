"""The loop that sends webhooks: reads the feed, takes what is due by leases, posts it, writes down how it went.

A webhook has a few requests under way at once and no more, so that one that stalls keeps no other waiting. What a
process was at when it died is sent again, under the same id: at least once, never not at all.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from chatbot.errors import InputError, NotReadyError
from chatbot.service.outgoing.door import OutgoingError
from chatbot.service.realtime import feed
from chatbot.service.realtime.hub import DESK
from chatbot.service.webhooks import deliveries, endpoints, signing
from chatbot.service.webhooks.metrics import WebhookMetrics
from chatbot.service.webhooks.schedule import Attempt
from chatbot.storage.queries import webhooks as stored

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from chatbot.clock import Clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.background.loops import Heart, Loop, Loops
    from chatbot.service.outgoing.door import Client, Door
    from chatbot.service.realtime.hub import Hub, Listener
    from chatbot.service.webhooks.deliveries import Job
    from chatbot.settings import Settings
    from chatbot.storage.database import Database

_LOOK_SECONDS = 2.0
_SWEEP_SECONDS = 600.0
_COUNT_SECONDS = 10.0
_AT_ONCE = 8  # requests to one webhook
_SECONDS = 15.0  # for one request, from its connection to the end of the answer
_ANSWER = 4000  # bytes
_UNREADABLE = timedelta(minutes=5)
QUIET_SECONDS = 120.0
"""How long the loop may take for one round."""


class Sender:
    """One server's sending. Build it inside the event loop."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        hub: Hub,
        door: Door,
        encryptor: Encryptor,
        clock: Clock,
        registry: CollectorRegistry,
    ) -> None:
        self._database = database
        self._hub = hub
        self._door = door
        self._encryptor = encryptor
        self._clock = clock
        self._metrics = WebhookMetrics(registry)
        self._keep = timedelta(days=settings.webhook_days)
        self._holder = clock.new_id("s")
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: Counter[str] = Counter()
        self._next_sweep = self._next_count = 0.0
        self._log = structlog.get_logger("webhooks")

    def start(self, loops: Loops) -> Loop:
        """Begin to send."""
        return loops.start("sending webhooks", self.run, quiet=QUIET_SECONDS)

    async def run(self, heart: Heart) -> None:
        """Send until cancelled."""
        if not self._database.server:  # nobody else has this database: what is leased was ours, before we died
            async with self._database.write() as session:
                await stored.end_leases(session)
        async with self._door.open(connections=endpoints.MOST * _AT_ONCE) as client:
            with self._hub.listen(DESK) as listener:
                try:
                    while True:
                        await self._look(heart, client, listener)
                finally:
                    for task in self._tasks:
                        task.cancel()
                    await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _look(self, heart: Heart, client: Client, listener: Listener) -> None:
        """One round, and the wait for the next. Where there is no webhook nobody is woken by every event."""
        listener.drain()
        try:
            some = await self._round(client, listener)
            heart.beat()
        except Exception as error:  # noqa: BLE001 - logged, and told by the heart
            self._log.exception("webhooks could not be sent")
            heart.failed(error)
            some = False
        if some:
            await listener.wait(_LOOK_SECONDS)
        else:
            await asyncio.sleep(_LOOK_SECONDS)

    async def _round(self, client: Client, listener: Listener) -> bool:
        async with self._database.read() as session:
            found = [row for row in await stored.all_webhooks(session) if row.on]
            work = [row.id for row in found if await self._has_work(session, row)]
        if work:
            await feed.number(self._database)
        for webhook_id in work:
            for job in await self._take(webhook_id, listener):
                self._begin(client, listener, job)
        await self._now_and_then(any_there=bool(found))
        return bool(found)

    async def _has_work(self, session: Any, row: Any) -> bool:
        if await stored.untold(session, row.position):
            return True
        free, now = _AT_ONCE - self._busy[row.id], self._clock.now()
        paused = row.not_before is not None and row.not_before > now
        return free > 0 and not paused and bool(await stored.due(session, row.id, now, limit=1))

    async def _take(self, webhook_id: str, listener: Listener) -> list[Job]:
        """Write what is new for a webhook, and take what is due."""
        async with self._database.write() as session:
            webhook = await stored.webhook(session, webhook_id, lock=True)
            if webhook is None or not webhook.on:
                return []
            if await deliveries.tell(session, webhook, self._clock):
                listener.notify()  # there is more
            free = _AT_ONCE - self._busy[webhook_id]
            try:
                return await deliveries.take(session, webhook, self._holder, self._encryptor, self._clock, most=free)
            except NotReadyError as error:
                webhook.not_before = self._clock.now() + _UNREADABLE
                self._log.error("a webhook's secret cannot be read", webhook=webhook_id, why=str(error))
                return []

    def _begin(self, client: Client, listener: Listener, job: Job) -> None:
        self._busy[job.webhook_id] += 1
        task = asyncio.create_task(self._deliver(client, job))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, listener, job))

    def _ended(self, listener: Listener, job: Job, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._busy[job.webhook_id] -= 1
        listener.notify()
        if not task.cancelled() and (error := task.exception()) is not None:  # the lease runs out, and it is sent again
            self._log.error("a webhook's try was not written down", error=type(error).__name__, webhook=job.webhook_id)

    async def _deliver(self, client: Client, job: Job) -> None:
        attempt = await post(client, job, self._clock)
        async with self._database.write() as session:
            state = await deliveries.settle(session, job, self._holder, attempt, self._clock)
        if state is not None:
            self._metrics.tries.labels(state if attempt.well or state == "failed" else "retry").inc()

    async def _now_and_then(self, *, any_there: bool) -> None:
        """Count what waits, and forget what is long settled."""
        now = time.monotonic()
        if now >= self._next_count:
            self._next_count = now + _COUNT_SECONDS
            count, oldest = 0, None
            if any_there:
                async with self._database.read() as session:
                    count, oldest = await stored.waiting(session)
            self._metrics.pending.set(count)
            self._metrics.lag.set(0 if oldest is None else (self._clock.now() - oldest).total_seconds())
        if now >= self._next_sweep:
            self._next_sweep = now + _SWEEP_SECONDS
            async with self._database.write() as session:
                await stored.forget_settled(session, self._clock.now() - self._keep)


async def post(client: Client, job: Job, clock: Clock) -> Attempt:
    """Send a delivery once. What is answered is kept only where anybody could have asked."""
    at, began = clock.now(), time.monotonic()
    headers = {"Content-Type": "application/json", "User-Agent": "Understudy-Webhooks/1"}
    headers |= signing.headers(job.id, job.body, job.keys, at)
    try:
        answer = await client.ask(
            "POST", job.url, headers=headers, content=job.body.encode(), most=_ANSWER, seconds=_SECONDS
        )
    except (OutgoingError, InputError) as error:
        return Attempt(at, _since(began), error=str(error))
    except Exception as error:  # noqa: BLE001 - whatever a receiver brings about is a failed try
        structlog.get_logger("webhooks").exception("a webhook's try broke")
        return Attempt(at, _since(began), error=type(error).__name__)
    said = answer.body.decode("utf-8", "replace").replace("\0", "\ufffd") if answer.public else None
    return Attempt(at, _since(began), answer.status, answer=said, headers=answer.headers)


async def send_test(
    database: Database, door: Door, webhook_id: str, encryptor: Encryptor, clock: Clock
) -> dict[str, Any]:
    """Send a test at once, wait for what comes of it, and show that.

    Raises:
        NotFoundError: there is no such webhook.

    """
    holder = clock.new_id("s")
    async with database.write() as session:
        job = await deliveries.begin_test(session, webhook_id, holder, encryptor, clock)
    async with door.open() as client:
        attempt = await post(client, job, clock)
    async with database.write() as session:
        return await deliveries.end_test(session, job, attempt, clock)


def _since(began: float) -> int:
    return round(1000 * (time.monotonic() - began))
