"""The connector to Zendesk, by its Ticketing API.

What it needs to be treated with care for: a comment is public unless it says otherwise; who wrote it is known by the
user's role, not by the ticket; placeholders in a comment are filled in; a ticket that was changed since it was read is
left alone (``safe_update``); the incremental export leaves out the last minute. There are no drafts.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from chatbot.service.connectors import reading
from chatbot.service.connectors.asking import Api, basic
from chatbot.service.connectors.protocol import (
    HOOK_SECRET,
    Abilities,
    Change,
    Rung,
    Setting,
    Theirs,
    Usual,
    Written,
)
from chatbot.service.connectors.signed import signed_at, verify, verify_age
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from chatbot.service.outgoing.door import Client

_CATEGORY = {"new": "open", "open": "open", "pending": "waiting", "hold": "waiting", "solved": "done", "closed": "done"}
_STATUS = {"open": "open", "waiting": "pending", "done": "solved"}
_PRIORITY = {"urgent": "urgent", "high": "high", "normal": "normal", "low": "low"}
_AGENTS = frozenset({"agent", "admin"})
_PROGRAMS = frozenset({"system", "rule", "answer_bot", "answer_bot_for_agents", "answer_bot_for_slack"})
_EARLY = timedelta(minutes=5)  # the export leaves out the last minute, and clocks differ
_LATEST = timedelta(seconds=90)  # it refuses to begin later than a minute ago
_PAGE = 100
_MOST = 1000  # pages of tickets


class Zendesk(Usual):
    """One Zendesk."""

    kind: ClassVar[str] = "zendesk"
    title: ClassVar[str] = "Zendesk"
    abilities: ClassVar[Abilities] = Abilities(reply=True, status=True, tags=True, assign=True, since=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("user", "E-mail of an agent, made for this alone"),
        Setting("token", "API token (Admin Center, Apps and integrations, APIs)", secret=True),
        Setting(HOOK_SECRET, "Signing secret of the webhook (empty: not checked)", secret=True, optional=True),
    )
    to_ring: ClassVar[str] = (
        "make a webhook in Admin Center (Apps and integrations, Webhooks) to {hook}, POST and JSON, and a trigger on "
        "tickets created or updated, whose current user is not this connector's, that notifies it with\n\n"
        '{"ticket": "{{ticket.id}}"}\n\n'
        "The webhook's signing secret is what this connector asks for."
    )

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        self._host = urlsplit(self._url).netloc
        self._api = Api(
            client,
            f"{self._url}/api/v2",
            {"Authorization": basic(f"{given['user']}/token", given["token"])},
            self.title,
        )
        self._stamps: dict[str, str] = {}  # when a ticket was last changed, as it was read

    async def check(self) -> AsyncIterator[str]:
        """See who we are, and that we may read tickets."""
        said = await self._api.get("users/me.json")
        with reading.told(self._host, "user"):
            me = reading.record(said["user"])
            if me.get("role") not in _AGENTS:
                raise OutgoingError(f"{self._host} knows this account as no agent.")
            yield f"The API answers, and knows us: {reading.text(me.get('name'))}, {me['role']}."
        said = await self._api.get("tickets/count.json")
        with reading.told(self._host, "number of tickets"):
            count = int(said["count"]["value"])
        yield f"Tickets may be read: {count:,}."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """By the incremental export; what is not solved, by the search's, where there is no since."""
        if since is None:
            found = self._pages("search/export.json", "results", {
                "query": "status<solved", "filter[type]": "ticket", "page[size]": _PAGE,
            })  # fmt: skip
        else:
            start = min(since - _EARLY, datetime.now(UTC) - _LATEST)
            found = self._pages("incremental/tickets/cursor.json", "tickets", {"start_time": int(start.timestamp())})
        async for raw in found:
            with reading.told(self._host, "ticket"):
                number, gone = reading.key(raw["id"]), raw.get("status") == "deleted"
            theirs = None if gone else await reading.patiently(partial(self.fetch, number))
            if theirs is not None:
                yield theirs

    async def newest(self, most: int) -> list[Theirs]:
        """The tickets that came last."""
        said = await self._api.get("tickets.json", sort_by="created_at", sort_order="desc", per_page=min(most, _PAGE))
        with reading.told(self._host, "list of tickets"):
            numbers = [reading.key(each["id"]) for each in reading.records(said["tickets"])][:most]
        found = [await reading.patiently(partial(self.fetch, number)) for number in numbers]
        return [each for each in found if each is not None]

    async def fetch(self, external_id: str) -> Theirs | None:
        """One ticket with all its comments."""
        if not reading.is_number(external_id):
            return None
        said = await self._api.find(f"tickets/{external_id}.json", include="users")
        if said is None:
            return None
        with reading.told(self._host, "ticket"):
            raw = reading.record(said["ticket"])
            if raw["status"] == "deleted":
                return None
            users = {reading.key(each["id"]): each for each in reading.records(said.get("users"))}
            comments = [
                each
                async for each in self._pages(
                    f"tickets/{external_id}/comments.json",
                    "comments",
                    {"include": "users", "page[size]": _PAGE},
                    users,
                    most=reading.MOST_PAGES,
                )
            ]
            theirs = self._ticket(external_id, raw, comments, users)
            self._stamps[external_id] = reading.text(raw.get("updated_at"))
            return theirs

    async def note(self, external_id: str, text: str) -> Written:
        """A comment that is not public."""
        return await self._comment(external_id, text, public=False)

    async def reply(self, external_id: str, text: str) -> Written:
        """A public comment; Zendesk sends it on."""
        return await self._comment(external_id, text, public=True)

    async def change(self, external_id: str, change: Change) -> None:
        """Status and assignee by one request, tags each by their own: a list of all of them would undo others'."""
        name = reading.numbered(external_id)
        given: dict[str, Any] = {}
        if change.category is not None:
            given["status"] = _STATUS[change.category]
        if change.assignee is not None:
            given |= {"assignee_email": change.assignee} if change.assignee else {"assignee_id": None}
        if given:
            await self._update(name, given)
        for method, tags in (("PUT", change.add_tags), ("DELETE", change.remove_tags)):
            if tags:
                await self._api.ask(
                    method, f"tickets/{name}/tags.json", {"tags": ["_".join(tag.split()) for tag in tags]}
                )
                self._stamps.pop(name, None)

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """The ticket that a trigger's JSON names, or an event's; signed over its time and body.

        Raises:
            UnsignedError: the signature is not right, or too old.

        """
        if secret := given.get(HOOK_SECRET):
            at = headers.get("x-zendesk-webhook-signature-timestamp", "")
            verify(
                secret, headers.get("x-zendesk-webhook-signature"), at.encode("utf-8", "replace") + body, base64=True
            )
            verify_age(signed_at(at), now)
        try:
            value = json.loads(body)
            detail = value.get("detail")
            return Rung(reading.rung(detail.get("id") if isinstance(detail, dict) else value.get("ticket")))
        except (ValueError, AttributeError, RecursionError):
            return Rung()

    async def _pages(
        self,
        path: str,
        name: str,
        query: Mapping[str, Any],
        users: dict[str, dict[str, Any]] | None = None,
        *,
        most: int = _MOST,
    ) -> AsyncIterator[dict[str, Any]]:
        """What a list has, page by page; whom it names beside it goes into ``users``."""
        asked = dict(query)
        for _ in range(most):
            ask = partial(self._api.get, path, **asked)
            said = await (reading.patiently(ask) if users is None else ask())
            with reading.told(self._host, f"list of {name}"):
                found = reading.records(said[name])
                if users is not None:
                    users |= {reading.key(each["id"]): each for each in reading.records(said.get("users"))}
                meta = said.get("meta") or {}
                ends = said["end_of_stream"] if "end_of_stream" in said else not meta.get("has_more")
                cursor = None if ends else reading.text(said.get("after_cursor") or meta["after_cursor"])
            for each in found:
                yield each
            if ends:
                return
            place = "cursor" if "start_time" in query else "page[after]"
            if not cursor or asked.get(place) == cursor:
                raise OutgoingError(f"{self._host} gives the same page of {name} again and again.")
            asked = {**asked, "start_time": None, place: cursor}

    async def _comment(self, external_id: str, text: str, *, public: bool) -> Written:
        name = reading.numbered(external_id)
        said = await self._update(name, {"comment": {"html_body": reading.as_html(text), "public": public}})
        try:
            audit = said["audit"]
            event = next((each for each in audit["events"] if each["type"] == "Comment"), None)
            return Written(reading.key(audit["author_id"]), None if event is None else reading.key(event["id"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            return Written()  # it is written all the same

    async def _update(self, name: str, given: dict[str, Any]) -> Any:
        """Change a ticket, unless somebody else did since it was read."""
        stamp = self._stamps.pop(name, None)
        if stamp:
            given = {**given, "safe_update": True, "updated_stamp": stamp}
        said = (await self._api.ask("PUT", f"tickets/{name}.json", {"ticket": given})).value
        with suppress(KeyError, TypeError):
            self._stamps[name] = reading.text(said["ticket"]["updated_at"])
        return said

    def _ticket(
        self,
        external_id: str,
        raw: Mapping[str, Any],
        comments: list[dict[str, Any]],
        users: Mapping[str, Mapping[str, Any]],
    ) -> Theirs:
        requester = users.get(str(raw["requester_id"]), {})
        remarks = reading.Remarks()
        for number, each in enumerate(comments):
            author = users.get(str(each["author_id"]), {})
            role = _role(each, author, raw)
            remarks.add(
                reading.key(each["id"]),
                role,
                each.get("html_body") or each.get("plain_body") or each.get("body"),
                private=not reading.flag(each["public"]),
                author=author.get("name"),
                at=each.get("created_at"),
                opening=number == 0,
                files=each.get("attachments"),
            )
        return Theirs(
            id=external_id,
            url=f"{self._url}/agent/tickets/{external_id}",
            subject=reading.text(raw.get("raw_subject") or raw.get("subject"))[:500],
            category=_CATEGORY.get(raw["status"], "open"),
            priority=_PRIORITY.get(raw.get("priority") or ""),
            email=reading.text(requester.get("email"))[:320] or None,
            remarks=remarks.in_order(),
            noted=frozenset(remarks.noted),
            name=reading.text(requester.get("name"))[:200] or None,
            tags=reading.tags(raw.get("tags")),
        )


def _role(comment: Mapping[str, Any], author: Mapping[str, Any], ticket: Mapping[str, Any]) -> str:
    """Who wrote it: a program, somebody with an agent's role, or else a customer; of no user known, the requester."""
    via = comment.get("via") or {}
    merged = ((via.get("source") or {}).get("rel")) == "merge"
    if via.get("channel") in _PROGRAMS or merged or str(comment["author_id"]).startswith("-"):
        return "bot"
    if comment["author_id"] == ticket["requester_id"] or author.get("role") == "end-user":
        return "customer"
    return "agent" if author.get("role") in _AGENTS else "bot"
