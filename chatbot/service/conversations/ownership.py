"""Who has a conversation (the bot, one person, or nobody yet), and whether it is open.

Every reply is stored in a transaction that looks at the owner first, so the bot never talks over a person and two
people never answer at once. A closed conversation that is re-opened, or one that a person or the waiting customer
gives back to the bot, begins a new episode: the bot reads that one only. The caller holds the conversation's lock and
commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.text import set_phrases
from chatbot.errors import AlreadyTakenError, ClosedError, NotYoursError
from chatbot.service.conversations import archive, elsewhere, held, with_reply, wording
from chatbot.service.conversations.expectation import expected
from chatbot.service.conversations.views import handover_view
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import agents
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import Owner, Status

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.service.conversations.expectation import Expectation
    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.queries.conversations import ConversationState
    from chatbot.storage.tables.conversations import ConversationRow

ASKED = "customer_asked"
UNSURE = "not_sure"
FAILURE = "failure"
"""Why a person has to take over, as customers are told it."""
FOR_PEOPLE_ONLY = frozenset({"crisis", "hazard", "anger", "stopped"})
"""The bot's reasons for a hand-over after which it is not offered to the customer meanwhile."""
_CLOSED_TO_AGENTS = "This conversation is closed; the customer can re-open it."


def bot_may_speak(conversation: ConversationRow | ConversationState) -> bool:
    """Whether the bot has the conversation, and it is open."""
    return conversation.owner == Owner.BOT and conversation.status == Status.OPEN


def check_open(conversation: ConversationRow | ConversationState, told: str = "") -> None:
    """Refuse a closed conversation: in the words ``told``, or (without) in those that customers read.

    Raises:
        ClosedError: it is closed.

    """
    if conversation.status == Status.CLOSED:
        raise ClosedError(told, occasion="closed")


def check_holder(conversation: ConversationRow, agent: str) -> None:
    """Refuse who does not have the conversation.

    Raises:
        ClosedError: it is closed.
        NotYoursError: this person does not have it.

    """
    check_open(conversation, _CLOSED_TO_AGENTS)
    if conversation.owner == Owner.AGENT and conversation.agent == agent:
        return
    holder = f"{conversation.agent} has it" if conversation.owner == Owner.AGENT else "nobody has claimed it"
    raise NotYoursError(f"Claim this conversation first; {holder}.")


def check_not_anothers(conversation: ConversationRow, agent: str) -> None:
    """Refuse what another person has.

    Raises:
        NotYoursError: another person has it.

    """
    if conversation.owner == Owner.AGENT and conversation.agent != agent:
        raise NotYoursError(f"{conversation.agent} has this conversation.")


async def request_person(
    rules: Rules,
    session: Session,
    conversation: ConversationRow,
    reason: str,
    text: str,
    when: Expectation,
    *,
    meanwhile: bool = True,
) -> None:
    """Let the conversation wait for a person. ``text`` is what the customer reads of it, ``when`` included.

    ``meanwhile``: the customer may go on with the bot. Whoever waits already keeps their place.
    """
    now = rules.clock.now()
    conversation.owner = Owner.NOBODY
    conversation.handover_reason, conversation.handover_text = reason, text
    conversation.handover_expected, conversation.handover_opens_at = when.words, when.opens_at
    conversation.handover_meanwhile = meanwhile
    _begin_wait(conversation, now)
    await log.append(session, conversation, EventKind.HANDOVER_REQUESTED, handover_view(conversation) or {}, at=now)


async def hand_over(rules: Rules, session: Session, conversation: ConversationRow) -> None:
    """The customer asks for a person: the bot is silent from now on. Again changes nothing.

    Raises:
        ClosedError: the conversation is closed.

    """
    check_open(conversation)
    if conversation.owner == Owner.BOT:
        language = await wording.language_of(session, conversation)
        when = await expected(rules, session, language)
        text = wording.joined(language, set_phrases.sentence("handover", language), when.sentence)
        conversation.language = language
        await request_person(rules, session, conversation, ASKED, text, when)
        await session.flush()


async def go_on_meanwhile(rules: Rules, session: Session, conversation: ConversationRow) -> None:
    """The customer goes on with the bot while they wait for a person, who may still take over at any time.

    The bot reads what nobody has answered yet, and what is written from now on. Nothing changes where the customer does
    not wait, or should not be left to a bot.

    Raises:
        ClosedError: the conversation is closed.

    """
    check_open(conversation)
    if conversation.owner != Owner.NOBODY or not conversation.handover_meanwhile:
        return
    conversation.owner = Owner.BOT
    conversation.episode += 1
    conversation.episode_seq = max(conversation.episode_seq, await stored.answered_up_to(session, conversation.id))
    payload = {"episode": conversation.episode}
    await log.append(session, conversation, EventKind.BOT_RESUMED, payload, at=rules.clock.now())
    await session.flush()


async def claim(rules: Rules, session: Session, conversation: ConversationRow, agent: str) -> None:
    """A person takes the conversation; from here on the bot is silent. Again changes nothing.

    Raises:
        AlreadyTakenError: another person has it.
        ClosedError: it is closed.

    """
    check_open(conversation, _CLOSED_TO_AGENTS)
    now = rules.clock.now()
    await agents.seen(session, agent, at=now)
    if conversation.owner == Owner.AGENT:
        if conversation.agent != agent:
            raise AlreadyTakenError(f"{conversation.agent} has this conversation already.")
        return
    conversation.owner, conversation.agent, conversation.given_by = Owner.AGENT, agent, None
    await log.append(session, conversation, EventKind.AGENT_JOINED, {"name": agent}, at=now)
    await session.flush()


