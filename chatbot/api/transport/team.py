"""Dependencies of the team's routes: who calls, another system by its API key or a person by the cookie.

Which of the two opens a route, and what it takes of them, stands in ``permissions``; a route never decides that.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chatbot.api.schemas.agents import AgentName
from chatbot.api.transport import cookies
from chatbot.api.transport.dependencies import Followed, Running, RunningDep, running
from chatbot.api.transport.permissions import KEY_SCHEME, needed
from chatbot.errors import PermissionMissingError, UnauthorisedError
from chatbot.service.access import api_keys, signed_in
from chatbot.service.access.api_keys import ApiKey
from chatbot.service.access.roles import Permission
from chatbot.service.access.scopes import Scope
from chatbot.service.access.signed_in import SignedIn
from chatbot.service.audit import Actor
from chatbot.service.conversations import opening, rights
from chatbot.service.realtime.hub import DESK
from chatbot.service.worklist import views

_system = HTTPBearer(
    auto_error=False, scheme_name=KEY_SCHEME, description="`understudy keys create NAME --scope SCOPE`"
)
_MEANT = "x-person"
"""Whose page it is that asks, by id: tabs of one browser share the cookie, and the next one may be another person's."""
_Key = Annotated[HTTPAuthorizationCredentials | None, Depends(_system)]


async def authorised(request: Request, credentials: _Key) -> ApiKey | SignedIn:
    """Who calls, with the scope or the permission that the route needs.

    A request with an `Authorization` header is judged by that, where keys open the route at all, and its cookie counts
    for nothing.
    """
    needs, server = needed(request.method, request.scope["route"]), running(request)
    cookie = cookies.token(request) if needs.person is not None else None
    if needs.key is not None and (credentials is not None or cookie is None):
        async with server.database.read() as session:
            key = await api_keys.authorise(session, credentials.credentials if credentials else None)
        key.check(needs.key)
        return key
    assert needs.person is not None
    now = server.clock.now()
    async with server.database.read() as session:
        person = await signed_in.holder(session, cookie, now)
    cookies.check_own_page(request, known_by_cookie=True)
    if request.headers.get(_MEANT, person.person.id) != person.person.id:
        raise UnauthorisedError("Somebody else has signed in in this browser.")
    person.check(needs.person)
    if needs.recent:
        person.check_recent(now)
    if not needs.passive:
        await signed_in.note(server.database, person, now)
    request.state.caller = person.person.id
    return person


CallerDep = Annotated[ApiKey | SignedIn, Depends(authorised)]
"""Whoever may call a route that both open."""


Me = Annotated[AgentName | None, Query(description="Who `me` is, where the key does not act for one person.")]


def me(caller: ApiKey | SignedIn, agent: str | None) -> str | None:
    """Who asks, where that is known: a key that acts for anybody need not say."""
    nobody = agent is None and isinstance(caller, ApiKey) and caller.agent is None
    return None if nobody else caller.acting_for(agent)


def check_answers(caller: ApiKey | SignedIn) -> None:
    """Refuse who may not read what customers write, on a route that is for others as well.

    Raises:
        ScopeError: the key lacks the scope.
        PermissionMissingError: the person lacks the permission.

    """
    if isinstance(caller, ApiKey):
        caller.check(Scope.AGENT)
    else:
        caller.check(Permission.ANSWER)


FOR_THE_TEAM = [Depends(authorised)]
"""Dependencies of a router whose routes are for the desk's people and for other systems."""


def _leading(caller: CallerDep) -> None:
    if not caller.leads:
        raise PermissionMissingError("This is for who leads; this key acts for one person.")


LEADS = [Depends(_leading)]
"""Dependencies of a route that only who leads may call."""


async def _person(caller: CallerDep) -> SignedIn:
    assert isinstance(caller, SignedIn)  # no key opens such a route (``permissions``)
    return caller


PersonDep = Annotated[SignedIn, Depends(_person)]
"""Who is signed in, on a route that no key opens."""


async def _actor(request: Request, caller: CallerDep) -> Actor:
    return caller.actor(cookies.address_of(request))


ActorDep = Annotated[Actor, Depends(_actor)]
"""Who the audit log says it was."""


async def _watched(
    conversation_id: str, caller: CallerDep, credentials: _Key, request: Request, server: RunningDep
) -> Followed:
    return await _following(conversation_id, caller, credentials, request, server)


WatchedDep = Annotated[Followed, Depends(_watched)]
"""As ``FollowedDep``, for the team."""


async def _desk(caller: CallerDep, credentials: _Key, request: Request, server: RunningDep) -> Followed:
    return await _following(None, caller, credentials, request, server)


DeskDep = Annotated[Followed, Depends(_desk)]
"""The feed of the whole desk."""


async def _following(
    conversation_id: str | None,
    caller: ApiKey | SignedIn,
    credentials: HTTPAuthorizationCredentials | None,
    request: Request,
    server: Running,
) -> Followed:
    """One conversation, or with None the desk, as long as the key or the sign-in holds."""
    by_key = isinstance(caller, ApiKey)
    token = (credentials.credentials if credentials else "") if by_key else (cookies.token(request) or "")

    async def check() -> int:
        async with server.database.read() as session:
            if by_key:
                await api_keys.authorise(session, token)
            else:
                await signed_in.holder(session, token, server.clock.now())
            if conversation_id is None:
                return await views.reached(session)
            return (await opening.for_agent(session, conversation_id)).last_seq

    if by_key:
        right = rights.of_key(server.database, conversation_id, token)
    else:
        right = rights.of_person(server.database, server.clock, conversation_id, token)
    return Followed(DESK if conversation_id is None else conversation_id, await check(), right, check)
