"""The connector to Freshdesk, by its API v2.

What it needs to be treated with care for: the first message lies on the ticket and not among its conversations; a list
ordered by the time of a change moves while it is read, so it is read newest first, where what moves comes twice and
nothing is left out; hooks use up the same limit as we do and are not signed; a forwarded message is not the customer's
to read. There are no drafts.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from chatbot.service.connectors import reading
from chatbot.service.connectors.asking import Api, BusyError, basic
from chatbot.service.connectors.protocol import Abilities, Change, Rung, Setting, Theirs, Usual, Written
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from chatbot.service.outgoing.door import Client

_CATEGORY = {2: "open", 3: "waiting", 4: "done", 5: "done", 6: "waiting", 7: "waiting"}
_STATUS = {"open": 2, "waiting": 3, "done": 4}
_PRIORITY = {1: "low", 2: "normal", 3: "high", 4: "urgent"}
_OUTBOUND = 10
"""Source of a ticket that begins with a mail from the team."""
_SURVEY, _FORWARDED = 6, 8
"""Sources of a conversation that are no message to or from the customer."""
_EARLY = timedelta(minutes=5)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # without a time it lists the last 30 days only
_PAGE, _MOST = 100, 300
_LEFT_FOR_OTHERS = 10  # requests of a minute
_MINUTE = 60.0


class Freshdesk(Usual):
    """One Freshdesk."""

    kind: ClassVar[str] = "freshdesk"
    title: ClassVar[str] = "Freshdesk"
    abilities: ClassVar[Abilities] = Abilities(reply=True, status=True, tags=True, assign=True, since=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("token", "API key of an agent, made for this alone (Profile settings)", secret=True),
    )
    to_ring: ClassVar[str] = (
        "make an automation rule on ticket updates (Admin, Workflows, Automations) by requester or agent, when a reply "
        "or a note is added or the status changes, and one on ticket creation, each with the action Trigger webhook: "
        "POST to {hook}, JSON, advanced, with\n\n"
        '{"ticket": "{{ticket.id}}"}'
    )

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        self._host = urlsplit(self._url).netloc
        self._api = Api(client, f"{self._url}/api/v2", {"Authorization": basic(given["token"], "X")}, self.title)
        self._left: int | None = None

    async def check(self) -> AsyncIterator[str]:
        """See who we are, and that we may read tickets."""
        said = await self._get("agents/me")
        with reading.told(self._host, "agent"):
            yield f"The API answers, and knows us: {reading.text(said['contact']['name'])}."
        reading_tickets = await self._get("tickets", per_page=1)
        with reading.told(self._host, "list of tickets"):
            yield f"Tickets may be read{'' if reading.records(reading_tickets) else ', of which there are none yet'}."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """What was changed since; what is not resolved or closed, where there is no since."""
        begin = f"{(_LONG_AGO if since is None else since.astimezone(UTC) - _EARLY):%Y-%m-%dT%H:%M:%SZ}"
        query: dict[str, Any] = {
            "updated_since": begin,
            "order_by": "updated_at",
            "order_type": "desc",
            "per_page": _PAGE,
        }
        seen: set[str] = set()
        for page in range(1, _MOST + 1):
            listed = await reading.patiently(partial(self._politely, partial(self._get, "tickets", **query, page=page)))
            with reading.told(self._host, "list of tickets"):
                found = reading.records(listed)
                wanted = [
                    reading.key(each["id"])
                    for each in found
                    if since is not None or _CATEGORY.get(each["status"], "open") != "done"
                ]
            for number in dict.fromkeys(wanted):
                if number not in seen:
                    seen.add(number)
                    theirs = await reading.patiently(partial(self._politely, partial(self.fetch, number)))
                    if theirs is not None:
                        yield theirs
            if len(found) < _PAGE:
                return

    async def newest(self, most: int) -> list[Theirs]:
        """The tickets that came last."""
        query: dict[str, Any] = {
            "updated_since": f"{_LONG_AGO:%Y-%m-%dT%H:%M:%SZ}",
            "order_by": "created_at",
            "order_type": "desc",
        }
        listed = await self._get("tickets", **query, per_page=min(most, _PAGE))
        with reading.told(self._host, "list of tickets"):
            numbers = [reading.key(each["id"]) for each in reading.records(listed)][:most]
        found = [await reading.patiently(partial(self._politely, partial(self.fetch, number))) for number in numbers]
        return [each for each in found if each is not None]

    async def fetch(self, external_id: str) -> Theirs | None:
        """One ticket with all its conversations; None where it is deleted, or spam."""
        if not reading.is_number(external_id):
            return None
        raw = await self._get(f"tickets/{external_id}", missing=True, include="requester")
        if raw is None:
            return None
        with reading.told(self._host, "ticket"):
            if reading.record(raw).get("deleted") is True or raw.get("spam") is True:
                return None
        conversations: list[dict[str, Any]] = []
        for page in range(1, reading.MOST_PAGES + 1):
            listed = await self._get(f"tickets/{external_id}/conversations", per_page=_PAGE, page=page)
            with reading.told(self._host, "list of conversations"):
                found = reading.records(listed)
            conversations += found
            if len(found) < _PAGE:
                break
        with reading.told(self._host, "ticket"):
            return self._ticket(external_id, raw, conversations)

    async def note(self, external_id: str, text: str) -> Written:
        """A note that is private."""
        given = {"body": reading.as_html(text), "private": True}
        return await self._write(f"tickets/{reading.numbered(external_id)}/notes", given)

    async def reply(self, external_id: str, text: str) -> Written:
        """A reply; Freshdesk mails it."""
        given = {"body": reading.as_html(text)}
        return await self._write(f"tickets/{reading.numbered(external_id)}/reply", given)

    async def change(self, external_id: str, change: Change) -> None:
        """Status, assignee and tags by one request; of tags there is only the whole list, so it is read before."""
        path = f"tickets/{reading.numbered(external_id)}"
        given: dict[str, Any] = {}
        if change.category is not None:
            given["status"] = _STATUS[change.category]
        if change.assignee is not None:
            given["responder_id"] = await self._agent(change.assignee) if change.assignee else None
        if change.add_tags or change.remove_tags:
            raw = await self._get(path)
            with reading.told(self._host, "ticket"):
                there = [reading.text(each) for each in raw["tags"]]
            kept = [tag for tag in dict.fromkeys([*there, *change.add_tags]) if tag not in change.remove_tags]
            given |= {} if kept == there else {"tags": kept}
        if given:
            await self._api.ask("PUT", path, given)

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """The ticket that a rule's JSON names, in our form or in that of Freshdesk; nothing is signed here."""
        del headers, given, now
        try:
            value = json.loads(body)
            theirs = value.get("freshdesk_webhook")
            return Rung(reading.rung(theirs.get("ticket_id") if isinstance(theirs, dict) else value.get("ticket")))
        except (ValueError, AttributeError, RecursionError):
            return Rung()

    async def _get(self, path: str, *, missing: bool = False, **query: Any) -> Any:
        """What lies there; None where ``missing`` may be and it is. How much of the limit is left is noted."""
        said = await self._api.ask("GET", path, query=query, missing=missing)
        left = "" if said is None else said.headers.get("x-ratelimit-remaining", "")
        self._left = int(left) if reading.is_number(left) or left == "0" else None
        return None if said is None else said.value

    async def _politely(self, ask: Any) -> Any:
        """Ask in a long reading, but leave some of the limit for hooks and other programs.

        Raises:
            BusyError: not much is left.

        """
        if self._left is not None and self._left < _LEFT_FOR_OTHERS:
            self._left = None
            raise BusyError(f"{self._host} lets us ask no more in this minute.", _MINUTE)
        return await ask()

    async def _agent(self, email: str) -> int:
        """The number of the agent who has the address.

        Raises:
            OutgoingError: nobody there has it.

        """
        listed = await self._get("agents", email=email)
        with reading.told(self._host, "list of agents"):
            for each in reading.records(listed):
                if reading.text(each["contact"].get("email")).casefold() == email.casefold():
                    return int(reading.key(each["id"]))
        raise OutgoingError(f"{self._host} has no agent {email}.")

    async def _write(self, path: str, given: dict[str, Any]) -> Written:
        said = (await self._api.ask("POST", path, given)).value
        try:
            return Written(reading.key(said["user_id"]), reading.key(said["id"]))
        except (KeyError, TypeError, ValueError):
            return Written()  # it is written all the same

    def _ticket(self, external_id: str, raw: Mapping[str, Any], conversations: list[dict[str, Any]]) -> Theirs:
        requester = reading.record(raw.get("requester") or {})
        remarks = reading.Remarks()
        ours = raw.get("source") == _OUTBOUND
        remarks.add(
            reading.OPENING,
            "agent" if ours else "customer",
            raw.get("description") or raw.get("description_text") or raw.get("subject"),
            private=False,
            author=None if ours else requester.get("name"),
            at=raw["created_at"],
            opening=True,
            files=raw.get("attachments"),
        )
        for each in conversations:
            if each.get("source") == _SURVEY or each.get("deleted") is True:
                continue
            incoming = reading.flag(each["incoming"])
            remarks.add(
                reading.key(each["id"]),
                "customer" if incoming else "agent" if each["user_id"] is not None else "bot",
                each.get("body") or each.get("body_text"),
                private=reading.flag(each["private"]) or each.get("source") == _FORWARDED,
                author=f"agent {reading.key(each['user_id'])}"
                if not incoming and each["user_id"] is not None
                else None,
                at=each["created_at"],
                files=each.get("attachments"),
            )
        return Theirs(
            id=external_id,
            url=f"{self._url}/a/tickets/{external_id}",
            subject=reading.text(raw.get("subject"))[:500],
            category=_CATEGORY.get(raw["status"], "open"),
            priority=_PRIORITY.get(raw["priority"]),
            email=reading.text(requester.get("email"))[:320] or None,
            remarks=remarks.in_order(),
            noted=frozenset(remarks.noted),
            name=reading.text(requester.get("name"))[:200] or None,
            tags=reading.tags(raw.get("tags")),
        )
