"""Routes for admins: the desk's people, its API keys, and the log of what was done to both.

What changes takes a password that was typed within ten minutes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from chatbot.api.agent.sign_ins import person_given
from chatbot.api.schemas import people as schemas
from chatbot.api.transport.dependencies import RunningDep, WorkDep, running
from chatbot.api.transport.long_polling import HIGHEST_SEQ
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep
from chatbot.service import audit
from chatbot.service.access import api_keys, factors, links, people
from chatbot.service.access.api_keys import ApiKey

router = APIRouter(prefix="/v1", tags=["people"], dependencies=FOR_THE_TEAM)

_CHANGES = responses(401, 404, 409, 413)
Id = Annotated[str, Path(max_length=40)]


@router.get("/people", responses=responses(401))
async def list_people(server: RunningDep) -> schemas.People:
    """Everybody at the desk, by name, disabled ones included."""
    async with server.database.read() as session:
        found = await people.listed(session)
    return schemas.People(people=[schemas.PersonGiven(**person_given(each)) for each in found])


@router.post("/people", status_code=201, responses=responses(401, 409, 413))
async def invite(
    body: schemas.InviteRequest, request: Request, actor: ActorDep, work: WorkDep, server: RunningDep
) -> schemas.Invited:
    """Invite somebody: hand them the link, which is good once and for seven days."""
    named: dict[str, Any] = {"email": body.email, "name": body.name, "role": body.role}
    return _linked(request, await people.invite(work.session, server.clock, actor, **named))


@router.put("/people/{person_id}/role", responses=_CHANGES)
async def change_role(
    person_id: Id, body: schemas.RoleRequest, actor: ActorDep, work: WorkDep, server: RunningDep
) -> schemas.PersonGiven:
    """Give somebody another role; they are signed out and sign in under it. 409 `last_admin`: nobody else is one."""
    return await _changed(people.change_role, person_id, body.role, actor=actor, work=work, server=server)


@router.post("/people/{person_id}/disable", responses=_CHANGES)
async def disable(person_id: Id, actor: ActorDep, work: WorkDep, server: RunningDep) -> schemas.PersonGiven:
    """Let somebody in no more, from now on. 409 `last_admin`: nobody else is one."""
    return await _changed(people.disable, person_id, actor=actor, work=work, server=server)


@router.post("/people/{person_id}/enable", responses=_CHANGES)
async def enable(person_id: Id, actor: ActorDep, work: WorkDep, server: RunningDep) -> schemas.PersonGiven:
    """Let somebody in again, by the password they had."""
    return await _changed(people.enable, person_id, actor=actor, work=work, server=server)


@router.post("/people/{person_id}/link", status_code=201, responses=_CHANGES)
async def link(person_id: Id, request: Request, actor: ActorDep, work: WorkDep, server: RunningDep) -> schemas.Invited:
    """A link for a new password, good once and for an hour; for who has not come yet, their invitation anew."""
    return _linked(request, await people.new_link(work.session, server.clock, actor, person_id))


@router.delete("/people/{person_id}/totp", status_code=204, responses=_CHANGES)
async def remove_factor(person_id: Id, actor: ActorDep, work: WorkDep, server: RunningDep) -> None:
    """Take away the second factor of who lost app and recovery codes, their passkeys and their link to a provider."""
    person = await people.find(work.session, person_id)
    await factors.take_away(work.session, server.clock.now(), actor, person.id)


@router.get("/keys", responses=responses(401))
async def list_keys(server: RunningDep) -> schemas.Keys:
    """Every API key, oldest first; never the keys themselves."""
    return schemas.Keys(keys=[_key(each) for each in await api_keys.list_all(server.database)])


@router.post("/keys", status_code=201, responses=responses(401, 413))
async def make_key(body: schemas.KeyRequest, actor: ActorDep, server: RunningDep) -> schemas.KeyMade:
    """Make an API key. It is shown once; only its hash is stored."""
    held: dict[str, Any] = {"scopes": body.scopes, "agent": body.agent}
    return schemas.KeyMade(key=await api_keys.create(server.database, body.name, server.clock, **held, actor=actor))


@router.delete("/keys/{key_id}", responses=responses(401, 404))
async def revoke_key(key_id: Id, actor: ActorDep, server: RunningDep) -> schemas.KeyGiven:
    """Revoke a key: it is refused at once."""
    return _key(await api_keys.revoke(server.database, key_id, server.clock, actor=actor))


@router.get("/audit", responses=responses(401))
async def audit_log(
    actor: ActorDep,
    work: WorkDep,
    server: RunningDep,
    after: Annotated[int, Query(ge=0, le=HIGHEST_SEQ, description="`next` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> schemas.AuditLog:
    """The audit log, oldest first. Whoever begins to read it is in it."""
    if not after:
        await audit.record(work.session, server.clock.now(), actor, audit.Act.EXPORTED, "audit log")
    found = await audit.page(work.session, after, limit)
    following = found[-1]["seq"] if len(found) == limit else None
    return schemas.AuditLog(lines=[schemas.AuditLine(**line) for line in found], next=following)


async def _changed(
    act: Callable[..., Awaitable[people.Person]], person_id: str, *args: object, actor: Any, work: Any, server: Any
) -> schemas.PersonGiven:
    """Do something to a person: ``act(session, clock, actor, id, …)``."""
    return schemas.PersonGiven(**person_given(await act(work.session, server.clock, actor, person_id, *args)))


def _linked(request: Request, made: tuple[people.Person, str]) -> schemas.Invited:
    base = running(request).settings.public_url or str(request.base_url).rstrip("/")
    return schemas.Invited(**person_given(made[0]), link=links.address(base, made[1]))


def _key(key: ApiKey) -> schemas.KeyGiven:
    return schemas.KeyGiven(
        id=key.id,
        name=key.name,
        hint=key.hint,
        scopes=None if key.scopes is None else list(key.scopes),
        agent=key.agent,
        created_at=key.created_at.isoformat(),
        revoked_at=key.revoked_at.isoformat() if key.revoked_at else None,
    )
