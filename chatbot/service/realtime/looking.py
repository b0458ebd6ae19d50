"""Who looks at which conversation just now, and who types in it. Nothing is stored, and no customer is told.

Each is said again and again while it lasts, and is over when nothing was heard for a while: a browser that died says no
good-bye. Every server process keeps what all of them are told.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any

from chatbot.service.realtime.event import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatbot.clock import Clock

LOOKS_SECONDS = 20.0
TYPES_SECONDS = 5.0
_CUSTOMER = ""
"""The key of who has no name; no colleague's name is empty."""
_MOST = 5_000  # conversations with somebody in them: who comes then is not shown


class Looking:
    """What one process knows of who is where. Build it inside the event loop; ``tell`` hears of every change."""

    def __init__(self, clock: Clock, tell: Callable[[Event], None]) -> None:
        self._clock = clock
        self._tell = tell
        # By conversation, and in it by the name (empty: its customer) and whether they type (else: look).
        self._ends: dict[str, dict[tuple[str, bool], asyncio.TimerHandle]] = {}

    def hear(self, conversation_id: str, payload: dict[str, Any]) -> None:
        """Take in what somebody does: ``name`` (none: the customer), and ``looks`` or ``types``, on or off."""
        name = payload.get("name") or _CUSTOMER
        changed = False
        for word, types, seconds in (("looks", False, LOOKS_SECONDS), ("types", True, TYPES_SECONDS)):
            if word in payload:
                changed |= self._set(conversation_id, (name, types), seconds if payload[word] else None)
        if changed:
            self._tell(self.event(conversation_id))

    def _set(self, conversation_id: str, sign: tuple[str, bool], seconds: float | None) -> bool:
        """Let something hold for a while, or end it; whether that is a change."""
        there = self._ends.get(conversation_id, {})
        before = there.pop(sign, None)
        if before is not None:
            before.cancel()
        if seconds is not None and (there or len(self._ends) < _MOST):
            there[sign] = asyncio.get_running_loop().call_later(seconds, self._end, conversation_id, sign)
            self._ends[conversation_id] = there
        if not there:
            self._ends.pop(conversation_id, None)
        return (before is None) == (sign in there)

    def _end(self, conversation_id: str, sign: tuple[str, bool]) -> None:
        if self._set(conversation_id, sign, None):
            self._tell(self.event(conversation_id))

    def now(self) -> dict[str, dict[str, Any]]:
        """Every conversation that somebody looks at or types in, as ``here``."""
        return {conversation_id: self.here(conversation_id) for conversation_id in sorted(self._ends)}

    def here(self, conversation_id: str) -> dict[str, Any]:
        """Who is there: the ``viewers`` by name, each with whether they type, and whether the customer types."""
        signs = self._ends.get(conversation_id, {})
        names = sorted({name for name, _ in signs} - {_CUSTOMER})
        viewers = [{"name": name, "typing": (name, True) in signs} for name in names]
        return {"viewers": viewers, "customer_types": (_CUSTOMER, True) in signs}

    def event(self, conversation_id: str) -> Event:
        """What is told of one conversation: all who are there."""
        payload = {"conversation_id": conversation_id, **self.here(conversation_id)}
        return Event(seq=None, kind=EventKind.LOOKING, at=self._clock.now(), payload=payload)

    def events(self) -> list[Event]:
        """The same of every conversation where somebody is, for who begins to listen."""
        return [self.event(conversation_id) for conversation_id in self._ends]

    def close(self) -> None:
        """Wait for nothing any more."""
        for there in self._ends.values():
            for handle in there.values():
                handle.cancel()
        self._ends.clear()


def digest(here: dict[str, dict[str, Any]]) -> str:
    """A word that is another one where somebody came, went or types; the same in every process."""
    return hashlib.sha256(json.dumps(here, sort_keys=True).encode()).hexdigest()[:16]
