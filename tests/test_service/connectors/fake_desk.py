"""A help desk in memory behind the connectors' protocol, with customers and agents who work in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import ClassVar

from chatbot.service.connectors.protocol import Abilities, Change, Remark, Rung, Theirs, Usual, Written, mark_of
from chatbot.service.outgoing.door import OutgoingError


@dataclass
class Shop:
    """What lies there. ``before`` and ``after`` are called around a write: there a test lets it fail or be late."""

    tickets: dict[str, list[Remark]] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    drafts: dict[str, list[str]] = field(default_factory=dict)
    away: bool = False
    endless: bool = False
    subject: object = "A question"
    names_what_it_wrote: bool = True
    written: list[tuple[str, str, str]] = field(default_factory=list)
    before: object = None
    after: object = None

    def says(self, ticket: str, role: str, text: str, audience: str = "customer", author: str | None = None) -> str:
        said = self.tickets.setdefault(ticket, [])
        key = f"{ticket}-{len(said)}"
        said.append(Remark(key, role, audience, text, author, datetime.now(UTC)))
        return key

    def public(self, ticket: str) -> list[tuple[str, str]]:
        return [(each.role, each.text) for each in self.tickets[ticket] if each.audience == "customer"]

    def notes(self, ticket: str) -> list[str]:
        return [each.text for each in self.tickets[ticket] if each.audience == "team"]


class FakeDesk(Usual):
    """Registered under the kind ``fake``; a test puts its ``Shop`` there."""

    shop: ClassVar[Shop]
    kind = title = "fake"
    abilities: ClassVar[Abilities] = Abilities(reply=True, status=True, since=True)
    settings = ()
    to_ring = ""

    def __init__(self, client, url, given):
        pass

    def _open(self):
        if self.shop.away:
            raise OutgoingError("It is away.")

    async def check(self):
        yield "It is there."

    async def changes(self, since):
        self._open()
        while True:
            for name in [*self.shop.tickets]:
                yield await self.fetch(name)
            if not self.shop.endless:
                return

    async def newest(self, most):
        return [await self.fetch(name) for name in [*self.shop.tickets][-most:]]

    async def fetch(self, external_id):
        self._open()
        said = self.shop.tickets.get(external_id)
        if said is None:
            return None
        marks = {each.key: mark_of(each.text) for each in said if each.audience == "team"}
        return Theirs(
            id=external_id,
            url=f"https://fake.example/{external_id}",
            subject=self.shop.subject,
            category=self.shop.categories.get(external_id, "open"),
            priority=None,
            email="ada@shop.example",
            remarks=tuple(each for each in said if not marks.get(each.key)),
            noted=frozenset(filter(None, marks.values())),
            drafts=tuple(self.shop.drafts.get(external_id, ())),
        )

    async def note(self, external_id, text):
        return await self._write("note", external_id, text, "team")

    async def reply(self, external_id, text):
        return await self._write("reply", external_id, text, "customer")

    async def draft(self, external_id, text):
        self._open()
        self.shop.written.append(("draft", external_id, text))
        self.shop.drafts.setdefault(external_id, []).append(text)
        return Written("bot")

    async def change(self, external_id, change: Change):
        self._open()
        self.shop.categories[external_id] = change.category

    async def _write(self, what, ticket, text, audience):
        self._open()
        if self.shop.before is not None:
            await self.shop.before(what, ticket)
        self.shop.written.append((what, ticket, text))
        key = self.shop.says(ticket, "agent", text.replace("\n", "  \n") + "\n", audience, "bot")
        if self.shop.after is not None:
            await self.shop.after(what, ticket)
        return Written("bot", key if self.shop.names_what_it_wrote else None)

    @staticmethod
    def heard(headers, body, given, now):
        return Rung(body.decode() or None)


class WithDrafts(FakeDesk):
    """One that keeps drafts."""

    kind = title = "fake-drafts"
    abilities = replace(FakeDesk.abilities, draft=True)
