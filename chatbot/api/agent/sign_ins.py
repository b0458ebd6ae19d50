"""Routes of one's own account: sign in and out, follow a link, type the password again, end other devices.

The answer to a sign-in is the cookie. Every failure reads the same, and takes as long.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from chatbot.api.schemas import people as schemas
from chatbot.api.transport import cookies
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep, PersonDep
from chatbot.service.access import links, second_factor, signed_in
from chatbot.service.access.people import Person
from chatbot.service.access.roles import ROLES, Permission
from chatbot.service.access.signed_in import RECENT, SignedIn

router = APIRouter(prefix="/v1", tags=["people"])
own = APIRouter(prefix="/v1", tags=["people"], dependencies=FOR_THE_TEAM)


@router.post("/session", responses=responses(401, 403, 413))
async def sign_in(body: schemas.SignInRequest, request: Request, response: Response, server: RunningDep) -> schemas.Me:
    """Sign in; the cookie is in the answer. 401 `sign_in_failed` does not tell what was wrong."""
    cookies.check_own_page(request, known_by_cookie=False)
    whence = cookies.whence(request)
    return kept(request, response, await server.sign_ins.sign_in(body.email, body.password, whence, body.code))


@router.post("/links/look", responses=responses(404, 413))
async def look(body: schemas.LinkRequest, server: RunningDep) -> schemas.LinkGiven:
    """What a link is for; it is not used up by that."""
    async with server.database.read() as session:
        link, _ = await links.look(session, body.token, server.clock.now())
    return schemas.LinkGiven(**{**asdict(link), "expires_at": link.expires_at.isoformat()})


@router.post("/links/accept", responses=responses(403, 404, 409, 413))
async def accept(body: schemas.AcceptRequest, request: Request, response: Response, server: RunningDep) -> schemas.Me:
    """Set the password of whoever the link is for, and sign them in. A link works once."""
    cookies.check_own_page(request, known_by_cookie=False)
    named = {"name": body.name, "email": body.email, "code": body.code}
    return kept(
        request, response, await server.sign_ins.accept(body.token, body.password, cookies.whence(request), **named)
    )


@own.post("/session/proof", responses=responses(401, 413))
async def prove(
    body: schemas.ProofRequest, person: PersonDep, request: Request, response: Response, server: RunningDep
) -> schemas.Me:
    """Type the password again; for ten minutes it opens what is dangerous. The cookie is a new one from here on."""
    proved = await server.sign_ins.prove(person, body.password, cookies.address_of(request))
    return kept(request, response, proved)


@own.delete("/session", status_code=204, responses=responses(401))
async def sign_out(person: PersonDep, request: Request, response: Response, work: WorkDep, server: RunningDep) -> None:
    """Sign out here; other devices stay."""
    await signed_in.end(work.session, person, person.id, server.clock.now(), cookies.address_of(request))
    cookies.forget(request, response)


@own.get("/me", responses=responses(401))
async def me(person: PersonDep) -> schemas.Me:
    """Who is signed in, and what they may do."""
    return _me(person)


@own.get("/me/devices", responses=responses(401))
async def devices(person: PersonDep, server: RunningDep) -> schemas.Devices:
    """Where one is signed in, the latest first."""
    async with server.database.read() as session:
        found = await signed_in.devices(session, person, server.clock.now())
    return schemas.Devices(
        devices=[
            schemas.Device(
                id=each.id,
                device=each.device,
                created_at=each.created_at.isoformat(),
                seen_at=each.seen_at.isoformat(),
                here=each.id == person.id,
            )
            for each in found
        ]
    )


@own.delete("/me/devices/{device_id}", status_code=204, responses=responses(401, 404))
async def end_device(
    device_id: Annotated[str, Path(max_length=40)],
    person: PersonDep,
    request: Request,
    work: WorkDep,
    server: RunningDep,
) -> None:
    """Sign out on another device; its next request is refused, and what it follows ends."""
    await signed_in.end(work.session, person, device_id, server.clock.now(), cookies.address_of(request))


@own.post("/me/totp", responses=responses(401))
async def begin_factor(person: PersonDep, work: WorkDep, server: RunningDep) -> schemas.FactorBegun:
    """Begin with an authenticator app: scan the picture, then send a code of it to `/v1/me/totp/confirmation`."""
    begun = await second_factor.begin(work.session, server.encryptor, person.person.id)
    return schemas.FactorBegun(**asdict(begun))


@own.post("/me/totp/confirmation", responses=responses(401, 413))
async def confirm_factor(
    body: schemas.CodeRequest, person: PersonDep, actor: ActorDep, work: WorkDep, server: RunningDep
) -> schemas.RecoveryCodes:
    """Switch the second factor on, by a code that the app shows. From now on signing in takes one."""
    who, now = person.person.id, server.clock.now()
    return schemas.RecoveryCodes(
        codes=await second_factor.confirm(work.session, server.encryptor, now, actor, who, body.code)
    )


@own.delete("/me/totp", status_code=204, responses=responses(401))
async def remove_factor(person: PersonDep, actor: ActorDep, work: WorkDep, server: RunningDep) -> None:
    """Sign in without a second factor again."""
    await second_factor.remove(work.session, server.clock.now(), actor, person.person.id)


def person_given(person: Person) -> dict[str, Any]:
    """A person as JSON."""
    return {**asdict(person), "created_at": person.created_at.isoformat()}


def kept(request: Request, response: Response, made: tuple[str, SignedIn]) -> schemas.Me:
    """Who has just signed in; the browser keeps the token."""
    cookies.keep(request, response, made[0])
    return _me(made[1])


def _me(caller: SignedIn) -> schemas.Me:
    held = ROLES[caller.person.role]
    return schemas.Me(
        **person_given(caller.person),
        permissions=[str(each) for each in Permission if each in held],
        proved_until=(caller.proved_at + RECENT).isoformat(),
    )
