"""The loop that tells when the time has come for which a conversation was put off.

Lists are right without it; it lets who watches know, and keeps the feed's numbers close to what is committed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from chatbot.service.background.loops import every
from chatbot.service.conversations.snoozing import wake_due
from chatbot.service.realtime import feed
from chatbot.storage.queries.worklist import any_due

if TYPE_CHECKING:
    from chatbot.service.background.loops import Heart
    from chatbot.service.conversations.rules import Rules
    from chatbot.service.realtime.hub import Hub
    from chatbot.storage.database import Database

_EVERY_SECONDS = 5.0
QUIET_SECONDS = 60.0
"""How long the loop may take for one round."""


async def keep_waking(heart: Heart, *, database: Database, hub: Hub, rules: Rules) -> None:
    """Look every few seconds, until cancelled."""
    work = partial(_round, database, hub, rules)
    await every(_EVERY_SECONDS, heart, work, log="worklist", failed="could not look for what was put off")


async def _round(database: Database, hub: Hub, rules: Rules) -> None:
    await feed.number(database)
    async with database.read() as session:
        if not await any_due(session, now=rules.clock.now()):
            return
    async with database.write() as session:
        woken = await wake_due(rules, session)
    for conversation_id in woken:
        hub.publish_written(session, conversation_id)
