"""The connector to django-helpdesk (2.x), by its REST API.

What it needs to be treated with care for: a follow-up's title renames the ticket, so none is sent; a comment is
rendered as a Django template, so ours has no tags in it; a ticket's description comes again as its first follow-up;
there is no "changed since". A follow-up of somebody on the staff names them by number, one of a customer names nobody.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chatbot.service.connectors.protocol import Abilities, Remark, Theirs, mark_of
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from chatbot.service.outgoing.door import Client

KIND = "django-helpdesk"
OPENING = "opening"
_CATEGORY = {1: "open", 2: "open", 3: "done", 4: "done", 5: "done"}
_NOT_CLOSED = "1,2,3"
_PRIORITY = {1: "urgent", 2: "high", 3: "normal", 4: "low", 5: "low"}
_PAGE = 50
_MOST = 20_000_000  # bytes of a page
_SECONDS = 20.0
_LONGEST = 20_000  # of one message, as the API of this desk takes it
_TAGS = {"{{": "{ {", "}}": "} }", "{%": "{ %", "%}": "% }", "{#": "{ #", "#}": "# }"}


class DjangoHelpdesk:
    """One django-helpdesk; ``credential`` is the whole value of the Authorization header."""

    abilities = Abilities(note=True, reply=True, status=True, since=False)

    def __init__(self, client: Client, url: str, credential: str) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._headers = {"Authorization": credential, "Accept": "application/json", "User-Agent": "Understudy/1"}

    async def check(self) -> AsyncIterator[str]:
        """See that the API is there, that we may read, and that we may write follow-ups."""
        found = await self._get("tickets/?page_size=1")
        yield f"The API answers, and lets us read: {found['count']:,} tickets."
        said = await self._asked("OPTIONS", "followups/")
        if "POST" not in said.get("actions", {}):
            raise OutgoingError("This account may read, but not write follow-ups.")
        yield "Private notes may be written."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """Every ticket that is not closed: it cannot be asked for less."""
        del since
        page = 1
        while True:
            found = await self._get(f"tickets/?status={_NOT_CLOSED}&page_size={_PAGE}&page={page}")
            for raw in found["results"]:
                yield self._read(raw)
            if not found.get("next"):
                return
            page += 1

    async def newest(self, most: int) -> list[Theirs]:
        """The tickets that came last: they are listed in no order of ours, so the numbers decide."""
        count = (await self._get("tickets/?page_size=1"))["count"]
        if not count:
            return []
        first = await self._get(f"tickets/?page_size={most}&page=1")
        last = await self._get(f"tickets/?page_size={most}&page={max(1, -(-count // most))}")
        both = {raw["id"]: raw for raw in (*first["results"], *last["results"])}
        return [self._read(both[number]) for number in sorted(both, reverse=True)[:most]]

    async def fetch(self, external_id: str) -> Theirs | None:
        """One ticket with all its follow-ups."""
        if not (external_id.isascii() and external_id.isdigit()):
            return None
        raw = await self._get(f"tickets/{external_id}/", missing=True)
        return None if raw is None else self._read(raw)

    async def note(self, external_id: str, text: str) -> str | None:
        """A follow-up that is not public."""
        for tag, plain in _TAGS.items():
            text = text.replace(tag, plain)
        given = {"ticket": int(external_id), "comment": text, "public": False}
        said = await self._asked("POST", "followups/", given)
        return None if said.get("user") is None else str(said["user"])

    @staticmethod
    def rung(body: bytes) -> str | None:
        """The number of the ticket that stands in the hook's body."""
        try:
            number = json.loads(body)["ticket"]["id"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        return str(number) if isinstance(number, int) and 0 < number < 2**63 else None

    def _read(self, raw: Mapping[str, Any]) -> Theirs:
        try:
            return self._ticket(raw)
        except (KeyError, TypeError, ValueError) as error:
            raise OutgoingError(f"{self._url} answers what is no ticket ({type(error).__name__}).") from error

    def _ticket(self, raw: Mapping[str, Any]) -> Theirs:
        followups = sorted(raw["followup_set"], key=lambda each: (each["date"], each["id"]))
        opening = (raw["description"] or raw["title"]).strip()
        first = next((each for each in followups if each["public"] and _words(each) == opening), None)
        at = None if first is None else datetime.fromisoformat(first["date"])
        remarks = [Remark(OPENING, "customer", "customer", opening[:_LONGEST], None, at)] if opening else []
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
            email=raw.get("submitter_email") or None,
            remarks=tuple(remarks),
            noted=frozenset(noted),
        )

    async def _get(self, path: str, *, missing: bool = False) -> Any:
        return await self._asked("GET", path, missing=missing)

    async def _asked(self, method: str, path: str, given: Any = None, *, missing: bool = False) -> Any:
        """What the API says, parsed; None where ``missing`` may be and it is.

        Raises:
            OutgoingError: it says no, or nothing that can be read; the message says what.

        """
        headers = self._headers | ({"Content-Type": "application/json"} if given is not None else {})
        content = None if given is None else json.dumps(given).encode()
        url = f"{self._url}/api/{path}"
        answer = await self._client.ask(method, url, headers=headers, content=content, most=_MOST, seconds=_SECONDS)
        if answer.status == 404 and missing:  # noqa: PLR2004 - HTTP's own
            return None
        if answer.status in {401, 403}:
            raise OutgoingError(f"{self._url} refuses the credentials ({answer.status}); its account has to be staff.")
        if not 200 <= answer.status < 300 or answer.more:  # noqa: PLR2004 - HTTP's own
            raise OutgoingError(f"{self._url}/api/ answers {answer.status} to {method}: is it a django-helpdesk?")
        try:
            return json.loads(answer.body)
        except ValueError as error:
            raise OutgoingError(f"{self._url}/api/ answers no JSON: is it a django-helpdesk?") from error


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
        text=text[:_LONGEST],
        author=f"user {followup['user']}" if followup["user"] is not None else None,
        at=datetime.fromisoformat(followup["date"]),
    )
