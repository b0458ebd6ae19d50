"""Routes of inboxes: where customers write from, which pages may, who has to sign in, and the keys that vouch."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path

from chatbot.api.schemas import inboxes as schemas
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep
from chatbot.service.visitors import inbox_keys, inboxes
from chatbot.service.visitors.inbox_keys import InboxKey
from chatbot.service.visitors.inboxes import Change, Inbox
from chatbot.storage.database import Session

router = APIRouter(prefix="/v1/inboxes", tags=["desk"], dependencies=FOR_THE_TEAM)

_FOUND = responses(401, 404, 413)
Id = Annotated[str, Path(max_length=40)]


@router.get("", responses=responses(401))
async def list_inboxes(server: RunningDep) -> schemas.Inboxes:
    """Every inbox with its keys, ended ones included."""
    async with server.database.read() as session:
        found = [await _given(session, each) for each in await inboxes.list_all(session)]
    return schemas.Inboxes(inboxes=found, allowed_origins=list(server.settings.allowed_origins))


@router.post("", status_code=201, responses=responses(401, 413))
async def make_inbox(
    body: schemas.InboxRequest, actor: ActorDep, work: WorkDep, server: RunningDep
) -> schemas.InboxGiven:
    """Make an inbox; its id goes into the page: `<support-chat inbox="ID">`."""
    made = await inboxes.create(work.session, _change(body), server.clock, actor=actor)
    return await _given(work.session, made)


@router.put("/{inbox_id}", responses=_FOUND)
async def change_inbox(
    inbox_id: Id, body: schemas.InboxRequest, actor: ActorDep, work: WorkDep, server: RunningDep
) -> schemas.InboxGiven:
    """Change what is given of an inbox. Servers know within two seconds."""
    changed = await inboxes.alter(work.session, inbox_id, _change(body), server.clock, actor=actor)
    return await _given(work.session, changed)


@router.post("/{inbox_id}/keys", status_code=201, responses=_FOUND)
async def make_key(
    inbox_id: Id, body: schemas.KeyRequest, actor: ActorDep, work: WorkDep, server: RunningDep
) -> schemas.InboxKeyMade:
    """Add a key; those before it of the same kind end after the overlap. The secret is shown once."""
    key, secret, _ = await inbox_keys.rotate_key(
        work.session,
        inbox_id,
        body.algorithm,
        server.encryptor,
        server.clock,
        overlap=timedelta(hours=body.overlap_hours),
        given=body.public_key,
        actor=actor,
    )
    return schemas.InboxKeyMade(**_key(key).model_dump(), secret=secret or None)


@router.delete("/keys/{key_id}", responses=_FOUND)
async def revoke_key(key_id: Id, actor: ActorDep, work: WorkDep, server: RunningDep) -> schemas.InboxKeyGiven:
    """Believe a key no longer: whoever signed in by it is signed out at once."""
    return _key(await inbox_keys.revoke_key(work.session, key_id, server.clock, actor=actor))


def _change(body: schemas.InboxRequest) -> Change:
    return Change(
        name=body.name,
        origins=None if body.origins is None else tuple(body.origins),
        frame_ancestors=None if body.frame_ancestors is None else tuple(body.frame_ancestors),
        verified_only=body.verified_only,
        rate=body.rate,
    )


async def _given(session: Session, inbox: Inbox) -> schemas.InboxGiven:
    return schemas.InboxGiven(
        id=inbox.id,
        name=inbox.name,
        origins=list(inbox.origins),
        frame_ancestors=list(inbox.frame_ancestors),
        verified_only=inbox.verified_only,
        rate=inbox.rate,
        keys=[_key(each) for each in await inbox_keys.list_keys(session, inbox.id)],
    )


def _key(key: InboxKey) -> schemas.InboxKeyGiven:
    return schemas.InboxKeyGiven(
        id=key.id,
        algorithm=key.algorithm,
        created_at=key.created_at.isoformat(),
        expires_at=key.expires_at.isoformat() if key.expires_at else None,
        revoked_at=key.revoked_at.isoformat() if key.revoked_at else None,
    )
