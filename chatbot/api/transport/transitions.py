"""The one way in which a route changes a conversation: write once, tell after the commit, say where it stands now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.schemas.conversations import State
from chatbot.api.transport.idempotency import Once
from chatbot.service.conversations.views import status_word
from chatbot.storage.database import Session


async def change(once: Once, row: Any, act: Callable[[Session, datetime], Awaitable[object]]) -> JSONResponse:
    """Do something to a conversation whose locked row this is; the answer says where it stands then."""

    async def write() -> tuple[int, BaseModel]:
        await act(once.work.session, once.server.clock.now())
        tell(once, row.id)
        return 200, State(id=row.id, seq=row.last_seq, status=status_word(row))  # type: ignore[arg-type]

    return await once(write)


def tell(once: Once, conversation_id: str) -> None:
    """Wake whoever listens, and the bot, once it is committed."""
    work, server = once.work, once.server
    work.after_commit(lambda: server.hub.publish_written(work.session, conversation_id))
    work.after_commit(lambda: server.answering.notice(conversation_id))
