"""May this be answered by itself? What the bot would do with a conversation now; and doing it, where a contract lets.

What is sent takes the way of a live answer: the same lease, the same checks under the conversation's lock, one
transaction (``messages.record``). Nothing is ever handed over here: what may not be answered is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Answer, Decision
from chatbot.errors import NotFoundError
from chatbot.service.conversations import elsewhere, messages
from chatbot.service.serving import alone
from chatbot.service.turns import spoken
from chatbot.storage.queries import conversations as stored
from chatbot.storage.tables.conversations import Owner, Status
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.service.conversations.rules import Rules
    from chatbot.service.serving.loaded import Replies
    from chatbot.storage.database import Session
    from chatbot.storage.queries.conversations import Newest
    from chatbot.storage.tables.conversations import ConversationRow
    from data.transcripts import Turn

NOT_ASKED = "not_asked"
NOT_SURE = "not_sure"
NO_CONTRACT = "no_contract"
STOPPED = "stopped"
CLOSED = "closed"
WITH_A_PERSON = "with_a_person"
WAITS_FOR_A_PERSON = "waits_for_a_person"
ANSWERED = "answered"
CHANGED = "changed"
NOTHING_ASKED = "nothing_asked"
ELSEWHERE = "elsewhere"
WHY = {
    NOT_ASKED: "Nobody asked for it to be sent (`act`).",
    NOTHING_ASKED: "The customer has asked nothing in words.",
    NOT_SURE: "It is not sure enough to be answered without a person.",
    NO_CONTRACT: "No contract serves, so nothing is promised: `understudy contracts fit` makes one.",
    STOPPED: "Answering alone is switched off.",
    CLOSED: "The conversation is closed.",
    WITH_A_PERSON: "A person has the conversation.",
    WAITS_FOR_A_PERSON: "It waits for a person, who was asked for or has spoken in it before.",
    ANSWERED: "It has been answered already.",
    ELSEWHERE: "It lies in another help desk, whose connector may not answer by itself.",
    CHANGED: "Something was said, or somebody else was answering, meanwhile: ask again.",
}
"""Why nothing was sent: stable codes, and a sentence for people."""

SILENT = Answer(
    reply="",
    decision=Decision.HAND_OVER,
    confidence=0.0,
    mode="hand_over",
    reason="no_customer_words",
    detail="The customer has written no words to answer.",
)
"""What is decided where the customer has said nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be decided: all turns of the episode, and the customer's message that is to be answered.

    ``stands_in_the_way`` says why nothing may be sent there, whatever is decided.
    """

    turns: tuple[Turn, ...]
    message_id: str | None = None
    stands_in_the_way: str | None = None


async def question(session: Session, conversation_id: str) -> Question:
    """A conversation of this desk, up to what was said last in it.

    Raises:
        NotFoundError: there is no such conversation.

    """
    row = await stored.find(session, conversation_id)
    if row is None:
        raise NotFoundError("There is no such conversation.")
    turns = asked(spoken(await stored.messages(session, row.id, up_to=row.last_seq, after=row.episode_seq)))
    newest = await stored.newest_message(session, row.id)
    stands = await _in_the_way(session, row, newest)
    return Question(turns, newest and newest.id, stands or (None if turns else NOTHING_ASKED))


def asked(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The turns up to the customer's last one: what came after it is the answer."""
    last = next((place for place in range(len(turns), 0, -1) if turns[place - 1].role is Role.CUSTOMER), 0)
    return turns[:last]


def decide(pipeline: Replies, turns: Sequence[Turn]) -> Answer:
    """What the bot would answer to what the customer said last."""
    before = asked(tuple(turns))
    return pipeline.answer(before) if before else SILENT


def refusal(question: Question, answer: Answer, contract: str | None) -> str | None:
    """Why this may not be sent, as far as is known before it is stored; None where nothing speaks against it."""
    if question.stands_in_the_way is not None:
        return question.stands_in_the_way
    if answer.decision is not Decision.ANSWER:
        return NOT_SURE
    return NO_CONTRACT if contract is None else None


async def send(
    rules: Rules,
    session: Session,
    conversation_id: str,
    question: Question,
    answer: Answer,
    *,
    message_id: str,
    lease: str | None,
) -> str | None:
    """Store the answer as the bot's; None where it was, else why not. The caller commits and tells who listens."""
    if (await alone.allowed(session, answer)) is not answer:
        return STOPPED
    if not await elsewhere.answers_alone(session, conversation_id):
        return ELSEWHERE
    assert question.message_id is not None
    reply_to = question.message_id
    row = await stored.locked(session, conversation_id)
    lent = row is not None and row.owner == Owner.NOBODY and await _is_nobodys(session, row)
    if row is not None and lent:
        row.owner = Owner.BOT  # for this answer alone, within this transaction
        await session.flush()
    kept = await messages.record(
        rules, session, conversation_id, answer, message_id=message_id, in_reply_to=reply_to, lease=lease
    )
    if row is not None and lent:
        await session.refresh(row)
        row.owner = Owner.NOBODY
        row.person_answered_at = rules.clock.now() if kept else row.person_answered_at
        await session.flush()
    if kept:
        return None
    newest = await stored.newest_message(session, conversation_id)
    return (row and await _in_the_way(session, row, newest)) or CHANGED


async def _is_nobodys(session: Session, row: ConversationRow) -> bool:
    """Whether nobody has it and nobody was asked for: a ticket as it was brought, in which no person has spoken."""
    return row.handover_reason is None and not await stored.person_spoke(session, row.id)


async def _in_the_way(session: Session, row: ConversationRow, newest: Newest | None) -> str | None:
    if row.status == Status.CLOSED:
        return CLOSED
    if row.owner == Owner.AGENT:
        return WITH_A_PERSON
    if row.owner == Owner.NOBODY and not await _is_nobodys(session, row):
        return WAITS_FOR_A_PERSON
    if not await elsewhere.answers_alone(session, row.id):
        return ELSEWHERE
    if newest is None:
        return NOTHING_ASKED
    return None if newest.role == Role.CUSTOMER else ANSWERED
