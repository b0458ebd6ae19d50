"""Notes: what somebody of the team writes for the team, in any conversation, whoever has it and also when it is closed.

A note is no message: customers, the bot and the archive never get one. The caller holds the conversation's lock and
commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.errors import AnotherTextError
from chatbot.service.conversations import drafts
from chatbot.service.conversations.appending import check_words
from chatbot.service.conversations.team_views import note_shown
from chatbot.service.files import keeping
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import agents, teams
from chatbot.storage.queries import events as log
from chatbot.storage.queries import notes as stored
from chatbot.storage.tables.conversations import Audience
from chatbot.storage.tables.drafts import Kind, NoteRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow


async def add(
    rules: Rules,
    session: Session,
    conversation: ConversationRow,
    agent: str,
    *,
    client_id: str,
    text: str,
    files: Sequence[str] = (),
) -> tuple[dict[str, Any], bool]:
    """Store a note; the second part says whether it is new. Who is mentioned finds it under ``mentions:me``.

    Its files are the team's, as it is.

    Raises:
        InputError: the text is empty without a file; or a file is not theirs to send.
        AnotherTextError: this ``client_id`` came with another text, or belongs to somebody else's message.
        AudienceError: it was written as a reply.

    """
    known = await stored.sent_as(session, conversation.id, client_id)
    if known is not None and (known.author, known.text, keeping.ids(known.files)) == (agent, text, [*files]):
        return note_shown(known), False
    if await drafts.sent(session, conversation.id, client_id):
        raise AnotherTextError("This client_id belongs to another message; draw a new one.")
    check_words(text, files)
    brought = await keeping.chosen(session, conversation.id, files, sender=agent)
    await drafts.end(session, conversation.id, client_id, Kind.NOTE)
    await agents.seen(session, agent, at=rules.clock.now())
    mentions = mentioned(text, await names(session))
    row = NoteRow(id=rules.clock.new_id("n"), author=agent, text=text, client_id=client_id, mentions=mentions)
    row.files = keeping.take(brought, row.id)
    return await append(rules, session, conversation, row), True


async def append(
    rules: Rules, session: Session, conversation: ConversationRow, row: NoteRow, *, said_at: datetime | None = None
) -> dict[str, Any]:
    """Store a new note and the event that tells of it; ``row`` has what was said, by whom and who is mentioned."""
    now = rules.clock.now()
    row.conversation_id, row.created_at, row.seq = conversation.id, said_at or now, conversation.last_seq + 1
    await stored.add(session, row, mentioned=[name for name in row.mentions if name != row.author])
    view = note_shown(row)
    await log.append(session, conversation, EventKind.NOTED, view, at=now, audience=Audience.AGENT)
    await session.flush()
    return view


async def names(session: Session) -> Sequence[str]:
    """Who can be mentioned, in order: also who was invited and has not come yet."""
    return await teams.colleagues(session, invited=True)


async def looked(session: Session, conversation_id: str, agent: str) -> bool:
    """Note that somebody has looked at where they were mentioned; whether they were."""
    return await stored.looked(session, conversation_id, agent)


def mentioned(text: str, known: Iterable[str]) -> list[str]:
    """Those of the names that stand behind an @ in a text, each once; of two that fit the longer one."""
    longest_first = sorted(known, key=len, reverse=True)
    found: dict[str, None] = {}
    at = text.find("@")
    while at >= 0:
        if not text[at - 1 : at].isalnum():  # an address has one in it too
            after = text[at + 1 :]
            fitting = (name for name in longest_first if _begins_with(after, name))
            found.update(dict.fromkeys([*fitting][:1]))
        at = text.find("@", at + 1)
    return [*found]


def _begins_with(text: str, name: str) -> bool:
    return text[: len(name)].casefold() == name.casefold() and not text[len(name) : len(name) + 1].isalnum()
