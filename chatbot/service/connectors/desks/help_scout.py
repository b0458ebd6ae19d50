"""The connector to Help Scout, by its Inbox API (2.0; of threads 3.0, which tells its own bots from people).

What it needs to be treated with care for: threads come newest first, and what is no message among them; drafts and
hidden ones were never sent; tags are replaced as a whole; a reply opens its conversation again unless told otherwise;
what was merged is moved (301), and no longer there.
"""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from chatbot.service.connectors.asking import Api
from chatbot.service.connectors.desks.help_scout_tokens import Tokens
from chatbot.service.connectors.protocol import HOOK_SECRET, Abilities, Change, Rung, Setting, Theirs, Usual, Written
from chatbot.service.connectors.reading import (
    MOST_PAGES,
    Remarks,
    as_html,
    is_number,
    key,
    numbered,
    patiently,
    record,
    records,
    rung,
    tags,
    text,
    told,
    words,
)
from chatbot.service.connectors.signed import verify
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from chatbot.service.outgoing.door import Client

_CATEGORY = {"active": "open", "open": "open", "pending": "waiting", "closed": "done", "spam": "done"}
_STATUS = {"open": "active", "waiting": "pending", "done": "closed"}
_BY = {"customer": "customer", "user": "agent", "team": "agent", "system_user": "bot"}
_FROM_CUSTOMERS = {"customer", "chat", "beaconchat", "phone", "forwardparent"}
_EVENTS = {"lineitem", "line_item", "status"}
_ALL_PAGES = 10_000
_MARGIN = timedelta(minutes=10)