async def give(rules: Rules, session: Session, conversation: ConversationRow, to: str | None, *, by: str) -> None:
    """Somebody gives the conversation to a person, or with None away from whoever has it. The same changes nothing.

    Whether they may is not asked here. What the bot has stays the bot's, unless a person is named. What is held is
    sent first.

    Raises:
        ClosedError: it is closed.

    """
    check_open(conversation, _CLOSED_TO_AGENTS)
    now = rules.clock.now()
    await agents.seen(session, by, at=now)
    before = conversation.agent if conversation.owner == Owner.AGENT else None
    if before == to:
        return
    if before is not None:
        await _send_held(rules, session, conversation)
        await log.append(session, conversation, EventKind.AGENT_LEFT, {"name": before}, at=now)
    conversation.agent, conversation.given_by = to, by if to != by else None
    if to is None:
        conversation.owner, conversation.given_by = Owner.NOBODY, None
        _begin_wait(conversation, now)
    else:
        conversation.owner = Owner.AGENT
        await log.append(session, conversation, EventKind.AGENT_JOINED, {"name": to}, at=now)
    await session.flush()


async def release(rules: Rules, session: Session, conversation: ConversationRow, agent: str, to: str) -> None:
    """The person who has it lets go: ``to`` others ("waiting"), to the bot ("bot"), or for good ("closed").

    What is held is sent first.

    Raises:
        NotYoursError: this person does not have it.
        ClosedError: it is closed.
        ElsewhereError: the bot cannot have it to itself.

    """
    check_holder(conversation, agent)
    if to == "bot":
        await elsewhere.check_bots(session, conversation.id)
    await _send_held(rules, session, conversation)
    now = rules.clock.now()
    await agents.seen(session, agent, at=now)
    if to == "closed":
        await _close(rules, session, conversation, by_customer=False)
        return
    conversation.owner, conversation.agent = Owner.NOBODY, None
    await log.append(session, conversation, EventKind.AGENT_LEFT, {"name": agent}, at=now)
    if to == "bot":
        await _begin_episode(session, conversation, now)
    else:
        _begin_wait(conversation, now)
    await session.flush()


async def close(rules: Rules, session: Session, conversation: ConversationRow) -> None:
    """The customer ends the conversation. Again changes nothing."""
    if conversation.status != Status.CLOSED:
        await _close(rules, session, conversation, by_customer=True)


async def reopen(rules: Rules, session: Session, conversation: ConversationRow) -> None:
    """The customer goes on in a closed conversation: a new episode, which the bot answers. Again changes nothing."""
    if conversation.status != Status.CLOSED:
        return
    conversation.status = Status.OPEN
    await _begin_episode(session, conversation, rules.clock.now())
    await session.flush()


async def customer_wrote(rules: Rules, session: Session, conversation: ConversationRow, at: datetime) -> None:
    """A ticket's customer wrote: unless the bot has it they wait for a person, also where it was closed."""
    if conversation.status == Status.CLOSED:
        await reopen_for_people(rules, session, conversation)
    if conversation.owner != Owner.BOT:
        _begin_wait(conversation, at)
        await session.flush()


async def reopen_for_people(rules: Rules, session: Session, conversation: ConversationRow) -> None:
    """Open a closed conversation again, for whoever takes it: the bot says nothing. An open one stays as it is."""
    if conversation.status == Status.CLOSED:
        conversation.status = Status.OPEN
        await _begin_episode(session, conversation, rules.clock.now())
        conversation.owner = Owner.NOBODY
        await session.flush()


async def close_for_team(rules: Rules, session: Session, conversation: ConversationRow, by: str) -> None:
    """The team is done with it, whoever has it; what is held is sent first. Again changes nothing."""
    if conversation.status != Status.CLOSED:
        await _send_held(rules, session, conversation)
        if conversation.agent is None or conversation.owner != Owner.AGENT:
            conversation.agent = by
        await _close(rules, session, conversation, by_customer=False)


async def _close(rules: Rules, session: Session, conversation: ConversationRow, *, by_customer: bool) -> None:
    """Close it, and keep what a person answered in it for people's judgement."""
    by = "customer" if by_customer else "agent"
    conversation.status, conversation.snoozed_until = Status.CLOSED, None
    await log.append(session, conversation, EventKind.CLOSED, {"by": by}, at=rules.clock.now())
    await session.flush()
    await archive.store_closed(
        session, conversation, by_customer=by_customer, keep=rules.keep, countries=rules.countries
    )


async def _send_held(rules: Rules, session: Session, conversation: ConversationRow) -> None:
    """Send what is held; who lets go of the conversation has said what becomes of it."""
    left = await held.send_now(rules, session, conversation)
    await with_reply.overtaken(rules, session, conversation, left)


def _begin_wait(conversation: ConversationRow, now: datetime) -> None:
    """From now on the customer waits for a person, where they do not already."""
    if conversation.person_asked_at is None or conversation.person_answered_at is not None:
        conversation.person_asked_at, conversation.person_answered_at = now, None
    conversation.acknowledged_at = None


async def _begin_episode(session: Session, conversation: ConversationRow, now: datetime) -> None:
    conversation.owner, conversation.agent = Owner.BOT, None
    conversation.handover_reason = conversation.handover_text = None
    conversation.handover_expected = conversation.handover_opens_at = conversation.handover_meanwhile = None
    if conversation.person_answered_at is None:
        conversation.person_asked_at = None
    conversation.episode += 1
    await log.append(session, conversation, EventKind.REOPENED, {"episode": conversation.episode}, at=now)
    conversation.episode_seq = conversation.last_seq
