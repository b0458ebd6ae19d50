"""Where a ticket stands: names of the desk's own, each in one of three categories.

Whether it is done is the conversation's own status, so the name that is shown is always one of the category that holds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chatbot.errors import InputError
from chatbot.service.audit import Act, record
from chatbot.service.conversations.tagging import tag_of
from chatbot.storage.queries import desk as stored
from chatbot.storage.tables.conversations import Status as Stands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.clock import Clock
    from chatbot.service.audit import Actor
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow
    from chatbot.storage.tables.tickets import TicketRow

MOST = 30
_NAME = "ticket_statuses"


class Category(StrEnum):
    """What a status means: the team has to do something, waits for the customer or others, or is done."""

    OPEN = "open"
    WAITING = "waiting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Status:
    """One of the desk's names."""

    name: str
    category: Category


DEFAULT = tuple(Status(str(each), each) for each in Category)


async def known(session: Session) -> tuple[Status, ...]:
    """The desk's statuses in their order; of each category the first is the one that is taken by itself."""
    text = await stored.value(session, _NAME)
    return DEFAULT if text is None else tuple(Status(name, Category(category)) for name, category in json.loads(text))


async def lay_down(clock: Clock, session: Session, actor: Actor, statuses: Sequence[Status]) -> tuple[Status, ...]:
    """Let these be the desk's statuses from now on; recorded. A ticket whose name is gone shows its category's first.

    Raises:
        InputError: there are too many, two of one name, or none of a category.

    """
    named = {tag_of(each.name) for each in statuses}
    if "" in named or len(named) < len(statuses) or len(statuses) > MOST:
        raise InputError(f"A desk has {MOST} statuses at most, each with a name of its own.")
    missing = [each for each in Category if each not in {status.category for status in statuses}]
    if missing:
        raise InputError(f"Name at least one status of each category; there is none for {', '.join(missing)}.")
    kept = tuple(Status(" ".join(each.name.split()), each.category) for each in statuses)
    before, now = await known(session), clock.now()
    written = json.dumps([[each.name, each.category] for each in kept], ensure_ascii=False)
    await stored.lay_down(session, _NAME, written, by=actor.name, at=now)
    told = {"before": [each.name for each in before], "after": [each.name for each in kept]}
    await record(
        session, now, actor, Act.STATUSES_CHANGED, None, **{key: ", ".join(value) for key, value in told.items()}
    )
    return kept


def named(statuses: Sequence[Status], name: str) -> Status:
    """The status of this name, or the first of this category.

    Raises:
        InputError: there is none; the message lists those there are.

    """
    wanted = tag_of(name)
    for each in statuses:
        if tag_of(each.name) == wanted:
            return each
    for each in statuses:
        if each.category == wanted:
            return each
    raise InputError(f"There is no status {name}; there are {', '.join(each.name for each in statuses)}.")


def shown(statuses: Sequence[Status], conversation: ConversationRow, ticket: TicketRow | None) -> Status:
    """Where a ticket stands: by its name where that fits, else the first name of the category that holds."""
    done = conversation.status == Stands.CLOSED
    for each in statuses:
        if ticket is not None and each.name == ticket.status and (each.category is Category.DONE) == done:
            return each
    return named(statuses, Category.DONE if done else Category.OPEN)
