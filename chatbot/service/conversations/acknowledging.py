"""What the desk itself says to a customer who writes on while they wait for a person. Stores no message.

It is no answer: that what was written is read, and when. The bot stays silent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chatbot.dialogue.decide.policy import to_a_person
from chatbot.dialogue.text import set_phrases
from chatbot.service.conversations import ownership, wording
from chatbot.service.conversations.expectation import expected
from chatbot.service.conversations.views import handover_view
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log

if TYPE_CHECKING:
    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow

TOLD_FOR = timedelta(minutes=15)
"""So long nothing more is said to who writes on, unless they write of danger."""
_DANGER = frozenset({"crisis", "hazard"})


async def acknowledgement(rules: Rules, session: Session, conversation: ConversationRow, text: str) -> str:
    """What is said to a waiting customer who has just written ``text``; empty where nothing is.

    The first message of a wait is acknowledged, then one in a quarter of an hour. Who writes of danger reads what to
    do. What the customer was told of the hand-over is brought up to date, and told as an event where it changes.
    """
    before = handover_view(conversation)
    told = await _told(rules, session, conversation, text)
    after = handover_view(conversation)
    if after is not None and after != before:
        await log.append(session, conversation, EventKind.HANDOVER_REQUESTED, after, at=rules.clock.now())
    return told


async def _told(rules: Rules, session: Session, conversation: ConversationRow, text: str) -> str:
    now, language = rules.clock.now(), await wording.language_of(session, conversation)
    verdict = to_a_person(text)
    if verdict is not None and verdict.reason in ownership.FOR_PEOPLE_ONLY:
        conversation.handover_meanwhile = False
    if verdict is not None and verdict.reason in _DANGER:
        told = set_phrases.sentence(verdict.occasion, language)
        return told if told != await stored.told_last(session, conversation.id) else ""
    if conversation.acknowledged_at is not None and now - conversation.acknowledged_at < TOLD_FOR:
        return ""
    when = await expected(rules, session, language)
    conversation.acknowledged_at = now
    conversation.handover_expected = when.words
    conversation.handover_opens_at = (
        when.opens_at or conversation.handover_opens_at
    )  # when the wait began, nobody was there
    return wording.joined(language, set_phrases.sentence("received", language), when.sentence)
