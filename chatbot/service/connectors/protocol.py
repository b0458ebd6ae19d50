"""What a connector has to be able to do, whatever the help desk; and the mark by which our notes are known there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

_MARK, _END = "[understudy:", "]"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the help desk's API lets be done. ``since``: it can be asked for what changed since a time."""

    note: bool
    reply: bool
    status: bool
    since: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """One message or note as it lies there; ``key`` is its name. ``at`` is unknown where the help desk does not say."""

    key: str
    role: str
    audience: str
    text: str
    author: str | None
    at: datetime | None

    @property
    def from_customer(self) -> bool:
        """Whether it is the customer's."""
        return self.role == "customer"


@dataclass(frozen=True, slots=True)
class Theirs:
    """A ticket as it was read back. ``remarks``, oldest first, lack our own; ``noted`` is what those are for."""

    id: str
    url: str
    subject: str
    category: str
    priority: str | None
    email: str | None
    remarks: tuple[Remark, ...]
    noted: frozenset[str]

    @property
    def unanswered(self) -> Remark | None:
        """The customer's message that stands last of all that the customer can read, in a ticket that is not done."""
        public = [each for each in self.remarks if each.audience == "customer"]
        return public[-1] if public and public[-1].from_customer and self.category != "done" else None


class HelpDesk(Protocol):
    """One help desk, through its API. Everything raises ``OutgoingError`` where it does not answer as it should."""

    abilities: Abilities

    async def check(self) -> AsyncIterator[str]:
        """Try what is needed, step by step, and say what went well."""
        yield ""

    def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """The tickets that may have changed since; all that are not closed where the help desk cannot say."""
        ...

    async def newest(self, most: int) -> list[Theirs]:
        """The tickets that came last, the newest first."""
        ...

    async def fetch(self, external_id: str) -> Theirs | None:
        """One ticket; None where there is none (any more)."""
        ...

    async def note(self, external_id: str, text: str) -> str | None:
        """Write what only the team reads; who we are there, as far as it says."""
        ...

    @staticmethod
    def rung(body: bytes) -> str | None:
        """Which ticket a hook is about, as a hint; None: unknown."""
        ...


def marked(text: str, key: str) -> str:
    """A note that says which customer's message it is for."""
    return f"{text}\n\n{_MARK}{key}{_END}"


def mark_of(text: str) -> str | None:
    """Which message a note of ours is for; None: it is not ours."""
    _, found, rest = text.rstrip().rpartition(_MARK)
    return rest[: -len(_END)] if found and rest.endswith(_END) else None
