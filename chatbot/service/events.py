"""Who hears of a change: the hub, and the stream that follows one conversation.

The log in the database is the truth. The hub only says "there is something new here"; whoever listens then
reads the log from where he stood, so a missed wake-up costs time and never an event. What is not worth keeping
(typing, pieces of an answer being written) passes through the hub without a number.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chatbot.errors import DatabaseAwayError
from chatbot.storage import events as log
from chatbot.storage.tables import Audience

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator
    from datetime import datetime

    from chatbot.service.surroundings import Surroundings
    from chatbot.storage.database import Database

_PASSING_KEPT = 1000  # pieces a slow listener may lag behind; message.done brings the whole text anyway
_PAGE = 500


class EventKind(StrEnum):
    """What the log tells of, and what passes without being logged."""

    STARTED = "conversation.started"
    MESSAGE_CREATED = "message.created"
    MESSAGE_DONE = "message.done"
    ANSWER_TRACED = "answer.traced"
    HANDOVER_REQUESTED = "handover.requested"
    AGENT_JOINED = "agent.joined"
    AGENT_LEFT = "agent.left"
    CONTACT_GIVEN = "contact.given"
    CLOSED = "conversation.closed"
    REOPENED = "conversation.reopened"
    RATED = "rating.given"
    FEEDBACK = "feedback.given"
    TYPING = "typing"
    DELTA = "message.delta"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``seq`` is None for what passes and is not stored."""

    seq: int | None
    kind: str
    at: datetime
    payload: dict[str, Any]


@dataclass(slots=True)
class _Draft:
    message_id: str
    text: str


class Listener:
    """One follower's letterbox. Use it from the event loop only."""

    def __init__(self) -> None:
        self._signal = asyncio.Event()
        self._passing: deque[Event] = deque(maxlen=_PASSING_KEPT)
        self._news = True

    def ring(self, passing: Event | None = None) -> None:
        """Something passes, or (without it) the log has grown."""
        if passing is None:
            self._news = True
        else:
            self._passing.append(passing)
        self._signal.set()

    def take(self) -> tuple[list[Event], bool]:
        """What passed since the last time, and whether the log is worth reading."""
        passing, news = list(self._passing), self._news
        self._passing.clear()
        self._news = False
        self._signal.clear()
        return passing, news

    async def wait(self, seconds: float) -> bool:
        """Wait for a ring; False when the time is over."""
        try:
            async with asyncio.timeout(seconds):
                await self._signal.wait()
        except TimeoutError:
            return False
        return True


