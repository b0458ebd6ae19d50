"""The connector to django-helpdesk (2.x), by its REST API.

What it needs to be treated with care for: a follow-up's title renames the ticket, so none is sent; a comment is
rendered as a Django template, so ours has no tags in it; a ticket's description comes again as its first follow-up;
there is no "changed since". A follow-up of somebody on the staff names them by number, one of a customer names nobody.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from chatbot.service.connectors import reading
from chatbot.service.connectors.asking import Api, basic
from chatbot.service.connectors.protocol import (
    LONGEST,
    Abilities,
    Change,
    Remark,
    Rung,
    Setting,
    Theirs,
    Usual,
    Written,
    mark_of,
)
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from chatbot.service.outgoing.door import Client

OPENING = "opening"
_CATEGORY = {1: "open", 2: "open", 3: "done", 4: "done", 5: "done"}
_STATUS = {"open": 1, "waiting": 1, "done": 3}
_NOT_CLOSED = "1,2,3"
_PRIORITY = {1: "urgent", 2: "high", 3: "normal", 4: "low", 5: "low"}
_PAGE = 50


class DjangoHelpdesk(Usual):
    """One django-helpdesk."""

    kind: ClassVar[str] = "django-helpdesk"
    title: ClassVar[str] = "django-helpdesk"
    abilities: ClassVar[Abilities] = Abilities(reply=True, status=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("user", "Account of its staff, made for this alone (empty: a token)", optional=True),
        Setting("password", "Password or token", secret=True),
    )
    to_ring: ClassVar[str] = (
        "in the help desk's settings.py:\n\n"
        'HELPDESK_GET_NEW_TICKET_WEBHOOK_URLS = lambda: ["{hook}"]\n'
        "HELPDESK_GET_FOLLOWUP_WEBHOOK_URLS = HELPDESK_GET_NEW_TICKET_WEBHOOK_URLS"
    )

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        user, password = given.get("user"), given["password"]
        self._url = url.rstrip("/")
        self._api = Api(
            client,
            f"{self._url}/api",
            {"Authorization": basic(user, password) if user else f"Token {password}"},
            self.kind,
        )

    async def check(self) -> AsyncIterator[str]:
        """See that the API is there, that we may read, and that we may write follow-ups."""
        found = await self._api.get("tickets/", page_size=1)
        yield f"The API answers, and lets us read: {found['count']:,} tickets."
        said = await self._api.ask("OPTIONS", "followups/")
        if "POST" not in said.value.get("actions", {}):
            raise OutgoingError("This account may read, but not write follow-ups.")
        yield "Follow-ups may be written."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """Every ticket that is not closed: it cannot be asked for less."""
        del since
        page = 1
        while True:
            found = await self._api.get("tickets/", status=_NOT_CLOSED, page_size=_PAGE, page=page)
            for raw in found["results"]:
                yield self._read(raw)
            if not found.get("next"):
                return
            page += 1

    async def newest(self, most: int) -> list[Theirs]:
        """The tickets that came last: they are listed in no order of ours, so the numbers decide."""
        count = (await self._api.get("tickets/", page_size=1))["count"]
        if not count:
            return []
        first = await self._api.get("tickets/", page_size=most, page=1)
        last = await self._api.get("tickets/", page_size=most, page=max(1, -(-count // most)))
        both = {raw["id"]: raw for raw in (*first["results"], *last["results"])}
        return [self._read(both[number]) for number in sorted(both, reverse=True)[:most]]

    async def fetch(self, external_id: str) -> Theirs | None:
        """One ticket with all its follow-ups."""
        if not (external_id.isascii() and external_id.isdigit()):
            return None
        raw = await self._api.find(f"tickets/{external_id}/")
        return None if raw is None else self._read(raw)

    async def note(self, external_id: str, text: str) -> Written:
        """A follow-up that is not public."""
        return await self._follow_up(external_id, text, public=False)

    async def reply(self, external_id: str, text: str) -> Written:
        """A public follow-up; the help desk mails it."""
        return await self._follow_up(external_id, text, public=True)

    async def change(self, external_id: str, change: Change) -> None:
        """The status; waiting is an open ticket "on hold". Its API does not say who its agents are."""
        if change.category is not None:
            given = {"status": _STATUS[change.category], "on_hold": change.category == "waiting"}
            await self._api.ask("PATCH", f"tickets/{external_id}/", given)

    async def _follow_up(self, external_id: str, text: str, *, public: bool) -> Written:
        comment = reading.without_templates(text)
        given = {"ticket": int(external_id), "comment": comment, "public": public}
        said = (await self._api.ask("POST", "followups/", given)).value
        return Written(None if said.get("user") is None else str(said["user"]), str(said["id"]))

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """The number of the ticket that stands in the hook's body; nothing is signed here."""
        del headers, given, now
        try:
            number = json.loads(body)["ticket"]["id"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return Rung()
        return Rung(str(number) if isinstance(number, int) and 0 < number < 2**63 else None)

    def _read(self, raw: Mapping[str, Any]) -> Theirs:
        try:
            return self._ticket(raw)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise OutgoingError(f"{self._url} answers what is no ticket ({type(error).__name__}).") from error

    def _ticket(self, raw: Mapping[str, Any]) -> Theirs:
        followups = sorted(raw["followup_set"], key=lambda each: (each["date"], each["id"]))
        opening = (raw["description"] or raw["title"]).strip()
        first = next((each for each in followups if each["public"] and _words(each) == opening), None)
        at = None if first is None else reading.moment(first["date"])
        remarks = [Remark(OPENING, "customer", "customer", opening[:LONGEST], None, at)] if opening else []
        noted = set()
        for each in followups:
            text = _words(each)
            if each is first or not text or _is_escalation(each):
                continue
            mark = None if each["public"] or each["user"] is None else mark_of(text)
            if mark is None:
                remarks.append(_remark(each, text))
            else:
                noted.add(mark)
        waits = raw.get("on_hold") and _CATEGORY.get(raw["status"]) == "open"
        return Theirs(
            id=str(raw["id"]),
            url=f"{self._url}/tickets/{raw['id']}/",
            subject=raw["title"][:500],
            category="waiting" if waits else _CATEGORY.get(raw["status"], "open"),
            priority=_PRIORITY.get(raw["priority"]),
            email=reading.text(raw.get("submitter_email")) or None,
            remarks=tuple(remarks),
            noted=frozenset(noted),
        )


def _words(followup: Mapping[str, Any]) -> str:
    return (followup["comment"] or "").strip()


def _is_escalation(followup: Mapping[str, Any]) -> bool:
    """Whether the help desk wrote it by itself: public, by nobody, and else just like a customer's."""
    return followup["user"] is None and followup["title"] == "Ticket Escalated"


def _remark(followup: Mapping[str, Any], text: str) -> Remark:
    staff = followup["user"] is not None or not followup["public"]
    return Remark(
        key=str(followup["id"]),
        role="agent" if staff else "customer",
        audience="customer" if followup["public"] else "team",
        text=text[:LONGEST],
        author=f"user {followup['user']}" if followup["user"] is not None else None,
        at=reading.moment(followup["date"]),
    )
