"""Drafts: what somebody is writing, of each kind one in a conversation, on whatever device they go on with it.

The newest save wins. A save counts (``rev``); one that does not know of a later one is refused and told that one, so
that who loads late takes nothing away. A draft has the ``client_id`` of its message: once that is sent it is gone, and
a save that comes late does not bring it back. The caller holds the conversation's lock and commits.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chatbot.errors import AnotherTextError, UnderstudyError
from chatbot.service.conversations.with_reply import merged
from chatbot.storage.queries import conversations as messages
from chatbot.storage.queries import drafts as stored
from chatbot.storage.queries import notes
from chatbot.storage.tables.drafts import DraftRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.tables.drafts import HeldRow


class Kind(StrEnum):
    """What a draft becomes."""

    REPLY = "reply"
    NOTE = "note"


class AudienceError(UnderstudyError):
    """What was written as a note is sent as a reply, or the other way round; nothing was sent."""

    code = "wrong_audience"
    status = 409
    title = "It was written for somebody else"


async def listed(session: Session, conversation_id: str, agent: str) -> list[dict[str, Any]]:
    """What somebody is writing here."""
    return [_shown(row) for row in await stored.drafts(session, conversation_id, agent)]


async def save(
    rules: Rules,
    session: Session,
    conversation_id: str,
    agent: str,
    kind: Kind,
    *,
    client_id: str,
    text: str,
    rev: int,
    acts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Keep a draft and what is to be done when it is sent; an empty text ends it.

    The draft that is kept now comes back, with whether that is this one (``kept``).

    Raises:
        AnotherTextError: the message of this ``client_id`` was sent.

    """
    if await sent(session, conversation_id, client_id):
        raise AnotherTextError("What has this client_id was sent; draw a new one.")
    row = await stored.draft(session, conversation_id, agent, kind)
    if (
        row is not None
        and row.rev >= rev
        and (row.text, row.acts) != (text, acts or {})
        and (row.text or row.client_id == client_id)
    ):
        return {**_shown(row), "kept": False}
    row = row or DraftRow(conversation_id=conversation_id, agent=agent, kind=kind)
    await _keep(rules, session, row, client_id=client_id, text=text, rev=rev, acts=acts or {})
    return {**_shown(row), "kept": True}


async def sent(session: Session, conversation_id: str, client_id: str) -> bool:
    """Whether a message, a held reply or a note has this ``client_id``."""
    for find in (messages.message_sent_as, stored.held_as, notes.sent_as):
        if await find(session, conversation_id, client_id) is not None:
            return True
    return False


async def end(session: Session, conversation_id: str, client_id: str, kind: Kind) -> None:
    """What has this ``client_id`` is sent as a reply or as a note.

    Raises:
        AudienceError: it was written as the other.

    """
    row = await stored.draft_of(session, conversation_id, client_id)
    if row is None:
        return
    if row.kind != kind:
        raise AudienceError(f"This was written as a {row.kind}; copy it over if it is meant as a {kind}.")
    await session.delete(row)
    await session.flush()


async def put_back(rules: Rules, session: Session, held: HeldRow) -> None:
    """Make a reply that is not sent after all a draft again, before what its writer has begun since."""
    row = await stored.draft(session, held.conversation_id, held.agent, Kind.REPLY)
    if row is None:
        row = DraftRow(conversation_id=held.conversation_id, agent=held.agent, kind=Kind.REPLY, text="", rev=0, acts={})
    client_id = row.client_id if row.text else held.client_id
    text = f"{held.text}\n\n{row.text}" if row.text else held.text
    await _keep(rules, session, row, client_id=client_id, text=text, rev=row.rev + 1, acts=merged(held.acts, row.acts))


async def _keep(
    rules: Rules, session: Session, row: DraftRow, *, client_id: str, text: str, rev: int, acts: Mapping[str, Any]
) -> None:
    row.client_id, row.text, row.rev, row.saved_at = client_id, text, rev, rules.clock.now()
    row.acts = dict(acts) if text else {}
    session.add(row)
    await session.flush()


def _shown(row: DraftRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "client_id": row.client_id,
        "text": row.text,
        "acts": row.acts,
        "rev": row.rev,
        "saved_at": row.saved_at.isoformat(),
    }
