"""What a connector has to be able to do, whatever the help desk; and the mark by which our notes are known there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from chatbot.errors import UnderstudyError
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from chatbot.service.outgoing.door import Client, Door

_MARK, _END = "[understudy:", "]"
LONGEST = 20_000
"""Characters of one message, as the API of this desk takes it: adapters cut at it."""


class UnsignedError(UnderstudyError):
    """A hook is not signed by who has the secret, or is too old."""

    code = "unsigned"
    status = 401
    title = "The hook is not signed"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the help desk's API lets be done.

    ``draft``: a reply can be laid before its agents, unsent. ``since``: it can be asked for what changed since a time.
    ``tags``, ``status`` and ``assign``: what ``change`` can change.
    """

    note: bool = True
    draft: bool = False
    reply: bool = False
    status: bool = False
    tags: bool = False
    assign: bool = False
    since: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """One message or note as it lies there; ``key`` is its name. ``at`` is unknown where the help desk does not say.

    ``role`` is customer, agent or bot, ``audience`` customer or team. Texts are plain, without quoted mail.
    """

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
    """A ticket as it was read back.

    ``remarks``, oldest first, lack our own notes; ``noted`` is which messages those are for. ``drafts`` are the texts
    of replies that lie there unsent. ``category`` is open, waiting or done; ``priority`` urgent, high, normal, low.
    """

    id: str
    url: str
    subject: str
    category: str
    priority: str | None
    email: str | None
    remarks: tuple[Remark, ...]
    noted: frozenset[str]
    name: str | None = None
    tags: tuple[str, ...] | None = None
    drafts: tuple[str, ...] = ()

    @property
    def unanswered(self) -> Remark | None:
        """The customer's message that stands last of all that the customer can read, in a ticket that is not done."""
        public = [each for each in self.remarks if each.audience == "customer"]
        return public[-1] if public and public[-1].from_customer and self.category != "done" else None


@dataclass(frozen=True, slots=True)
class Written:
    """What the help desk says of what was written: who we are there, and the new remark's key, as far as it says."""

    author: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be changed there; what is None stays. ``assignee`` is the e-mail of one of its agents, "" nobody."""

    category: str | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class Rung:
    """What a hook says: which ticket to look at (None: unknown), and the text that it wants to hear back."""

    ticket: str | None = None
    echo: str | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What is asked for where a connector is set up, kept encrypted under ``name``; ``says`` is the prompt."""

    name: str
    says: str
    secret: bool = False
    optional: bool = False


HOOK_SECRET = "hook_secret"  # noqa: S105 - the name of a setting
"""The setting by which a help desk signs its hooks, where it does."""


class HelpDesk(Protocol):
    """One help desk, through its API; made of a client, its URL and what its ``settings`` asked for.

    Everything raises ``OutgoingError`` where the help desk does not answer as it should, ``BusyError`` where it wants
    to be asked later. A write raises only where it may not have arrived.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    abilities: ClassVar[Abilities]
    settings: ClassVar[tuple[Setting, ...]]
    to_ring: ClassVar[str]
    """What is to be set over there, for people, with ``{hook}`` for the address to call; "" where nothing can ring."""

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None: ...

    @staticmethod
    def checked(door: Door, url: str) -> str:
        """A URL as it will be called.

        Raises:
            InputError: it is none.
            AddressRefusedError: it names an address that is not public.

        """
        ...

    def check(self) -> AsyncIterator[str]:
        """Try what is needed, step by step, and say what went well; nothing is written."""
        ...

    def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """The tickets that may have changed since; all that are not closed where there is no since, or it cannot say.

        Where ``abilities.since``, those that were closed since are among them.
        """
        ...

    async def newest(self, most: int) -> list[Theirs]:
        """The tickets that came last, the newest first."""
        ...

    async def fetch(self, external_id: str) -> Theirs | None:
        """One ticket with all that was said; None where there is none (any more). The name may be anybody's."""
        ...

    async def note(self, external_id: str, text: str) -> Written:
        """Write what only the team reads."""
        ...

    async def draft(self, external_id: str, text: str) -> Written:
        """Lay a reply before the agents, unsent."""
        ...

    async def reply(self, external_id: str, text: str) -> Written:
        """Write to the customer what a person says."""
        ...

    async def reply_alone(self, external_id: str, text: str) -> Written:
        """Write to the customer what the bot says alone."""
        ...

    async def change(self, external_id: str, change: Change) -> None:
        """Change what ``abilities`` say can be changed; the rest is passed over."""
        ...

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """What a hook says, a hint. Headers' names are small; the body is as it came; ``given`` as in the settings.

        Raises:
            UnsignedError: this help desk signs, its ``hook_secret`` is set, and the signature is not right, or too old.

        """
        ...


class Usual:
    """What most help desks do alike; each is made from it."""

    title: ClassVar[str]

    @staticmethod
    def checked(door: Door, url: str) -> str:
        """The URL as it will be called."""
        return door.check(url).rstrip("/")

    async def draft(self, external_id: str, text: str) -> Written:
        """There are none here.

        Raises:
            OutgoingError: always.

        """
        del external_id, text
        raise OutgoingError(f"{self.title} keeps no drafts that others may lay.")

    async def reply(self, external_id: str, text: str) -> Written:
        """Each says how.

        Raises:
            NotImplementedError: this one does not.

        """
        raise NotImplementedError

    async def reply_alone(self, external_id: str, text: str) -> Written:
        """As people do."""
        return await self.reply(external_id, text)


def marked(text: str, key: str) -> str:
    """A note that says which customer's message it is for."""
    return f"{text}\n\n{_MARK}{key}{_END}"


def mark_of(text: str) -> str | None:
    """Which message a note of ours is for; None: it is not ours."""
    _, found, rest = text.rstrip().rpartition(_MARK)
    return rest[: -len(_END)] if found and rest.endswith(_END) else None
