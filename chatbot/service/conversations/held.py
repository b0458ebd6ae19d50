"""Replies that are held for some seconds, in which whoever wrote them may take them back.

A held reply is stored, so it goes out whatever happens to the page or the server; to whom was fixed when it was sent.
Until then only the team sees it, and what goes with it is not done. Whoever lets go of the conversation sends what they
hold at once. Where the customer closes it, or nobody has it any more, it becomes a draft again. The caller holds the
conversation's lock and commits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chatbot.errors import NotYoursError, UnderstudyError
from chatbot.service.conversations import drafts, with_reply
from chatbot.service.conversations.appending import append_reply
from chatbot.service.conversations.team_views import held_shown, message_of
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import drafts as stored
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import Audience, Owner, Status
from chatbot.storage.tables.drafts import HeldRow

if TYPE_CHECKING:
    from chatbot.service.conversations.rules import Rules
    from chatbot.service.conversations.with_reply import Left
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow

LONGEST = 30
"""Seconds that a reply may be held."""
_AT_ONCE = 100


class AlreadySentError(UnderstudyError):
    """The reply went to the customer, or was taken back before; it cannot be taken back now."""

    code = "already_sent"
    status = 409
    title = "The reply is not held any more"


async def hold(
    rules: Rules, session: Session, conversation: ConversationRow, row: HeldRow, *, seconds: int
) -> dict[str, Any]:
    """Hold a reply for so long, and never for less than those before it; the reply as the team sees it."""
    before = await stored.held(session, conversation.id)
    row.conversation_id, row.held_at = conversation.id, rules.clock.now()
    row.release_at = max([row.held_at + timedelta(seconds=seconds), *(each.release_at for each in before)])
    session.add(row)
    await session.flush()
    view = held_shown(row)
    await log.append(session, conversation, EventKind.HELD, view, at=row.held_at, audience=Audience.AGENT)
    return view


async def take_back(
    rules: Rules, session: Session, conversation: ConversationRow, agent: str, message_id: str
) -> dict[str, Any]:
    """Take a held reply back: it becomes a draft of its writer again. The reply as it was.

    Raises:
        AlreadySentError: it is not held (any more).
        NotYoursError: another person wrote it.

    """
    row = await session.get(HeldRow, message_id)
    if row is None or row.conversation_id != conversation.id:
        raise AlreadySentError("It was sent, or taken back before.")
    if row.agent != agent:
        raise NotYoursError(f"{row.agent} wrote this.")
    view = held_shown(row)
    await _withdraw(rules, session, conversation, row, by=agent)
    return view


async def send_now(rules: Rules, session: Session, conversation: ConversationRow) -> list[Left]:
    """Send what is held here, whatever its time is; what is left to be done with the conversation."""
    rows = await stored.held(session, conversation.id)
    return [each for row in rows for each in await _release(rules, session, conversation, row)]


async def release_due(rules: Rules, session: Session, conversation: ConversationRow) -> list[Left]:
    """The same for what is due, in order."""
    now = rules.clock.now()
    rows = [row for row in await stored.held(session, conversation.id) if row.release_at <= now]
    return [each for row in rows for each in await _release(rules, session, conversation, row)]


async def conversations_due(rules: Rules, session: Session) -> list[str]:
    """Where held replies are due."""
    return await stored.due(session, now=rules.clock.now(), limit=_AT_ONCE)


async def _release(rules: Rules, session: Session, conversation: ConversationRow, row: HeldRow) -> list[Left]:
    if conversation.status == Status.CLOSED or conversation.owner != Owner.AGENT:
        await _withdraw(rules, session, conversation, row, by=None)
        return []
    await stored.end_hold(session, row.id)
    await append_reply(rules, session, conversation, message_of(row))
    return await with_reply.follow(rules, session, conversation, row)


async def _withdraw(
    rules: Rules, session: Session, conversation: ConversationRow, row: HeldRow, *, by: str | None
) -> None:
    await stored.end_hold(session, row.id)
    await drafts.put_back(rules, session, row)
    payload = {"id": row.id, "client_id": row.client_id, "author": row.agent, "by": by}
    at = rules.clock.now()
    await log.append(session, conversation, EventKind.WITHDRAWN, payload, at=at, audience=Audience.AGENT)
    await session.flush()
