"""Rate limits by address, visitor, conversation and inbox, and of passwords that are tried.

The generic cell rate algorithm (ITU-T I.371): one number a key, the time at which it will have paid for what it took.
In memory, so each server process counts for itself, and a restart forgets.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from chatbot.errors import InputError, RateLimitedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatbot.settings import Settings

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"([1-9][0-9]{0,8})\s*/\s*(second|minute|hour|day)")
_FIRST_TIDYING = 1000
_QUARTER = 900


@dataclass(frozen=True, slots=True)
class Rate:
    """``amount`` in ``seconds``; all of them may come at once, and then one each time one has been paid for."""

    amount: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How many of a rate may come now, and in how many seconds all of them may again."""

    rate: Rate
    left: int
    whole_in: int


WRONG_PASSWORDS = Rate(5, _QUARTER)
"""How often a password of one account may be tried and be wrong."""
WRONG_PASSWORDS_BY_ADDRESS = Rate(20, _QUARTER)
"""And from one address, whosever it is."""
WHISPERS = Rate(60, 60)
"""How often a conversation's page may say that somebody types there."""


def rate(text: str) -> Rate | None:
    """Read a rate such as ``600/minute``; None, for no limit, where the text is empty.

    Raises:
        InputError: it is no rate.

    """
    if not text.strip():
        return None
    found = _RATE.fullmatch(text.strip().lower())
    if found is None:
        raise InputError(f"A rate looks like 600/minute (second, minute, hour, day), found {text!r}.")
    return Rate(int(found[1]), _SECONDS[found[2]])


class Meter:
    """Counts one kind of key against one rate."""

    def __init__(self, limit: Rate | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._paid_at: dict[str, float] = {}
        self._tidy_at = _FIRST_TIDYING

    def take(self, key: str, limit: Rate | None = None) -> float:
        """Take one, or learn in how many seconds there will be one; 0 where it was taken. ``limit`` overrides."""
        counted = limit or self._limit
        if counted is None:
            return 0.0
        now = self._clock()
        paid_at = max(self._paid_at.get(key, now), now)
        each = counted.seconds / counted.amount
        wait = paid_at - now - (counted.seconds - each)
        if wait > 1e-9:  # noqa: PLR2004 - what sums of floats leave
            return wait
        self._paid_at[key] = paid_at + each
        if len(self._paid_at) >= self._tidy_at:
            self._tidy(now)
        return 0.0

    def standing(self, key: str) -> Standing | None:
        """What is left for a key; None where nothing is limited."""
        if self._limit is None:
            return None
        owed = max(self._paid_at.get(key, 0.0) - self._clock(), 0.0)
        each = self._limit.seconds / self._limit.amount
        return Standing(self._limit, max(0, math.floor((self._limit.seconds - owed) / each + 1e-6)), math.ceil(owed))

    def give_back(self, key: str) -> None:
        """Take one back that need not have been counted."""
        if self._limit is not None and key in self._paid_at:
            self._paid_at[key] -= self._limit.seconds / self._limit.amount

    def _tidy(self, now: float) -> None:
        """Drop keys that owe nothing."""
        self._paid_at = {key: at for key, at in self._paid_at.items() if at > now}
        self._tidy_at = max(_FIRST_TIDYING, 2 * len(self._paid_at))


class Limits:
    """The meters of one server; the rates are written as ``600/minute``."""

    def __init__(
        self,
        *,
        address: str = "",
        starts: str = "",
        starts_here: str = "",
        visitor: str = "",
        conversation: str = "",
        files: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._addresses = Meter(rate(address), clock)
        self._starts = Meter(rate(starts), clock)
        self._starts_here = Meter(rate(starts_here), clock)
        self._visitors = Meter(rate(visitor), clock)
        self._conversations = Meter(rate(conversation), clock)
        self._whispers = Meter(WHISPERS, clock)
        self._files = Meter(rate(files), clock)
        self._inboxes = Meter(None, clock)
        self._accounts = Meter(WRONG_PASSWORDS, clock)
        self._guessers = Meter(WRONG_PASSWORDS_BY_ADDRESS, clock)

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Those that are set."""
        return cls(
            address=settings.rate_address,
            starts=settings.rate_starts,
            starts_here=settings.rate_starts_here,
            visitor=settings.rate_visitor,
            conversation=settings.rate_conversation,
            files=settings.rate_files,
        )

    def request(self, address: str | None) -> int:
        """Count a request from an address; the seconds it has to wait, 0 where it need not."""
        place = whose(address)
        return 0 if place is None else math.ceil(self._addresses.take(place))

    def standing(self, address: str | None) -> Standing | None:
        """What is left for an address; None where it is not counted."""
        place = whose(address)
        return None if place is None else self._addresses.standing(place)

    def arrival(self, address: str | None, inbox_id: str, inbox_rate: str | None) -> None:
        """Count the start of a conversation, or a sign-in.

        Raises:
            RateLimitedError: too many.

        """
        place = whose(address)
        _refuse(self._starts_here.take("here") if place is None else self._starts.take(place))
        _refuse(self._inboxes.take(inbox_id, rate(inbox_rate or "")))

    def write(self, visitor_id: str, conversation_id: str, inbox_id: str, inbox_rate: str | None) -> None:
        """Count something a visitor writes.

        Raises:
            RateLimitedError: too much.

        """
        _refuse(self._conversations.take(conversation_id))
        _refuse(self._visitors.take(visitor_id))
        _refuse(self._inboxes.take(inbox_id, rate(inbox_rate or "")))

    def whisper(self, conversation_id: str) -> None:
        """Count a word that somebody types.

        Raises:
            RateLimitedError: it is too much.

        """
        _refuse(self._whispers.take(conversation_id))

    def file(self, visitor_id: str, address: str | None) -> None:
        """Count a file that a visitor attaches.

        Raises:
            RateLimitedError: too many.

        """
        _refuse(self._files.take(visitor_id))
        if (place := whose(address)) is not None:
            _refuse(self._files.take(place))

    def password_tried(self, account: str, address: str | None) -> None:
        """Count a password before it is checked, so that many at once gain nothing. The account need not be there.

        Raises:
            RateLimitedError: too many were wrong, for this account or from this address.

        """
        if (place := whose(address)) is not None:
            _refuse(self._guessers.take(place))
        _refuse(self._accounts.take(account))

    def password_right(self, account: str, address: str | None) -> None:
        """Take back what ``password_tried`` counted: only wrong ones are."""
        if (place := whose(address)) is not None:
            self._guessers.give_back(place)
        self._accounts.give_back(account)


def whose(address: str | None) -> str | None:
    """Who is counted for an address: itself, or the IPv6 network of 64 bits that one subscriber gets.

    None for this machine: that is its own programs, or a proxy that does not say for whom it speaks, and then everybody
    would pay for one.
    """
    try:
        found = ip_address(address or "")
    except ValueError:
        return None  # a socket file, or a test
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return None
    return str(found) if found.version == 4 else str(IPv6Address(int(found) >> 64 << 64))  # noqa: PLR2004


def _refuse(wait: float) -> None:
    if wait > 0:
        raise RateLimitedError(math.ceil(wait))
