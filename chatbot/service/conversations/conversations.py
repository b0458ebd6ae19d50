"""What can happen in a conversation. Each change and its event are one transaction, which the caller commits.

Knows nothing of HTTP and nothing of models: an answer is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chatbot.errors import ClosedError, InputError, NotFoundError
from chatbot.service.access.tokens import token_hash, visitor_token
from chatbot.service.conversations import archive
from chatbot.service.conversations.views import conversation_view, handover_view, message_view
from chatbot.service.realtime.event import EventKind
from chatbot.service.visitors.visitors import DEFAULT_INBOX, Visitor, Visitors, visitor_of
from chatbot.storage.queries import agents
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import Audience, ConversationRow, MessageRow, Owner, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chatbot.clock import Clock
    from chatbot.service.conversations.office_hours import OfficeHours
    from chatbot.storage.database import Session
    from chatbot.storage.queries.conversations import ConversationState

ASKED = "customer_asked"
UNSURE = "not_sure"
FAILURE = "failure"
PRESENT_FOR = timedelta(minutes=5)  # so long a person counts as there after the last sign of them
_NO_CONVERSATION = "There is no such conversation for this token."
HANDOVER_SENTENCE = "I am passing this on to a colleague, who will answer you here."


@dataclass(frozen=True, slots=True)
class Started:
    """A new conversation and whose it is. ``token`` is a new visitor's; empty for one who came with his own."""

    id: str
    token: str
    seq: int
    visitor: Visitor


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot came to, ready to be stored.

    ``hand_over`` says why a person has to take over; None means the text is the answer. ``trace`` and the rest
    of ``report`` are for agents only.
    """

    message_id: str
    in_reply_to: str
    text: str
    decision: str
    mode: str
    confidence: float
    evidence: Sequence[Mapping[str, Any]]
    trace: Mapping[str, Any]
    report: Mapping[str, Any]
    hand_over: str | None = None


class Conversations:
    """The rules of live conversations."""

    def __init__(
        self,
        secret: bytes,
        clock: Clock,
        *,
        longest_message: int = 8000,
        keep: Collection[str] = (),
        hours: OfficeHours | None = None,
    ) -> None:
        self.visitors = Visitors(clock)
        self._secret = secret
        self._keep = keep
        self._hours = hours
        self._clock = clock
        self._longest = longest_message

    def token(self, conversation_id: str) -> str:
        """The token given to the visitor who was new with this conversation."""
        return visitor_token(self._secret, conversation_id)

    async def start(
        self, session: Session, visitor: Visitor | None = None, *, inbox_id: str = DEFAULT_INBOX
    ) -> Started:
        """Open a conversation; the bot answers in it. Without a visitor an anonymous one arrives at the inbox."""
        now = self._clock.now()
        conversation_id = self._clock.new_id("c")
        token = ""
        if visitor is None:
            token = self.token(conversation_id)
            visitor = (await self.visitors.arrive(session, inbox_id, token=token)).visitor
        conversation = ConversationRow(
            id=conversation_id,
            visitor_id=visitor.id,
            status=Status.OPEN,
            owner=Owner.BOT,
            last_seq=0,
            created_at=now,
            updated_at=now,
        )
        session.add(conversation)
        await session.flush()  # the event's row refers to it
        await log.append(session, conversation, EventKind.STARTED, {"conversation_id": conversation.id}, at=now)
        await session.flush()
        return Started(conversation.id, token, conversation.last_seq, visitor)

    async def authorise(
        self, session: Session, conversation_id: str, token: str | None, *, lock: bool = False
    ) -> ConversationRow:
        """The conversation, for who holds a token of its visitor; see ``opened_by``.

        Raises:
            UnauthorisedError: there is no token at all, or it has expired.
            NotFoundError: no such conversation, or another visitor's; the two cannot be told apart.

        """
        return await self.opened_by(session, conversation_id, await self.visitors.find(session, token), lock=lock)

    async def posting(
        self, session: Session, conversation_id: str, token: str | None
    ) -> tuple[Visitor, ConversationState]:
        """``authorise`` for those who are many, who send: who it is and where his conversation stands, which is locked.

        Raises as ``authorise``.
        """
        found = await stored.opened(session, conversation_id, token_hash(token)) if token else None
        if found is not None and found[1].expires_at > self._clock.now():
            return visitor_of(found[1], found[1]), found[0]
        visitor = await self.visitors.find(session, token)  # or it says what is wrong
        await self.opened_by(session, conversation_id, visitor)
        raise NotFoundError(_NO_CONVERSATION)

    async def opened_by(
        self, session: Session, conversation_id: str, visitor: Visitor | None, *, lock: bool = False
    ) -> ConversationRow:
        """A visitor's own conversation; ``lock`` keeps it from other writers until the commit.

        Raises:
            NotFoundError: no such conversation, or another visitor's; the two cannot be told apart.

        """
        found = await (stored.locked if lock else stored.find)(session, conversation_id)
        if found is None or visitor is None or found.visitor_id != visitor.id:
            raise NotFoundError(_NO_CONVERSATION)
        return found

    async def snapshot(self, session: Session, conversation: ConversationRow) -> dict[str, Any]:
        """The conversation and the number of the last event in it, as they were at one moment.

        Everything comes from the row that carries the number or is older than it, so the two agree whatever
        the database's isolation level is.
        """
        messages = await stored.messages(session, conversation.id, up_to=conversation.last_seq)
        return conversation_view(conversation, messages)

    async def send(
        self, session: Session, conversation: ConversationRow | ConversationState, *, client_id: str, text: str
    ) -> tuple[dict[str, Any], bool]:
        """Take a customer's message; the second part says whether it is new.

        The same ``client_id`` again is the same message, as it was stored the first time.

        Raises:
            InputError: the text is empty or too long.
            ClosedError: the conversation is closed.

        """
        known = await stored.message_sent_as(session, conversation.id, client_id)
        if known is not None:
            return message_view(known), False
        self._check_text(text)
        _check_open(conversation)
        row = MessageRow(id=self._clock.new_id("m"), role="customer", text=text, client_id=client_id)
        await self._append_message(session, conversation, row, EventKind.MESSAGE_CREATED)
        return message_view(row), True

    async def record(self, session: Session, conversation_id: str, reply: Reply, *, lease: str | None = None) -> bool:
        """Store what the bot came to, if it may still speak: it holds the lease and nothing was said since.

        ``lease`` names the server process that made it, where there are several (``lease.py``); it is given back with
        the answer. Returns whether it was stored. Checked under the lock that every writer of this conversation takes,
        so no answer lands beside an agent's, after a hand-over, or twice.
        """
        conversation = await stored.standing(session, conversation_id)
        if conversation is None or not _bot_may_speak(conversation) or conversation.lease != lease:
            return False
        newest = await stored.newest_message(session, conversation_id)
        if newest is None or newest.id != reply.in_reply_to:
            return False
        row = MessageRow(
            id=reply.message_id,
            role="bot",
            text=reply.text,
            in_reply_to=reply.in_reply_to,
            decision=reply.decision,
            mode=reply.mode,
            confidence=reply.confidence,
            evidence=[dict(item) for item in reply.evidence],
            trace=dict(reply.trace),
        )
        await self._append_message(session, conversation, row, EventKind.MESSAGE_DONE)
        now = self._clock.now()
        report = {"message_id": row.id, **reply.report}
        await log.append(session, conversation, EventKind.ANSWER_TRACED, report, at=now, audience=Audience.AGENT)
        if reply.hand_over is not None:
            row_now = await stored.locked(session, conversation_id)
            assert row_now is not None
            await self._release(session, row_now, reply.hand_over, reply.text)
        if lease is not None:
            await stored.end_lease(session, conversation_id, lease)
        return True

    async def hand_over(self, session: Session, conversation: ConversationRow) -> None:
        """The customer asks for a person: the bot is silent from now on. Again changes nothing.

        Raises:
            ClosedError: the conversation is closed.

        """
        _check_open(conversation)
        if conversation.owner == Owner.BOT:
            await self._release(session, conversation, ASKED, HANDOVER_SENTENCE)
            await session.flush()

    async def close(self, session: Session, conversation: ConversationRow) -> None:
        """End the conversation, and learn from it where a person answered. Again changes nothing."""
        if conversation.status == Status.CLOSED:
            return
        conversation.status = Status.CLOSED
        await log.append(session, conversation, EventKind.CLOSED, {"by": "customer"}, at=self._clock.now())
        await session.flush()
        await archive.harvest(session, conversation, keep=self._keep)

    async def rate(
        self, session: Session, conversation: ConversationRow, *, score: int, comment: str | None = None
    ) -> None:
        """Keep how the customer liked it; a later rating replaces an earlier one."""
        if (conversation.rating, conversation.rating_comment) == (score, comment):
            return
        conversation.rating, conversation.rating_comment = score, comment
        payload = {"score": score, "comment": comment}
        await log.append(session, conversation, EventKind.RATED, payload, at=self._clock.now())
        await session.flush()
        await archive.refresh(session, conversation, keep=self._keep)

    async def _release(self, session: Session, conversation: ConversationRow, reason: str, text: str) -> None:
        now = self._clock.now()
        conversation.owner = Owner.NOBODY
        conversation.handover_reason, conversation.handover_text = reason, text
        opens_at = None
        if self._hours is not None and not await agents.anybody_since(session, now - PRESENT_FOR):
            opens_at = self._hours.next_opening(now)
        conversation.handover_opens_at = opens_at
        conversation.handover_expected = self._hours.words(opens_at) if self._hours and opens_at else None
        await log.append(session, conversation, EventKind.HANDOVER_REQUESTED, handover_view(conversation) or {}, at=now)

    async def _append_message(
        self, session: Session, conversation: ConversationRow | ConversationState, row: MessageRow, kind: EventKind
    ) -> None:
        now = self._clock.now()
        row.conversation_id, row.created_at, row.seq = conversation.id, now, conversation.last_seq + 1
        await stored.add_message(session, row)
        await log.append(session, conversation, kind, message_view(row), at=now)

    def _check_text(self, text: str) -> None:
        if not text.strip():
            raise InputError("The message is empty.")
        if len(text) > self._longest:
            raise InputError(f"The message has {len(text)} characters; at most {self._longest} are taken.")


def _bot_may_speak(conversation: ConversationState) -> bool:
    return conversation.owner == Owner.BOT and conversation.status == Status.OPEN


def _check_open(conversation: ConversationRow | ConversationState) -> None:
    if conversation.status == Status.CLOSED:
        raise ClosedError("This conversation is closed; re-open it or start a new one.")
