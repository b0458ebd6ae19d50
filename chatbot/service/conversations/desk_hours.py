"""The desk's opening hours: those that somebody has laid down, else those of the settings. Knows no HTTP.

They are read wherever a customer is told when people answer, so that a change counts at once, in every server process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.service.audit import Act, record
from chatbot.service.conversations.office_hours import OfficeHours
from chatbot.storage.queries import desk as stored

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.service.audit import Actor
    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session

_NAME = "hours"


@dataclass(frozen=True, slots=True)
class LaidDown:
    """The hours that count, None for none, and who laid them down when; nobody where they are the settings'."""

    hours: OfficeHours | None
    by: str | None = None
    at: datetime | None = None


async def now(rules: Rules, session: Session) -> OfficeHours | None:
    """The hours that count; without any nobody is told when people answer."""
    text = await stored.value(session, _NAME)
    return rules.hours if text is None else OfficeHours.of(text)


async def told(rules: Rules, session: Session) -> LaidDown:
    """The same with whose they are."""
    row = await stored.row(session, _NAME)
    return LaidDown(rules.hours) if row is None else LaidDown(OfficeHours.of(row.value), row.by, row.at)


async def lay_down(rules: Rules, session: Session, actor: Actor, text: str | None) -> LaidDown:
    """Let these hours count from now on, written as in the settings; None for none.

    Raises:
        InputError: they are not written so, or the zone is unknown.

    """
    hours = OfficeHours.of(text)
    written, at = hours.text() if hours else "", rules.clock.now()
    before = await now(rules, session)
    await stored.lay_down(session, _NAME, written, by=actor.name, at=at)
    await record(session, at, actor, Act.HOURS_CHANGED, None, before=before.text() if before else "", after=written)
    return LaidDown(hours, actor.name, at)
