"""How issues and messages of a Roundup are read: who speaks, where an issue stands, what is for the team alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.service.connectors.protocol import Remark, Theirs, mark_of
from chatbot.service.connectors.reading import is_number, shaped, words
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import Sequence

Raw = dict[str, Any]
STATUSES = {
    "done": ("resolved", "done-cbb", "closed", "done", "rejected", "duplicate"),
    "waiting": ("need-eg", "waiting", "pending", "deferred"),
    "open": ("chatting", "open", "in-progress", "unread"),
}
"""By which names a status is known, the one that is set first."""
_CATEGORY = {name: category for category, names in STATUSES.items() for name in names}
_PRIORITY = {"critical": "urgent", "urgent": "high", "high": "high", "bug": "normal", "feature": "low", "wish": "low"}
ISSUE = (
    "title",
    "messages",
    "keyword",
    "superseder",
    "status.name",
    "priority.name",
    "creator.username",
    "creator.realname",
    "creator.address",
)
MESSAGE = ("content", "type", "creation", "author.username", "author.realname", "author.roles")

_TIME = "%Y-%m-%d.%H:%M:%S"


@dataclass(frozen=True, slots=True)
class Reader:
    """How one tracker is read. ``agents`` are names of accounts and roles, small.

    ``private`` is the property by which a message is hidden from customers, ``notes`` that of an issue which holds
    our note.
    """

    url: str
    user: str
    agents: frozenset[str]
    private: str | None
    notes: str | None

    def ticket(self, raw: Raw, messages: Sequence[Raw]) -> Theirs:
        """An issue with its messages."""
        return shaped("The Roundup", lambda: self._ticket(raw, messages))

    def answers(self, who: str | None, roles: str | None) -> bool:
        """Whether an account is one of the tracker's own people."""
        names = {(who or "").casefold(), *((each.strip().casefold()) for each in (roles or "").split(","))}
        return bool(names & self.agents)

    def _ticket(self, raw: Raw, messages: Sequence[Raw]) -> Theirs:
        in_order = sorted(messages, key=lambda each: (each["creation"], int(each["id"])))
        remarks = [self._remark(each, opening=not place) for place, each in enumerate(in_order)]
        noted = mark_of(raw[self.notes] or "") if self.notes is not None and self.notes in raw else None
        status = (raw["status.name"] or "").casefold()
        asks = not self.answers(raw.get("creator.username"), None)
        return Theirs(
            id=str(raw["id"]),
            url=f"{self.url}/issue{checked(str(raw['id']))}",
            subject=(raw["title"] or "")[:500],
            category="done" if raw["superseder"] else _CATEGORY.get(status, "open"),
            priority=_PRIORITY.get((raw["priority.name"] or "").casefold()),
            email=(raw.get("creator.address") or None) if asks else None,
            remarks=tuple(each for each in remarks if each.text),
            noted=frozenset({noted} if noted is not None else ()),
            name=(raw.get("creator.realname") or raw.get("creator.username")) if asks else None,
            tags=tuple(str(each["name"]) for each in raw["keyword"]),
        )

    def _remark(self, raw: Raw, *, opening: bool) -> Remark:
        who = raw.get("author.username")
        hidden = self.private is not None and bool(raw[self.private])
        role = "bot" if who == self.user else "agent" if self.answers(who, raw.get("author.roles")) else "customer"
        text, html = raw["content"] or "", raw["type"] == "text/html"
        return Remark(
            key=str(raw["id"]),
            role="agent" if hidden and role == "customer" else role,
            audience="team" if hidden else "customer",
            text=words(text, role=role, opening=opening, team=hidden or role == "bot", may_be_html=html),
            author=raw.get("author.realname") or who,
            at=datetime.strptime(raw["creation"][:19], _TIME).replace(tzinfo=UTC),
        )


def category_of(status: Raw) -> str:
    """What a status means: open, waiting or done."""
    return _CATEGORY.get(str(status.get("name")).casefold(), "open")


def checked(number: str) -> str:
    """A number that may stand in a path.

    Raises:
        OutgoingError: it is none.

    """
    if not is_number(number):
        raise OutgoingError("A Roundup names its items by number; this is none.")
    return number


def time_of(at: datetime) -> str:
    """A time as it is asked for: with a zone, else it would be in the account's own."""
    return f"{at.astimezone(UTC).strftime(_TIME)}+0000"
