"""The tags of a conversation: the form in which they are kept, and how many there may be. The caller holds its lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.errors import InputError
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import events as log
from chatbot.storage.queries import worklist as stored
from chatbot.storage.tables.conversations import Audience

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow

Tags = tuple[str, ...]
MOST, LONGEST = 30, 60


def tag_of(text: str) -> str:
    """A tag in the one form in which it is kept and found."""
    return " ".join(text.casefold().split())


def checked(add: Iterable[str], remove: Iterable[str]) -> tuple[Tags, Tags]:
    """Tags to add and to take away in the form in which they are kept.

    Raises:
        InputError: one of them is none.

    """
    wanted, unwanted = (tuple(dict.fromkeys(map(tag_of, tags))) for tags in (add, remove))
    if "" in (*wanted, *unwanted):
        raise InputError("A tag needs a letter.")
    if any(len(tag) > LONGEST or '"' in tag for tag in wanted):
        raise InputError(f"A tag has {LONGEST} characters at most, and no quotes.")
    return wanted, tuple(tag for tag in unwanted if tag not in wanted)


async def tag(
    rules: Rules,
    session: Session,
    conversation: ConversationRow,
    agent: str,
    *,
    add: Iterable[str],
    remove: Iterable[str],
) -> tuple[Tags, Tags]:
    """Add tags and take others away; those that it did not have and those that it had.

    Raises:
        InputError: one of them is none, or the conversation would have too many.

    """
    add, remove = checked(add, remove)
    had = (await stored.tags(session, [conversation.id]))[conversation.id]
    return await _change(rules, session, conversation, agent, had, add, remove)


async def replace(
    rules: Rules, session: Session, conversation: ConversationRow, agent: str, tags: Iterable[str]
) -> tuple[Tags, Tags]:
    """Let it have these tags and no others; as ``tag``."""
    wanted, _ = checked(tags, ())
    had = (await stored.tags(session, [conversation.id]))[conversation.id]
    gone = tuple(tag for tag in had if tag not in wanted)
    return await _change(rules, session, conversation, agent, had, wanted, gone)


async def _change(
    rules: Rules,
    session: Session,
    conversation: ConversationRow,
    agent: str,
    had: Sequence[str],
    add: Tags,
    remove: Tags,
) -> tuple[Tags, Tags]:
    added = tuple(tag for tag in add if tag not in had)
    removed = tuple(tag for tag in remove if tag in had)
    if not added and not removed:
        return (), ()
    left = sorted({*had, *added} - {*removed})
    if len(left) > MOST:
        raise InputError(f"A conversation has {MOST} tags at most; take one away first.")
    await stored.change_tags(session, conversation.id, add=added, remove=removed)
    payload = {"tags": left, "by": agent}
    await log.append(session, conversation, EventKind.TAGGED, payload, at=rules.clock.now(), audience=Audience.AGENT)
    return added, removed
