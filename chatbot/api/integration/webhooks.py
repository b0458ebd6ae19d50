"""Routes of webhooks: where other systems are told of what happens, what they were told, whether a request is ours."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from chatbot.api.schemas import webhooks as schemas
from chatbot.api.transport.cursors import Cursor
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep
from chatbot.errors import InputError
from chatbot.service.access.wellformed import moment
from chatbot.service.webhooks import deliveries, endpoints, events, sending
from chatbot.service.webhooks.endpoints import Change, Webhook
from chatbot.storage.tables.webhooks import DeliveryState

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], dependencies=FOR_THE_TEAM)

_FOUND = responses(401, 404)
_CHANGES = responses(401, 404, 413, 502)
Id = Annotated[str, Path(max_length=40)]
_HIGHEST = 2**63 - 1


@router.get("", responses=responses(401))
async def list_webhooks(server: RunningDep) -> schemas.Webhooks:
    """Every webhook and how it does; never the secrets. Beside them the types of events."""
    async with server.database.read() as session:
        found = await endpoints.list_all(session)
    return schemas.Webhooks(webhooks=[_given(each) for each in found], types=events.MEANING)


@router.post("", status_code=201, responses=responses(401, 413, 502))
async def make_webhook(
    body: schemas.WebhookRequest, actor: ActorDep, work: WorkDep, server: RunningDep
) -> schemas.WebhookMade:
    """Tell another system of what happens from now on. Its secret is shown once. 502 `address_refused`: not public."""
    change = Change(url=body.url, description=body.description, types=body.types)
    made, secret = await endpoints.create(
        work.session, change, server.door, server.encryptor, server.clock, secret=body.secret, actor=actor
    )
    return schemas.WebhookMade(**_given(made).model_dump(), secret=secret)


@router.get("/{webhook_id}", responses=_FOUND)
async def one_webhook(webhook_id: Id, server: RunningDep) -> schemas.WebhookGiven:
    """One webhook and how it does."""
    async with server.database.read() as session:
        return _given(await endpoints.one(session, webhook_id))


@router.put("/{webhook_id}", responses=_CHANGES)
async def change_webhook(
    webhook_id: Id, body: schemas.WebhookChange, actor: ActorDep, work: WorkDep, server: RunningDep
) -> schemas.WebhookGiven:
    """Change a webhook, switch it off or on again: then it gets all that happened meanwhile."""
    change = Change(url=body.url, description=body.description, types=body.types, on=body.on)
    return _given(await endpoints.alter(work.session, webhook_id, change, server.door, server.clock, actor=actor))


@router.delete("/{webhook_id}", status_code=204, responses=_FOUND)
async def remove_webhook(webhook_id: Id, actor: ActorDep, work: WorkDep, server: RunningDep) -> None:
    """Remove a webhook and what is kept of its deliveries; what is pending is not sent."""
    await endpoints.remove(work.session, webhook_id, server.clock, actor=actor)


@router.post("/{webhook_id}/secret", status_code=201, responses=_CHANGES)
async def rotate(
    webhook_id: Id, body: schemas.RotateRequest, actor: ActorDep, work: WorkDep, server: RunningDep
) -> schemas.WebhookMade:
    """Draw another secret, shown once. Until the overlap is over, requests carry a signature by each."""
    overlap = timedelta(hours=body.overlap_hours)
    changed, secret = await endpoints.rotate(
        work.session, webhook_id, server.encryptor, server.clock, overlap=overlap, actor=actor
    )
    return schemas.WebhookMade(**_given(changed).model_dump(), secret=secret)


@router.post("/{webhook_id}/test", responses=_FOUND)
async def send_test(webhook_id: Id, server: RunningDep) -> schemas.DeliveryGiven:
    """Send a `webhook.test` now and wait for what comes of it, fifteen seconds at most."""
    sent = await sending.send_test(server.database, server.door, webhook_id, server.encryptor, server.clock)
    return schemas.DeliveryGiven(**sent)


@router.post("/{webhook_id}/verification", responses=responses(401, 404, 413))
async def verify(webhook_id: Id, body: schemas.VerificationRequest, server: RunningDep) -> schemas.Verified:
    """Whether a request, as your system received it, is one of this webhook; and if not, which part of it is wrong."""
    async with server.database.read() as session:
        said = await endpoints.verify(session, webhook_id, body.headers, body.body, server.encryptor, server.clock)
    return schemas.Verified(valid=said.valid, why=said.why)


@router.get("/{webhook_id}/deliveries", responses=_FOUND)
async def list_deliveries(
    webhook_id: Id,
    server: RunningDep,
    state: DeliveryState | None = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.Deliveries:
    """What it was told and is to be, newest first, each with what is sent and what came back."""
    async with server.database.read() as session:
        found, following = await deliveries.listed(
            session, webhook_id, state=state and state.value, before=_read(cursor), limit=limit
        )
    listed = [schemas.DeliveryGiven(**each) for each in found]
    return schemas.Deliveries(deliveries=listed, next=None if following is None else _written(following))


@router.post("/{webhook_id}/deliveries/resend", responses=responses(401, 404, 413))
async def resend_failed(
    webhook_id: Id, body: schemas.ResendRequest, work: WorkDep, server: RunningDep
) -> schemas.Resent:
    """Send anew all that was given up of what happened since a time, in its order."""
    since = moment(body.since)
    return schemas.Resent(count=await deliveries.resend_failed(work.session, webhook_id, since, server.clock))


@router.post("/{webhook_id}/deliveries/{delivery_id}/resend", responses=_FOUND)
async def resend(webhook_id: Id, delivery_id: Id, work: WorkDep, server: RunningDep) -> schemas.DeliveryGiven:
    """Send one delivery anew, under the same `webhook-id`; one that waits for its next try has it now."""
    return schemas.DeliveryGiven(**await deliveries.resend(work.session, webhook_id, delivery_id, server.clock))


def _given(webhook: Webhook) -> schemas.WebhookGiven:
    def text(at: datetime | None) -> str | None:
        return None if at is None else at.isoformat()

    return schemas.WebhookGiven(
        id=webhook.id,
        url=webhook.url,
        description=webhook.description,
        types=list(webhook.types),
        on=webhook.on,
        off_because=webhook.off_because,
        failures=webhook.failures,
        failing_since=text(webhook.failing_since),
        warned=webhook.warned,
        delivered_at=text(webhook.delivered_at),
        old_until=text(webhook.old_until),
        pending=webhook.pending,
        by=webhook.by,
        created_at=webhook.created_at.isoformat(),
    )


def _written(number: int) -> str:
    return urlsafe_b64encode(str(number).encode()).decode()


def _read(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    try:
        number = int(urlsafe_b64decode(cursor.encode()).decode("ascii"))
    except (binascii.Error, ValueError):
        number = -1
    if not 0 <= number <= _HIGHEST:
        raise InputError("cursor is none that a page of this list gave as `next`.")
    return number
