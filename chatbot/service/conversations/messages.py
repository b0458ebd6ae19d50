"""Messages of a customer, of the bot and of the desk itself; what people write is in ``replying`` and ``notes``.

Each message and its events are one transaction, which the caller commits. Knows nothing of HTTP and asks no model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.text import set_phrases
from chatbot.errors import AnotherTextError, FullError, InputError, NotFoundError
from chatbot.service.conversations import ownership, snoozing, wording
from chatbot.service.conversations.acknowledging import acknowledgement
from chatbot.service.conversations.appending import append_message, check_words
from chatbot.service.conversations.expectation import expected
from chatbot.service.conversations.views import message_view, stored_evidence
from chatbot.service.files import keeping
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import SYSTEM, Audience, MessageRow, Owner
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.dialogue.answer import Answer
    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.queries.conversations import ConversationState
    from chatbot.storage.tables.conversations import ConversationRow

FAILED = "failed"  # the reason of an answer that the dialogue broke on
ONLY_FILES = "only_files"  # and of one to a message without a word
STOPPED = "stopped"  # the decision of a message that the customer stopped
_BYTES_OF_A_CHARACTER = 4  # in UTF-8, at most
_SPEAKS = {Decision.ANSWER, Decision.ASK_BACK}
# The customer is told why a person takes over in three words; the bot's own reason codes are for the team.
_HANDOVER_REASONS = {"wants_person": ownership.ASKED, FAILED: ownership.FAILURE}


async def send(
    rules: Rules,
    session: Session,
    conversation: ConversationRow | ConversationState,
    *,
    client_id: str,
    text: str,
    files: Sequence[str] = (),
) -> tuple[dict[str, Any], bool]:
    """Store a customer's message; the second part says whether it is new. Who waits for a person may be told something.

    The same ``client_id`` again is the same message, as it was stored the first time. ``files`` were uploaded before.

    Raises:
        InputError: the text is too long, or empty without a file; or a file is not theirs to send.
        ClosedError: the conversation is closed.
        AnotherTextError: this ``client_id`` came with another text.
        FullError: the customer has written as much as a conversation holds.

    """
    known = await stored.message_sent_as(session, conversation.id, client_id)
    if known is not None:
        if (known.role, known.text, keeping.ids(known.files)) != ("customer", text, [*files]):
            raise AnotherTextError(occasion="another_text")
        return message_view(known), False
    check_words(text, files)
    if len(text) > rules.longest_message:
        raise InputError(occasion="too_long", characters=len(text), most=rules.longest_message)
    ownership.check_open(conversation)
    await _check_room(rules, session, conversation, text)
    rows = await keeping.chosen(session, conversation.id, files, sender=keeping.CUSTOMER)
    row = MessageRow(id=rules.clock.new_id("m"), role="customer", text=text, client_id=client_id)
    row.files = keeping.take(rows, row.id)
    view = await append_message(rules, session, conversation, row)
    await snoozing.wake(rules, session, conversation)
    if conversation.owner == Owner.NOBODY:
        await _acknowledge(rules, session, conversation.id, text)
    return view, True


async def record(
    rules: Rules,
    session: Session,
    conversation_id: str,
    answer: Answer,
    *,
    message_id: str,
    in_reply_to: str,
    lease: str | None = None,
) -> bool:
    """Store the bot's answer to a message, if it may still be given; whether it was stored.

    It may where the bot holds the conversation and ``lease``, and nothing was said since. ``lease`` names the server
    process that made the answer, where there are several; it is given back here. All of it is checked under the lock
    that every writer of this conversation takes, so no answer lands beside an agent's, after a hand-over, or twice.
    """
    conversation = await stored.state(session, conversation_id)
    if conversation is None or not ownership.bot_may_speak(conversation) or conversation.lease != lease:
        return False
    newest = await stored.newest_message(session, conversation_id)
    if newest is None or newest.id != in_reply_to:
        return False
    row = MessageRow(
        id=message_id,
        role="bot",
        text=answer.reply,
        in_reply_to=in_reply_to,
        decision=str(answer.decision),
        mode=answer.mode,
        confidence=answer.confidence,
        evidence=stored_evidence(answer.evidence),
        trace=dict(answer.trace),
    )
    when = None
    spoken = answer.trace.get("language")
    if answer.decision not in _SPEAKS:
        language = spoken = await wording.language_of(session, conversation)
        when = await expected(rules, session, language)
        occasion = "only_files" if answer.reason == ONLY_FILES else "handover"
        row.text = wording.joined(language, answer.reply or set_phrases.sentence(occasion, language), when.sentence)
    await append_message(rules, session, conversation, row, EventKind.MESSAGE_DONE)
    report = _report(message_id, answer)
    await stored.note_answer(session, conversation_id, decided=report["decision"], topic=answer.topic, language=spoken)
    at = row.created_at
    await log.append(session, conversation, EventKind.ANSWER_TRACED, report, at=at, audience=Audience.AGENT)
    if when is not None:
        reason = _HANDOVER_REASONS.get(answer.reason, ownership.UNSURE)
        meanwhile = answer.reason not in ownership.FOR_PEOPLE_ONLY
        row_now = await stored.locked(session, conversation_id)
        assert row_now is not None
        await ownership.request_person(rules, session, row_now, reason, row.text, when, meanwhile=meanwhile)
    if lease is not None:
        await stored.end_lease(session, conversation_id, lease)
    return True


async def stop_answer(
    rules: Rules, session: Session, conversation: ConversationRow, *, draft: tuple[str, str] | None
) -> bool:
    """End the answer that is being written with what the customer has seen of it; False where none is.

    ``draft`` is the id and the text of what is being written, as far as is known here. It becomes a message of its own,
    so that nothing is left to answer: the bot waits for the next message. What was being written cannot be stored any
    more, because it no longer answers the newest message.
    """
    messages = await stored.messages(session, conversation.id, up_to=conversation.last_seq)
    said = [message for message in messages if message.role != SYSTEM]
    if not ownership.bot_may_speak(conversation) or not said or said[-1].role != Role.CUSTOMER:
        return False
    if draft is None or draft[0] in {message.id for message in messages}:  # a hub may not have heard that it ended
        draft = (rules.clock.new_id("m"), "")
    message_id, written = draft
    row = MessageRow(
        id=message_id,
        role="bot",
        text=written.strip() or set_phrases.sentence("stopped", wording.spoken(messages)),
        in_reply_to=said[-1].id,
        decision=STOPPED,
    )
    await append_message(rules, session, conversation, row, EventKind.MESSAGE_DONE)
    return True


async def trace_of(session: Session, message_id: str) -> dict[str, Any]:
    """The stored trace of one of the bot's messages: for the team and its other systems, never for the customer.

    Raises:
        NotFoundError: there is no such message, or it was none of the bot's; which of these is not told.

    """
    trace = await stored.trace_of(session, message_id)
    if trace is None:
        raise NotFoundError("There is no message of the bot with this id.")
    return trace


def _report(message_id: str, answer: Answer) -> dict[str, Any]:
    """What agents are told of an answer."""
    return {
        "message_id": message_id,
        "decision": str(answer.decision),
        "confidence": answer.confidence,
        "reason": answer.reason,
        "detail": answer.detail,
        "suggestion": answer.suggestion,
    }


async def _acknowledge(rules: Rules, session: Session, conversation_id: str, text: str) -> None:
    conversation = await stored.locked(session, conversation_id)
    assert conversation is not None
    told = await acknowledgement(rules, session, conversation, text)
    if told:
        row = MessageRow(id=rules.clock.new_id("m"), role=SYSTEM, text=told)
        await append_message(rules, session, conversation, row)
    await session.flush()


async def _check_room(
    rules: Rules, session: Session, conversation: ConversationRow | ConversationState, text: str
) -> None:
    """Refuse what a conversation has no room for. Most are so short that nothing needs to be counted."""
    most_of_each = rules.longest_message * _BYTES_OF_A_CHARACTER
    if conversation.last_seq < min(rules.most_messages, rules.most_bytes // most_of_each):
        return
    messages, octets = await stored.written_by_customer(session, conversation.id)
    if messages >= rules.most_messages or octets + len(text.encode()) > rules.most_bytes:
        raise FullError(occasion="full")
