"""Which conversations a key reaches by the routes of tickets: one without the scope ``agent`` the tickets alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import Depends, Request

from chatbot.api.transport.dependencies import Running, RunningDep
from chatbot.api.transport.team import FOR_THE_TEAM, CallerDep, check_answers
from chatbot.errors import NotFoundError
from chatbot.service.access.api_keys import ApiKey
from chatbot.service.access.scopes import Scope
from chatbot.service.access.signed_in import SignedIn
from chatbot.service.tickets import views

ONLY_TICKETS = "-channel:chat"
"""What a search says that finds no chats."""


def sees_chats(caller: ApiKey | SignedIn) -> bool:
    """Whether who calls may read what customers write in chats: people, and keys that answer them."""
    return not isinstance(caller, ApiKey) or caller.scopes is None or Scope.AGENT in caller.scopes


async def check_reach(caller: ApiKey | SignedIn, session: Any, ids: Iterable[str]) -> None:
    """Refuse conversations that whoever calls does not reach, as if there were none.

    Raises:
        NotFoundError: one is a chat, or there is none.

    """
    wanted = set(ids)
    if not sees_chats(caller) and await views.tickets_among(session, wanted) != wanted:
        raise NotFoundError("There is no such ticket.")


async def check_reads(caller: ApiKey | SignedIn, server: Running, conversation_id: str) -> None:
    """Refuse who may not read a conversation, on a route that is for others as well.

    Raises:
        ScopeError: the key lacks the scope ``agent``, and ``tickets``.
        PermissionMissingError: the person lacks the permission.
        NotFoundError: the key is for tickets, and this is none.

    """
    if isinstance(caller, ApiKey) and not sees_chats(caller) and Scope.TICKETS in (caller.scopes or ()):
        async with server.database.read() as session:
            await check_reach(caller, session, [conversation_id])
        return
    check_answers(caller)


async def _reached(request: Request, caller: CallerDep, server: RunningDep) -> None:
    named = request.path_params.get("conversation_id")
    if named is not None and not sees_chats(caller):
        async with server.database.read() as session:
            await check_reach(caller, session, [named])


FOR_TICKETS = [*FOR_THE_TEAM, Depends(_reached)]
"""Dependencies of a router of tickets."""
