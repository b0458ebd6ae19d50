"""What becomes of a conversation together with a reply: the acts of the work list, in the reply's own transaction.

One that is refused is told to the team and stops neither the reply nor the others. The caller holds the conversation's
lock and commits.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from chatbot.errors import UnderstudyError
from chatbot.service.conversations import held, replying, with_reply
from chatbot.service.worklist.acts import Act, Do, act_once
from chatbot.storage.queries import conversations as stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatbot.service.conversations.rules import Rules
    from chatbot.service.conversations.with_reply import Left
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow


async def reply(
    rules: Rules, session: Session, conversation: ConversationRow, agent: str, **said: Any
) -> tuple[dict[str, Any], bool]:
    """As ``replying.reply``, with what is to be done at once."""
    message, new, left = await replying.reply(rules, session, conversation, agent, **said)
    await _carry_out(rules, session, conversation, left)
    return message, new


async def release_due(rules: Rules, session: Session, conversation_id: str) -> None:
    """Send what is due in a conversation, and do what goes with it."""
    conversation = await stored.locked(session, conversation_id)
    if conversation is not None:
        left = await held.release_due(rules, session, conversation)
        await _carry_out(rules, session, conversation, left)


async def _carry_out(rules: Rules, session: Session, conversation: ConversationRow, left: Sequence[Left]) -> None:
    for one in left:
        for act in _acts(one):
            try:
                await act_once(rules, session, conversation, one.agent, act.checked(rules.clock.now()))
            except UnderstudyError as error:
                await with_reply.refused(rules, session, conversation, one.agent, act.do, error)
    await session.flush()


def _acts(left: Left) -> Iterator[Act]:
    """The acts in the order in which they are done."""
    given = left.acts
    for do in map(Do, with_reply.kinds(given)):
        if do is Do.SNOOZE:
            yield Act(do, until=datetime.fromisoformat(given["until"]) if "until" in given else None)
        elif do is Do.ASSIGN:
            to = left.agent if given.get("to") == with_reply.ME else given.get("to")
            yield Act(do, to=to, team=given.get("team"), leads=left.leads)
        else:
            yield Act(do)
