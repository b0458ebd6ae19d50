"""When a person answers, as a customer is told it: the next opening, or how long people usually take on this desk.

Told is what is known: without office hours and with nobody there, or with too few past waits, no time is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chatbot.dialogue.text import set_phrases
from chatbot.service.conversations import desk_hours
from chatbot.service.conversations.waiting import PRESENT_FOR
from chatbot.storage.queries import agents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.queries.agents import Wait

_RECENT = timedelta(days=30)
_MOST = 100
FEWEST = 10
"""Waits that a person ended; with fewer nothing is said of what is usual."""
_USUAL = 0.75
"""The share of customers that a time has to hold for."""
_MINUTES = (2, 5, 10, 15, 20, 30, 45, 60)
_HOURS = (2, 3, 4, 6, 8, 12, 24)


@dataclass(frozen=True, slots=True)
class Expectation:
    """When a person answers: in few ``words`` and as a time where they are known, and as a ``sentence`` always."""

    sentence: str
    words: str | None = None
    opens_at: datetime | None = None


async def expected(rules: Rules, session: Session, language: str) -> Expectation:
    """When people answer whoever is handed over now, in the customer's language."""
    now = rules.clock.now()
    there = await agents.anybody_since(session, now - PRESENT_FOR)
    hours = await desk_hours.now(rules, session)
    opens_at = None if there or hours is None else hours.next_opening(now)
    if hours is not None and opens_at is not None:
        words = hours.words(opens_at, language, now)
        return Expectation(set_phrases.sentence("answer_from", language, when=words), words, opens_at)
    if there or hours is not None:
        usual = usual_wait(await agents.past_waits(session, since=now - _RECENT, most=_MOST), now)
        if usual is not None:
            words = _words(usual, language)
            return Expectation(set_phrases.sentence("answer_within", language, when=words), words)
    return Expectation(set_phrases.sentence("answer_here", language))


def usual_wait(waits: Sequence[Wait], now: datetime) -> timedelta | None:
    """The shortest time, of those that can be told, within which three of four were answered; None without one.

    Whoever has waited for longer counts against it, and so does whoever gave up.
    """
    ended = [wait.answered - wait.asked for wait in waits if wait.answered is not None]
    if len(ended) < FEWEST:
        return None
    given_up = sum(wait.answered is None and not wait.goes_on for wait in waits)
    lasting = [now - wait.asked for wait in waits if wait.goes_on]
    for time in (*(timedelta(minutes=each) for each in _MINUTES), *(timedelta(hours=each) for each in _HOURS)):
        within = sum(wait <= time for wait in ended)
        known = len(ended) + given_up + sum(wait > time for wait in lasting)
        if within >= _USUAL * known:
            return time
    return None


def _words(usual: timedelta, language: str) -> str:
    minutes = int(usual.total_seconds() // 60)
    if minutes <= _MINUTES[-1]:
        return set_phrases.sentence("usual_minutes", language, minutes=minutes)
    return set_phrases.sentence("usual_hours", language, hours=minutes // 60)
