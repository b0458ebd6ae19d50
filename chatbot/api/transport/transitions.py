"""How a route changes a conversation: write once, tell who listens after the commit, say where it stands then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.schemas.conversations import Message, State
from chatbot.api.transport.dependencies import WorkDep
from chatbot.api.transport.idempotency import Once
from chatbot.service.conversations import opening
from chatbot.service.conversations.views import status_word


async def _locked(conversation_id: str, work: WorkDep) -> Any:
    return await opening.for_agent(work.session, conversation_id, lock=True)


HeldDep = Annotated[Any, Depends(_locked)]
"""The conversation row, locked, for the team. Any: the api does not know the tables."""


async def change(once: Once, row: Any, act: Callable[..., Awaitable[object]], *args: Any, **named: Any) -> JSONResponse:
    """Do something to a conversation: ``act(rules, session, row, …)``. The answer says where it stands then."""

    async def write() -> tuple[int, BaseModel]:
        await act(once.server.rules, once.work.session, row, *args, **named)
        tell(once, row.id)
        return 200, State(id=row.id, seq=row.last_seq, status=status_word(row))  # type: ignore[arg-type]

    return await once(write)


async def add_message(
    once: Once, row: Any, act: Callable[..., Awaitable[tuple[dict[str, Any], bool]]], *args: Any, **named: Any
) -> JSONResponse:
    """The same for a message, which may be here already: 201 says that it is new, 200 that it is not."""

    async def write() -> tuple[int, BaseModel]:
        message, new = await act(once.server.rules, once.work.session, row, *args, **named)
        if new:
            tell(once, row.id)
        return 201 if new else 200, Message.model_validate(message)

    return await once(write)


def tell(once: Once, conversation_id: str) -> None:
    """Wake whoever listens, and the bot, once it is committed."""
    work, server = once.work, once.server
    work.after_commit(lambda: server.hub.publish_written(work.session, conversation_id))
    work.after_commit(lambda: server.answering.notice(conversation_id))
