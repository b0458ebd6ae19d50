"""What is done with a conversation together with a reply: tags, putting off, giving to somebody, closing.

A macro brings it, a draft and a held reply keep it. Tags are changed here; what becomes of the conversation itself is
done by who is above (``worklist.following``), as acts by hand are. Whatever is refused is told to the team, and no
reply waits for it. The caller holds the conversation's lock and commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from chatbot.errors import UnderstudyError
from chatbot.service.conversations import tagging
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import Audience

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow
    from chatbot.storage.tables.drafts import HeldRow

ME = "me"
"""Whoever sends the reply, where a name stands."""


class Acts(TypedDict, total=False):
    """What is done, as it is stored; what is not there is not done. At most one of a kind.

    ``add`` and ``remove`` are tags; ``to`` (a name, or ``ME``) and ``team`` are to whom it is given; ``snooze`` are the
    words for a time, which the page reads when the reply is sent, and ``until`` is the time.
    """

    add: list[str]
    remove: list[str]
    to: str
    team: str
    snooze: str
    until: str
    done: bool


class Left(NamedTuple):
    """What is still to be done after a reply, by whom; ``leads``: they may give away what others have."""

    agent: str
    acts: Mapping[str, Any]
    leads: bool


_GIVEN = ("to", "team")
_PUT_OFF = ("snooze", "until")
BESIDE_TAGS = (*_GIVEN, *_PUT_OFF, "done")


def merged(acts: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    """Both together; where they do not go together, what comes second."""
    over = {
        "done": (*_GIVEN, *_PUT_OFF),
        **dict.fromkeys(_GIVEN, (*_GIVEN, "done")),
        **dict.fromkeys(_PUT_OFF, (*_PUT_OFF, "done")),
    }
    gone = {name for key in then for name in over.get(key, ())}
    both = {**{name: value for name, value in acts.items() if name not in gone}, **then}
    for name, other in (("add", "remove"), ("remove", "add")):
        tags = [*(tag for tag in acts.get(name, ()) if tag not in then.get(other, ())), *then.get(name, ())]
        both[name] = [*dict.fromkeys(tags)]
    return {name: value for name, value in both.items() if value}


async def follow(rules: Rules, session: Session, conversation: ConversationRow, sent: HeldRow) -> list[Left]:
    """Change the tags that go with a reply which was sent; what is left to be done."""
    acts = sent.acts or {}
    if acts.get("add") or acts.get("remove"):
        try:
            changed = {"add": acts.get("add", ()), "remove": acts.get("remove", ())}
            await tagging.tag(rules, session, conversation, sent.agent, **changed)
        except UnderstudyError as error:
            await refused(rules, session, conversation, sent.agent, "tag", error)
    left = {name: acts[name] for name in BESIDE_TAGS if name in acts}
    return [Left(sent.agent, left, bool(sent.leads))] if left else []


async def overtaken(rules: Rules, session: Session, conversation: ConversationRow, left: Sequence[Left]) -> None:
    """Whoever sent the replies does something else with the conversation first, which counts."""
    for agent, acts, _ in left:
        for do in kinds(acts):
            why = UnderstudyError(f"{agent} does not have the conversation any more.")
            await refused(rules, session, conversation, agent, do, why)


def kinds(acts: Mapping[str, Any]) -> list[str]:
    """What is to be done beside tags, in its order, as the work list calls it."""
    named = {"snooze": _PUT_OFF, "assign": _GIVEN, "done": ("done",)}
    return [do for do, names in named.items() if any(name in acts for name in names)]


async def refused(
    rules: Rules, session: Session, conversation: ConversationRow, agent: str, do: str, error: UnderstudyError
) -> None:
    """Tell the team that something was not done together with a reply, and why."""
    payload = {"do": do, "by": agent, "code": error.code, "detail": str(error)}
    at = rules.clock.now()
    await log.append(session, conversation, EventKind.ACT_REFUSED, payload, at=at, audience=Audience.AGENT)
