"""Drafts: what somebody is writing, of each kind one in a conversation, on whatever device they go on with it.

The newest save wins. A save counts (``rev``); one that does not know of a later one is refused and told that one, so
that who loads late takes nothing away. A draft has the ``client_id`` of its message: once that is sent it is gone, and
a save that comes late does not bring it back. The caller holds the conversation's lock and commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.errors import AnotherTextError, UnderstudyError
from chatbot.service.conversations.with_reply import merged
from chatbot.service.files import keeping
from chatbot.storage.queries import conversations as messages
from chatbot.storage.queries import drafts as stored
from chatbot.storage.queries import files as files_stored
from chatbot.storage.queries import notes
from chatbot.storage.tables.drafts import DraftRow, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.tables.drafts import HeldRow
    from chatbot.storage.tables.files import FileRow


class AudienceError(UnderstudyError):
    """What was written as a note is sent as a reply, or the other way round; nothing was sent."""

    code = "wrong_audience"
    status = 409
    title = "It was written for somebody else"


async def listed(session: Session, conversation_id: str, agent: str) -> list[dict[str, Any]]:
    """What somebody is writing here."""
    rows = await stored.drafts(session, conversation_id, agent)
    found = [(row, await files_stored.drafted(session, conversation_id, agent, row.kind)) for row in rows]
    return [_shown(row, files) for row, files in found if row.text or files]


async def save(
    rules: Rules,
    session: Session,
    conversation_id: str,
    agent: str,
    kind: Kind,
    *,
    client_id: str,
    text: str,
    files: Sequence[str] = (),
    rev: int,
    acts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Keep a draft and what is to be done when it is sent; one without text and files ends it.

    The draft that is kept now comes back, with whether that is this one (``kept``). Files that are gone, or not theirs
    to send, are left out.

    Raises:
        AnotherTextError: the message of this ``client_id`` was sent.

    """
    if await sent(session, conversation_id, client_id):
        raise AnotherTextError("What has this client_id was sent; draw a new one.")
    row = await stored.draft(session, conversation_id, agent, kind)
    had = await files_stored.drafted(session, conversation_id, agent, kind)
    later = row is not None and row.rev >= rev and (row.text or had or row.client_id == client_id)
    is_another = row is not None and (row.text, row.acts, {file.id for file in had}) != (text, acts or {}, {*files})
    if row is not None and later and is_another:
        return {**_shown(row, had), "kept": False}
    row = row or DraftRow(conversation_id=conversation_id, agent=agent, kind=kind)
    kept = await keeping.draft(session, conversation_id, files, sender=agent, kind=kind)
    await _keep(
        rules, session, row, client_id=client_id, text=text, rev=rev, acts=acts if acts and (text or kept) else {}
    )
    return {**_shown(row, kept), "kept": True}


async def sent(session: Session, conversation_id: str, client_id: str) -> bool:
    """Whether a message, a held reply or a note has this ``client_id``."""
    for find in (messages.message_sent_as, stored.held_as, notes.sent_as):
        if await find(session, conversation_id, client_id) is not None:
            return True
    return False


async def end(session: Session, conversation_id: str, client_id: str, kind: Kind) -> None:
    """What has this ``client_id`` is sent as a reply or as a note; files of it that do not go with that are in nothing.

    Raises:
        AudienceError: it was written as the other.

    """
    row = await stored.draft_of(session, conversation_id, client_id)
    if row is None:
        return
    if row.kind != kind:
        raise AudienceError(f"This was written as a {row.kind}; copy it over if it is meant as a {kind}.")
    await keeping.draft(session, conversation_id, (), sender=row.agent, kind=kind)
    await session.delete(row)
    await session.flush()


async def put_back(rules: Rules, session: Session, held: HeldRow) -> None:
    """Make a reply that is not sent after all a draft again, before what its writer has begun since."""
    row = await stored.draft(session, held.conversation_id, held.agent, Kind.REPLY)
    if row is None:
        row = DraftRow(conversation_id=held.conversation_id, agent=held.agent, kind=Kind.REPLY, text="", rev=0, acts={})
    begun = row.text or await files_stored.drafted(session, held.conversation_id, held.agent, Kind.REPLY)
    client_id = row.client_id if begun else held.client_id
    text = f"{held.text}\n\n{row.text}" if row.text else held.text
    await _keep(rules, session, row, client_id=client_id, text=text, rev=row.rev + 1, acts=merged(held.acts, row.acts))
    keeping.take(await files_stored.taken(session, held.id), Kind.REPLY)


async def _keep(
    rules: Rules, session: Session, row: DraftRow, *, client_id: str, text: str, rev: int, acts: Mapping[str, Any]
) -> None:
    row.client_id, row.text, row.rev, row.saved_at = client_id, text, rev, rules.clock.now()
    row.acts = dict(acts)
    session.add(row)
    await session.flush()


def _shown(row: DraftRow, files: Sequence[FileRow]) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "client_id": row.client_id,
        "text": row.text,
        "files": [keeping.file_view(file) for file in files],
        "acts": row.acts,
        "rev": row.rev,
        "saved_at": row.saved_at.isoformat(),
    }