class Hub:
    """Wakes the listeners of a conversation. Built inside the loop that uses it; holds nothing worth keeping."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._listeners: dict[str, set[Listener]] = {}
        self._drafts: dict[str, _Draft] = {}
        self.closed = False
        # Told what other processes' listeners should hear as well: id, kind and payload; no kind: the log has grown.
        self.outlet: Callable[[str, str | None, dict[str, Any] | None], None] = lambda *_: None

    @contextmanager
    def listen(self, conversation_id: str) -> Iterator[Listener]:
        """A letterbox for one conversation. Who comes while an answer is written gets its beginning first."""
        listener = Listener()
        draft = self._drafts.get(conversation_id)
        if draft is not None:
            listener.ring(self._delta(draft.message_id, draft.text, 0))
        self._listeners.setdefault(conversation_id, set()).add(listener)
        try:
            yield listener
        finally:
            remaining = self._listeners[conversation_id]
            remaining.discard(listener)
            if not remaining:
                del self._listeners[conversation_id]

    def wake(self, conversation_id: str) -> None:
        """Say that a conversation's log has grown. Call it after the commit."""
        self._ring(conversation_id)
        self.outlet(conversation_id, None, None)

    def listened(self) -> list[str]:
        """The conversations that somebody follows here."""
        return list(self._listeners)

    def receive(self, conversation_id: str, kind: str | None, payload: dict[str, Any] | None) -> None:
        """What another process' hub told."""
        if kind is None or payload is None:
            self._drafts.pop(conversation_id, None)  # ended, or overtaken
            self._ring(conversation_id)
            return
        if kind == EventKind.DELTA and conversation_id in self._listeners:
            draft = self._drafts.get(conversation_id)
            if draft is None or draft.message_id != payload["message_id"] or payload["offset"] == 0:
                draft = self._drafts[conversation_id] = _Draft(payload["message_id"], "")
            draft.text += payload["text"]
        self._pass(conversation_id, self._passing(kind, payload))

    def typing(self, conversation_id: str, *, on: bool, agent: str | None = None) -> None:
        """Say that the bot, or a person, began or stopped to write."""
        writer = {"role": "bot"} if agent is None else {"role": "agent", "name": agent}
        self._tell(conversation_id, self._passing(EventKind.TYPING, {**writer, "on": on}))

    def delta(self, conversation_id: str, message_id: str, text: str) -> None:
        """Pass on the next piece of a message. ``offset`` (code points) lets a listener see that he missed some."""
        draft = self._drafts.get(conversation_id)
        if draft is None or draft.message_id != message_id:
            draft = self._drafts[conversation_id] = _Draft(message_id, "")
        self._tell(conversation_id, self._delta(message_id, text, len(draft.text)))
        draft.text += text

    def draft(self, conversation_id: str) -> tuple[str, str] | None:
        """The id of the message that is being written here, and how far it is; None where none is."""
        draft = self._drafts.get(conversation_id)
        return None if draft is None else (draft.message_id, draft.text)

    def end_draft(self, conversation_id: str) -> None:
        """Forget what was being written: it is in the log now, or given up."""
        self._drafts.pop(conversation_id, None)

    def close(self) -> None:
        """End every stream; the server is going."""
        self.closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.ring()

    def _ring(self, conversation_id: str) -> None:
        for listener in self._listeners.get(conversation_id, ()):
            listener.ring()

    def _tell(self, conversation_id: str, event: Event) -> None:
        self._pass(conversation_id, event)
        self.outlet(conversation_id, event.kind, event.payload)

    def _pass(self, conversation_id: str, event: Event) -> None:
        for listener in self._listeners.get(conversation_id, ()):
            listener.ring(event)

    def _delta(self, message_id: str, text: str, offset: int) -> Event:
        return self._passing(EventKind.DELTA, {"message_id": message_id, "text": text, "offset": offset})

    def _passing(self, kind: str, payload: dict[str, Any]) -> Event:
        return Event(seq=None, kind=kind, at=self._surroundings.now(), payload=payload)


async def follow(
    database: Database,
    hub: Hub,
    conversation_id: str,
    *,
    after: int,
    seconds: float,
    audience: Audience = Audience.CUSTOMER,
) -> AsyncGenerator[Event]:
    """Everything after ``after``, then what comes, until the time is over or the hub closes.

    Ends early where the database is away. Holds no transaction while it waits. What passes is yielded before the log
    is read, so that no piece of a message arrives after the message itself.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    with hub.listen(conversation_id) as listener:
        while True:
            passing, news = listener.take()
            for event in passing:
                yield event
            while news:
                try:
                    page = await read_log(database, conversation_id, after, audience=audience)
                except DatabaseAwayError:
                    return  # whoever listens connects again and goes on from his last number
                for event in page:
                    yield event
                after = page[-1].seq or after if page else after
                news = len(page) == _PAGE
            if hub.closed or not await listener.wait(end - loop.time()):
                return


async def poll(
    database: Database, hub: Hub, conversation_id: str, *, after: int, seconds: float, audience: Audience
) -> list[Event]:
    """The stored events after a number: at once where there are some, else as soon as one comes, or none in the end."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    with hub.listen(conversation_id) as listener:
        while True:
            _, news = listener.take()
            page = await read_log(database, conversation_id, after, audience=audience) if news else []
            if page or hub.closed or not await listener.wait(end - loop.time()):
                return page


async def read_log(database: Database, conversation_id: str, after: int, *, audience: Audience) -> list[Event]:
    """One page of the log after a number; a short transaction of its own."""
    async with database.read() as session:
        rows = await log.after(session, conversation_id, after, audience=audience, limit=_PAGE)
    return [Event(row.seq, row.kind, row.created_at, row.payload) for row in rows]
