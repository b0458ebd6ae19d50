"""Putting a conversation off: it is out of the way of who answers until its time comes, or until the customer writes.

Only people see it; for the customer and the bot nothing changes, and nobody loses their place among those who wait.
Whether one is put off is a matter of the clock, so a list is right before anybody tells that the time has come.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chatbot.errors import InputError
from chatbot.service.conversations.ownership import check_open
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log
from chatbot.storage.queries import worklist
from chatbot.storage.tables.conversations import Audience

if TYPE_CHECKING:
    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.queries.conversations import ConversationState
    from chatbot.storage.tables.conversations import ConversationRow

BY_TIME = "time"
BY_CUSTOMER = "customer"
LONGEST = timedelta(days=366)
_AT_ONCE = 100


def check_to_come(until: datetime | None, now: datetime) -> None:
    """Refuse what is no time until which a conversation can be put off.

    Raises:
        InputError: there is none, it has been, or it is more than a year away.

    """
    if until is None or not now < until <= now + LONGEST:
        raise InputError("`until` has to be a time to come, with its zone, within a year.")


async def snooze(
    rules: Rules, session: Session, conversation: ConversationRow, *, until: datetime | None, by: str
) -> None:
    """Put it off until a time to come; without one, bring it back. The same again changes nothing.

    Raises:
        ClosedError: it is closed.

    """
    check_open(conversation, "This conversation is closed; re-open it first.")
    if conversation.snoozed_until == until:
        return
    conversation.snoozed_until = until
    kind = EventKind.WOKEN if until is None else EventKind.SNOOZED
    payload = {"by": by} if until is None else {"until": until.isoformat(), "by": by}
    await log.append(session, conversation, kind, payload, at=rules.clock.now(), audience=Audience.AGENT)
    await session.flush()


async def wake(
    rules: Rules, session: Session, conversation: ConversationRow | ConversationState, *, by: str = BY_CUSTOMER
) -> None:
    """Bring back one that was put off, where it was."""
    if conversation.snoozed_until is None:
        return
    conversation.snoozed_until = None
    await stored.end_snooze(session, conversation.id)
    await log.append(session, conversation, EventKind.WOKEN, {"by": by}, at=rules.clock.now(), audience=Audience.AGENT)


async def wake_due(rules: Rules, session: Session) -> list[str]:
    """Tell of those whose time has come; their ids."""
    rows = await worklist.due(session, now=rules.clock.now(), limit=_AT_ONCE)
    for row in rows:
        await wake(rules, session, row, by=BY_TIME)
    await session.flush()
    return [row.id for row in rows]
