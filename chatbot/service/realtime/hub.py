"""The hub: hands the listeners of a conversation what was written to its log, and what is not stored.

The log in the database is the truth. A listener is handed what this process wrote, or told that there is something new;
what they were not handed they read there, so a lost notice costs time and never an event. Typing, and pieces of an
answer being written, pass through unstored and without a number.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from chatbot.service.realtime.event import Event, EventKind
from chatbot.service.realtime.looking import Looking
from chatbot.storage.queries.events import appended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chatbot.clock import Clock
    from chatbot.storage.database import Session
    from chatbot.storage.queries.events import Entry

DESK = ""
"""What is listened to by who follows every conversation of the desk; no conversation has this id."""
_PASSING_KEPT = 1000  # pieces a slow listener may lag behind; message.done brings the whole text anyway
_DRAFTS_KEPT = 1000  # of other processes: the oldest goes, should a word of their end have been lost
_ENTRIES_KEPT = 100  # whoever is further behind reads the log again


@dataclass(slots=True)
class _Draft:
    message_id: str
    text: str


class Taken(NamedTuple):
    """What came since the last time: what is not stored, what was stored, and whether the log has more than that."""

    passing: list[Event]
    stored: list[Event]
    news: bool


class Listener:
    """One follower's queue of events. Use it from the event loop only."""

    def __init__(self) -> None:
        self._signal = asyncio.Event()
        self._passing: deque[Event] = deque(maxlen=_PASSING_KEPT)
        self._stored: list[Event] = []
        self._news = True

    def notify(self, passing: Event | None = None) -> None:
        """Queue an event that is not stored; without one, say that the log has grown."""
        if passing is None:
            self._news = True
        else:
            self._passing.append(passing)
        self._signal.set()

    def push(self, stored: Sequence[Event]) -> None:
        """Queue events that were written to the log."""
        if len(self._stored) < _ENTRIES_KEPT:
            self._stored.extend(stored)
        else:
            self._news = True
        self._signal.set()

    def drain(self) -> Taken:
        """Take all there is."""
        taken = Taken(self.drain_deltas(), self._stored, self._news)
        self._stored = []
        self._news = False
        self._signal.clear()
        return taken

    def drain_deltas(self) -> list[Event]:
        """Take only what is not stored."""
        passing = list(self._passing)
        self._passing.clear()
        return passing

    async def wait(self, seconds: float) -> bool:
        """Wait until there is something; False when the time is over."""
        try:
            async with asyncio.timeout(seconds):
                await self._signal.wait()
        except TimeoutError:
            return False
        return True


class Hub:
    """The listeners of all conversations. Build it inside the event loop; it holds nothing worth keeping."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listeners: dict[str, set[Listener]] = {}
        self._drafts: dict[str, _Draft] = {}
        self.looking = Looking(clock, lambda event: self._pass(DESK, event))
        self.closed = False
        # Called with what other processes' listeners should hear too: id, kind and payload; no kind: the log has grown.
        self.forward: Callable[[str, str | None, dict[str, Any] | None], None] = lambda *_: None

    @contextmanager
    def listen(self, conversation_id: str) -> Iterator[Listener]:
        """Listen to one conversation. Who comes while an answer is written gets its beginning first."""
        listener = Listener()
        draft = self._drafts.get(conversation_id)
        if draft is not None:
            listener.notify(self._delta(draft.message_id, draft.text, 0))
        self._listeners.setdefault(conversation_id, set()).add(listener)
        try:
            yield listener
        finally:
            remaining = self._listeners[conversation_id]
            remaining.discard(listener)
            if not remaining:
                del self._listeners[conversation_id]

    def publish(self, conversation_id: str, entries: Sequence[Entry] = ()) -> None:
        """Say that a conversation's log has grown, by these entries where they are known. Call it after the commit."""
        listeners = self._listeners.get(conversation_id, ())
        if listeners and entries:
            stored = [Event.of(entry) for entry in entries]  # once for all: they share the JSON
            for listener in listeners:
                listener.push(stored)
        else:
            self._notify(conversation_id)
        self._notify(DESK)
        self.forward(conversation_id, None, None)

    def publish_written(self, session: Session, conversation_id: str) -> None:
        """As ``publish``, by what a session has written to the conversation's log and committed."""
        self.publish(conversation_id, appended(session, conversation_id))

    def listened(self) -> list[str]:
        """The conversations that somebody follows here."""
        return list(self._listeners)

    def receive(self, conversation_id: str, kind: str | None, payload: dict[str, Any] | None) -> None:
        """Pass on to the listeners here what another process' hub forwarded."""
        if kind is None or payload is None:
            self._drafts.pop(conversation_id, None)  # ended, or superseded
            self._notify(conversation_id)
            self._notify(DESK)
            return
        if kind == EventKind.LOOKING:
            self.looking.hear(conversation_id, payload)
            return
        if kind == EventKind.DELTA:
            self._follow_draft(conversation_id, payload)
        self._pass(conversation_id, self._passing(kind, payload))

    def typing(self, conversation_id: str, *, on: bool, agent: str | None = None) -> None:
        """Say that the bot, or a person, began or stopped to write."""
        writer = {"role": "bot"} if agent is None else {"role": "agent", "name": agent}
        self._tell(conversation_id, self._passing(EventKind.TYPING, {**writer, "on": on}))

    def look(self, conversation_id: str, **what: Any) -> None:
        """Say that a colleague (``name``), or without a name the customer, ``looks`` or ``types``, or no longer does.

        Who follows the desk hears of it, and nobody else: the listeners of a conversation may be its customer's.
        """
        self.looking.hear(conversation_id, what)
        self.forward(conversation_id, EventKind.LOOKING, what)

    def delta(self, conversation_id: str, message_id: str, text: str) -> None:
        """Pass on the next piece of a message. ``offset`` (code points) shows a listener that they missed some."""
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

    def _follow_draft(self, conversation_id: str, payload: dict[str, Any]) -> None:
        """Keep what another process is writing: whoever comes late to it, or stops it, may do so here."""
        draft = self._drafts.get(conversation_id)
        if draft is None or draft.message_id != payload["message_id"] or payload["offset"] == 0:
            self._drafts.pop(conversation_id, None)
            draft = self._drafts[conversation_id] = _Draft(payload["message_id"], "")
            if len(self._drafts) > _DRAFTS_KEPT:
                del self._drafts[next(iter(self._drafts))]
        draft.text += payload["text"]

    def close(self) -> None:
        """End every stream; the server is going."""
        self.closed = True
        self.looking.close()
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.notify()

    def _notify(self, conversation_id: str) -> None:
        for listener in self._listeners.get(conversation_id, ()):
            listener.notify()

    def _tell(self, conversation_id: str, event: Event) -> None:
        self._pass(conversation_id, event)
        self.forward(conversation_id, event.kind, event.payload)

    def _pass(self, conversation_id: str, event: Event) -> None:
        for listener in self._listeners.get(conversation_id, ()):
            listener.notify(event)

    def _delta(self, message_id: str, text: str, offset: int) -> Event:
        return self._passing(EventKind.DELTA, {"message_id": message_id, "text": text, "offset": offset})

    def _passing(self, kind: str, payload: dict[str, Any]) -> Event:
        return Event(seq=None, kind=kind, at=self._clock.now(), payload=payload)
