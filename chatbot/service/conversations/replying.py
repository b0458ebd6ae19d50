"""What a person writes to the customer: sent at once, or held for some seconds first.

Each is one transaction with its events, which the caller commits, as they hold the conversation's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.errors import AnotherTextError, UnderstudyError
from chatbot.service.conversations import drafts, elsewhere, held, ownership, variables, with_reply
from chatbot.service.conversations.appending import append_reply, check_words
from chatbot.service.conversations.team_views import held_shown, message_of, message_shown, note_shown
from chatbot.service.files import keeping
from chatbot.storage.queries import agents, notes
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import drafts as drafts_stored
from chatbot.storage.tables.drafts import HeldRow, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.service.conversations.rules import Rules
    from chatbot.service.conversations.with_reply import Left
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow


class UnseenMessageError(UnderstudyError):
    """The customer wrote after what the person who answers had seen; nothing was sent."""

    code = "unseen_message"
    status = 409
    title = "The customer wrote meanwhile"


async def reply(
    rules: Rules,
    session: Session,
    conversation: ConversationRow,
    agent: str,
    *,
    client_id: str,
    text: str,
    files: Sequence[str] = (),
    counts_as: str | None = None,
    seen_seq: int | None = None,
    hold: int = 0,
    acts: Mapping[str, Any] | None = None,
    leads: bool = False,
) -> tuple[dict[str, Any], bool, list[Left]]:
    """Store what the person who has the conversation writes; whether it is new; and what is left to be done with it.

    ``counts_as`` is whom their API key vouches for (``ApiKey.counts_as``); without it nobody knows who it was.
    ``seen_seq`` is the last event that they had seen. ``hold``: seconds in which they may take it back; what they hold
    already goes before what is sent at once. ``acts`` is what is done together with it, ``leads`` whether this person
    may give away what others have.

    Raises:
        NotYoursError: this person does not have it (any more).
        ClosedError: it is closed.
        InputError: the text is empty, or a variable of a macro still stands in it.
        AnotherTextError: this ``client_id`` came with another text, or belongs to somebody else's message.
        UnseenMessageError: the customer wrote after ``seen_seq``.
        AudienceError: it was written as a note.
        ElsewhereError: it would not reach the customer, who is answered in another help desk.

    """
    known = await _sent_as(session, conversation.id, client_id)
    if known is not None:
        if (known["role"], known["author"], known["text"]) != ("agent", agent, text) or (
            keeping.ids(known["files"]) != [*files]
        ):
            raise AnotherTextError("This client_id belongs to another message; draw a new one.")
        return known, False, []
    check_words(text, files)
    variables.check_filled(text)
    ownership.check_holder(conversation, agent)
    await elsewhere.check_carried(session, conversation.id, files)
    if seen_seq is not None and await drafts_stored.customer_wrote_after(session, conversation.id, seen_seq):
        raise UnseenMessageError("The customer wrote meanwhile; read it, and send again if this still fits.")
    rows = await keeping.chosen(session, conversation.id, files, sender=agent)
    await drafts.end(session, conversation.id, client_id, Kind.REPLY)
    await agents.seen(session, agent, at=rules.clock.now())
    said: dict[str, Any] = {"id": rules.clock.new_id("m"), "counts_as": counts_as, "text": text, "client_id": client_id}
    going = HeldRow(agent=agent, acts=dict(acts or {}), leads=leads, **said)
    going.files = keeping.take(rows, going.id)
    if hold:
        return await held.hold(rules, session, conversation, going, seconds=hold), True, []
    left = await held.send_now(rules, session, conversation)
    message = message_of(going)
    await append_reply(rules, session, conversation, message)
    left += await with_reply.follow(rules, session, conversation, going)
    return message_shown(message), True, left


async def _sent_as(session: Session, conversation_id: str, client_id: str) -> dict[str, Any] | None:
    """What was sent under this id, as the team sees it: a message, a held reply or a note."""
    message = await stored.message_sent_as(session, conversation_id, client_id)
    if message is not None:
        return message_shown(message)
    waiting = await drafts_stored.held_as(session, conversation_id, client_id)
    if waiting is not None:
        return held_shown(waiting)
    note = await notes.sent_as(session, conversation_id, client_id)
    return None if note is None else note_shown(note)
