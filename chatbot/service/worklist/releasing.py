"""The loop that sends held replies when their time has come, and does what goes with them.

What came due while no server ran goes at start.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from chatbot.service.background.loops import every
from chatbot.service.conversations import held
from chatbot.service.worklist import following

if TYPE_CHECKING:
    from chatbot.service.background.loops import Heart
    from chatbot.service.conversations.rules import Rules
    from chatbot.service.realtime.hub import Hub
    from chatbot.storage.database import Database

_EVERY_SECONDS = 0.5
QUIET_SECONDS = 60.0
"""How long the loop may take for one round."""


async def keep_releasing(heart: Heart, *, database: Database, hub: Hub, rules: Rules) -> None:
    """Look twice a second, until cancelled."""
    work = partial(release, database, hub, rules)
    await every(_EVERY_SECONDS, heart, work, log="worklist", failed="could not send what was held")


async def release(database: Database, hub: Hub, rules: Rules) -> None:
    """Send what is due, a each conversation in a transaction of its own."""
    async with database.read() as session:
        due = await held.conversations_due(rules, session)
    for conversation_id in due:
        async with database.write() as session:
            await following.release_due(rules, session, conversation_id)
        hub.publish_written(session, conversation_id)