class HelpScout(Usual):
    """One Help Scout account."""

    kind: ClassVar[str] = "help-scout"
    title: ClassVar[str] = "Help Scout"
    abilities: ClassVar[Abilities] = Abilities(draft=True, reply=True, status=True, tags=True, assign=True, since=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("user", "App ID, of an app made for this alone (Your profile > My apps)"),
        Setting("secret", "App secret", secret=True),
        Setting(HOOK_SECRET, "Secret key of the webhook (empty: not checked)", secret=True, optional=True),
    )
    to_ring: ClassVar[str] = (
        "add a webhook in Help Scout (Manage > Apps > Webhooks) with the callback URL {hook}, a secret key, and the "
        "events of conversations: created, customer reply, agent reply, note, status, tags, merged, deleted."
    )

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        tokens = Tokens(client, self._url, given["user"], given["secret"], self.title)
        self._api = Api(tokens, self._url, {}, self.title, (301, 404, 410))

    async def check(self) -> AsyncIterator[str]:
        """See that the app's credentials are good, and that it sees inboxes."""
        me = await self._api.get("v2/users/me")
        with told(self._url, "user"):
            email = text(me["email"])
        yield f"The API answers; we are {email} there."
        found = await self._api.get("v2/mailboxes")
        with told(self._url, "list of inboxes"):
            count = len(_embedded(found, "mailboxes"))
        yield f"We see inboxes: {count}."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """The conversations that were changed since; all that are not closed where there is no since."""
        at = None if since is None else f"{(since - _MARGIN).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        names = await self._listed(
            _ALL_PAGES, sortField="modifiedAt", status="open" if at is None else "all", modifiedSince=at
        )
        for name in names:
            theirs = await patiently(partial(self.fetch, name))
            if theirs is not None:
                yield theirs

    async def newest(self, most: int) -> list[Theirs]:
        """The conversations that came last."""
        names = await self._listed(1 + most // 25, sortField="createdAt", status="all")
        read = [await patiently(partial(self.fetch, name)) for name in names[:most]]
        return [theirs for theirs in read if theirs is not None]

    async def _listed(self, most: int, **query: Any) -> list[str]:
        """The names of conversations, of so many pages; at once, before what is read meanwhile moves."""
        found: dict[str, None] = {}
        for page in range(1, most + 1):
            said = await patiently(partial(self._api.get, "v2/conversations", sortOrder="desc", page=page, **query))
            with told(self._url, "list of conversations"):
                rows = _embedded(said, "conversations")
                found |= {key(row["id"]): None for row in rows}
                if not rows or page >= said["page"]["totalPages"]:
                    break
        return [*found]

    async def fetch(self, external_id: str) -> Theirs | None:
        """One conversation with all its threads."""
        if not is_number(external_id):
            return None
        raw = await self._api.find(f"v2/conversations/{external_id}")
        if raw is None:
            return None
        threads = await self._threads(external_id)
        with told(self._url, "conversation"):
            return self._whole(record(raw), threads)

    async def _threads(self, external_id: str) -> list[dict[str, Any]]:
        """Oldest first."""
        found: list[dict[str, Any]] = []
        for page in range(1, MOST_PAGES + 1):
            said = await self._api.get(f"v3/conversations/{external_id}/threads", page=page)
            with told(self._url, "list of threads"):
                rows = _embedded(said, "threads")
                found += rows
                if not rows or page >= said["page"]["totalPages"]:
                    break
        return found[::-1]

    def _whole(self, raw: Mapping[str, Any], threads: list[dict[str, Any]]) -> Theirs:
        said = Remarks()
        drafts = []
        for each in threads:
            kind, state = text(each["type"]).lower(), text(each["state"]).lower()
            if kind == "message" and state == "draft":
                drafts.append(words(_body(each), role="agent"))
            if kind not in _EVENTS and state == "published":
                _take(said, kind, each)
        customer = record(raw.get("primaryCustomer") or {})
        name = f"{text(customer.get('first'))} {text(customer.get('last'))}".strip()
        status = text(raw["status"])
        unsent = text(raw.get("state")) in {"deleted", "draft"}
        return Theirs(
            id=key(raw["id"]),
            url=f"https://secure.helpscout.net/conversation/{key(raw['id'])}/{key(raw['number'])}/",
            subject=text(raw.get("subject"))[:500],
            category="done" if unsent else _CATEGORY.get(status, "open"),
            priority=None,
            email=text(customer.get("email")) or None,
            remarks=said.in_order(),
            noted=frozenset(said.noted),
            name=name or None,
            tags=tags([text(tag["tag"]) for tag in records(raw.get("tags"))]),
            drafts=tuple(filter(None, drafts)),
        )

    async def note(self, external_id: str, text: str) -> Written:
        """A note."""
        said = await self._api.ask("POST", f"v2/conversations/{numbered(external_id)}/notes", {"text": as_html(text)})
        return Written(key=said.headers.get("resource-id"))

    async def draft(self, external_id: str, text: str) -> Written:
        """A reply that lies unsent in the conversation."""
        return await self._reply(external_id, text, {"draft": True})

    async def reply(self, external_id: str, text: str) -> Written:
        """A reply; the conversation then waits for the customer."""
        return await self._reply(external_id, text, {"status": "pending"})

    async def _reply(self, external_id: str, text: str, more: Mapping[str, Any]) -> Written:
        raw = await self._known(external_id)
        with told(self._url, "conversation"):
            customer = raw["primaryCustomer"]["id"]
            key(customer)
        given = {"customer": {"id": customer}, "text": as_html(text), **more}
        said = await self._api.ask("POST", f"v2/conversations/{external_id}/reply", given)
        return Written(key=said.headers.get("resource-id"))

    async def _known(self, external_id: str) -> dict[str, Any]:
        raw = await self._api.find(f"v2/conversations/{numbered(external_id)}")
        if raw is None:
            raise OutgoingError(f"{self.title} has no conversation {external_id} any more.")
        with told(self._url, "conversation"):
            return record(raw)

    async def change(self, external_id: str, change: Change) -> None:
        """Status, owner, and the tags as a whole."""
        path = f"v2/conversations/{numbered(external_id)}"
        if change.category is not None:
            given = {"op": "replace", "path": "/status", "value": _STATUS[change.category]}
            await self._api.ask("PATCH", path, given)
        if change.assignee == "":
            await self._api.ask("PATCH", path, {"op": "remove", "path": "/assignTo"})
        elif change.assignee is not None and (user := await self._user(change.assignee)) is not None:
            await self._api.ask("PATCH", path, {"op": "replace", "path": "/assignTo", "value": user})
        if change.add_tags or change.remove_tags:
            raw = await self._known(external_id)
            with told(self._url, "conversation"):
                before = [text(tag["tag"]) for tag in records(raw.get("tags"))]
            gone = {tag.casefold() for tag in change.remove_tags}
            there = {tag.casefold() for tag in before}
            added = [tag for tag in change.add_tags if tag.casefold() not in there]
            after = [tag for tag in (*before, *added) if tag.casefold() not in gone]
            if after != before:
                await self._api.ask("PUT", f"{path}/tags", {"tags": after})

    async def _user(self, email: str) -> int | None:
        """Who has the address; None where nobody there has."""
        said = await self._api.get("v2/users", email=email)
        with told(self._url, "list of users"):
            rows = _embedded(said, "users")
            same = [int(key(row["id"])) for row in rows if text(row.get("email")).casefold() == email.casefold()]
        return same[0] if len(same) == 1 else None

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """The number of the conversation, where it is about one; signed where a secret is set, without a time."""
        del now
        if given.get(HOOK_SECRET):
            verify(given[HOOK_SECRET], headers.get("x-helpscout-signature"), body, how="sha1", base64=True)
        if not headers.get("x-helpscout-event", "convo.").startswith("convo."):
            return Rung()
        try:
            return Rung(rung(json.loads(body)["id"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            return Rung()


def _embedded(said: Any, name: str) -> list[dict[str, Any]]:
    """The rows of a page; where there are none, there is no list."""
    return records(record(said).get("_embedded", {}).get(name))


def _body(thread: Mapping[str, Any]) -> str:
    return f"<div>{body}</div>" if (body := text(thread.get("body"))) else ""


def _take(said: Remarks, kind: str, thread: Mapping[str, Any]) -> None:
    """Take a thread in. What a person noted of a call or forwarded is the team's, as notes and unknown kinds are."""
    by = record(thread["createdBy"])
    role = _BY.get(text(by["type"]), "agent")
    if kind == "message" and record(thread.get("action") or {}).get("type") == "automatic-workflow":
        role = "bot"
    public = kind == "message" or (kind in _FROM_CUSTOMERS and role == "customer") or kind in {"chat", "beaconchat"}
    name = f"{text(by.get('first'))} {text(by.get('last'))}".strip()
    files = record(thread.get("_embedded") or {}).get("attachments")
    said.add(
        key(thread["id"]),
        "agent" if kind == "message" and role == "customer" else role,
        _body(thread),
        private=not public,
        author=name or text(by.get("email")),
        at=thread["createdAt"],
        opening=not said.said,
        files=[{"name": each.get("filename")} for each in records(files)],
    )
