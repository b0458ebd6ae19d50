"""Routes of passkeys: one's own are made, listed and removed, and one signs in or shows again who one is.

Each takes two requests: what the browser is to ask the device, and what the device answered.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from chatbot.api.agent.sign_ins import kept
from chatbot.api.schemas import passkeys as schemas
from chatbot.api.schemas.people import Me
from chatbot.api.transport import cookies
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.sites import site_for_passkeys
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep, PersonDep
from chatbot.service.access import passkeys
from chatbot.service.access.passkeys import Passkey

router = APIRouter(prefix="/v1", tags=["people"])
own = APIRouter(prefix="/v1", tags=["people"], dependencies=FOR_THE_TEAM)


@router.post("/session/passkey/options", responses=responses(403, 429))
async def begin_using(request: Request, server: RunningDep) -> schemas.PasskeyOptions:
    """What the browser is to ask a device for that has a passkey; for `/v1/session/passkey` or `/v1/session/proof`."""
    cookies.check_own_page(request, known_by_cookie=False)
    site, address = site_for_passkeys(request), cookies.address_of(request)
    return schemas.PasskeyOptions(options=await server.passkeys.begin_using(site, address))


@router.post("/session/passkey", responses=responses(401, 403, 413))
async def sign_in(body: schemas.PasskeyAnswer, request: Request, response: Response, server: RunningDep) -> Me:
    """Sign in by a passkey alone: the device has verified who is at it. The cookie is in the answer."""
    cookies.check_own_page(request, known_by_cookie=False)
    site, whence = site_for_passkeys(request), cookies.whence(request)
    return kept(request, response, await server.passkeys.sign_in(site, body.passkey, whence))


@own.post("/session/proof/passkey", responses=responses(401, 413))
async def prove(
    body: schemas.PasskeyAnswer, person: PersonDep, request: Request, response: Response, server: RunningDep
) -> Me:
    """Show a passkey where the password would be typed again; the cookie is a new one from here on."""
    site, address = site_for_passkeys(request), cookies.address_of(request)
    return kept(request, response, await server.passkeys.prove(person, site, body.passkey, address))


@own.get("/me/passkeys", responses=responses(401))
async def list_own(person: PersonDep, server: RunningDep) -> schemas.PasskeysGiven:
    """One's passkeys, oldest first."""
    async with server.database.read() as session:
        found = await passkeys.listed(session, person.person.id)
    return schemas.PasskeysGiven(passkeys=[_given(each) for each in found])


@own.post("/me/passkeys/options", responses=responses(401))
async def begin_making(person: PersonDep, request: Request, server: RunningDep) -> schemas.PasskeyOptions:
    """What the browser is to ask a device for that makes a passkey."""
    return schemas.PasskeyOptions(options=await server.passkeys.begin_making(person, site_for_passkeys(request)))


@own.post("/me/passkeys", status_code=201, responses=responses(401, 413))
async def make(
    body: schemas.PasskeyAnswer, person: PersonDep, request: Request, server: RunningDep
) -> schemas.PasskeyGiven:
    """Keep the passkey that the device has made; it signs one in from now on."""
    site, whence = site_for_passkeys(request), cookies.whence(request)
    return _given(await server.passkeys.make(person, site, body.passkey, whence))


@own.delete("/me/passkeys/{passkey_id}", status_code=204, responses=responses(401, 404))
async def remove(
    passkey_id: Annotated[str, Path(max_length=40)],
    person: PersonDep,
    actor: ActorDep,
    work: WorkDep,
    server: RunningDep,
) -> None:
    """Take a passkey away; where it signed one in, one stays signed in."""
    await passkeys.remove(work.session, server.clock.now(), actor, person.person.id, only=passkey_id)


def _given(passkey: Passkey) -> schemas.PasskeyGiven:
    used = passkey.used_at.isoformat() if passkey.used_at else None
    return schemas.PasskeyGiven(
        id=passkey.id, name=passkey.name, host=passkey.host, created_at=passkey.created_at.isoformat(), used_at=used
    )
