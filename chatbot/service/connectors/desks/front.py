"""The connector to Front, by its Core API.

What it needs to be treated with care for: a message is a draft where it has a draft's mode; what is sent by nobody, a
rule or an API sent; a reply archives its conversation unless told otherwise; the next page's address is at another
host, so only its token is taken; there is no "changed since" but by events; what was merged is moved (301).
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit

from chatbot.service.connectors.asking import Api
from chatbot.service.connectors.desks.front_messages import body_of, category_of, is_draft, name_of, take
from chatbot.service.connectors.protocol import HOOK_SECRET, Abilities, Change, Rung, Setting, Theirs, Usual, Written
from chatbot.service.connectors.reading import (
    MOST_PAGES,
    Remarks,
    as_html,
    flag,
    key,
    moment,
    patiently,
    record,
    records,
    tags,
    text,
    told,
    words,
)
from chatbot.service.connectors.signed import verify, verify_age
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from chatbot.service.outgoing.door import Client

_NAME = re.compile(r"cnv_[a-z0-9]{1,40}")
_OPEN = "conversations?q%5Bstatuses%5D%5B%5D=assigned&q%5Bstatuses%5D%5B%5D=unassigned"
_PAGE = 100
_ALL_PAGES = 10_000
_MARGIN = timedelta(minutes=10)
_MILLISECONDS = 1e11  # a time with more is none in seconds
_LONGEST_ECHO = 500


class Front(Usual):
    """One Front company."""

    kind: ClassVar[str] = "front"
    title: ClassVar[str] = "Front"
    abilities: ClassVar[Abilities] = Abilities(draft=True, reply=True, status=True, tags=True, assign=True, since=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("user", "E-mail of a teammate, made for this alone, who writes there"),
        Setting("token", "API token (Settings > Developers), with what is shared", secret=True),
        Setting(HOOK_SECRET, "Secret of the app whose webhook rings (empty: not checked)", secret=True, optional=True),
    )
    to_ring: ClassVar[str] = (
        "make an app in Front (Settings > Developers) with the feature Application webhooks, the URL {hook}, and all "
        "events of messages, comments, tags and status. Its secret has to be known here before Front tries the URL."
    )

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        self._author = _by_email(given["user"])
        self._api = Api(client, self._url, {"Authorization": f"Bearer {given['token']}"}, self.title, (301, 404, 410))

    async def check(self) -> AsyncIterator[str]:
        """See that the token is good, that the teammate is there, and that there are inboxes."""
        me = await self._api.get("me")
        with told(self._url, "company"):
            name = text(me["name"])
        yield f"The API answers, of {name}."
        if await self._api.find(f"teammates/{quote(self._author, safe='')}") is None:
            raise OutgoingError(f"There is no teammate of this address in {self.title}.")
        yield "The teammate who writes is there."
        yield f"We see inboxes: {len(await self._all('inboxes', 1))}."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """The conversations in which something has happened since; all that are open where there is no since."""
        if since is None:
            rows = await self._all(_OPEN, _ALL_PAGES)
        else:
            after = {"q[after]": f"{(since - _MARGIN).timestamp():.3f}"}
            events = await self._all("events", _ALL_PAGES, **after)
            with told(self._url, "list of events"):
                rows = [record(each["conversation"]) for each in events if each.get("conversation") is not None]
        for name in self._names(rows):
            theirs = await patiently(partial(self.fetch, name))
            if theirs is not None:
                yield theirs

    async def newest(self, most: int) -> list[Theirs]:
        """The conversations that came last, of those in which something has happened last."""
        rows = await self._all("conversations", 1, limit=_PAGE)
        with told(self._url, "list of conversations"):
            rows.sort(key=lambda row: float(row["created_at"]), reverse=True)
        read = [await patiently(partial(self.fetch, name)) for name in self._names(rows[:most])]
        return [theirs for theirs in read if theirs is not None]

    def _names(self, rows: list[dict[str, Any]]) -> list[str]:
        with told(self._url, "list of conversations"):
            return [*dict.fromkeys(key(row["id"]) for row in rows)]

    async def _all(self, path: str, most: int, **query: Any) -> list[dict[str, Any]]:
        """The rows of so many pages, at once, before what is read meanwhile moves."""
        found: list[dict[str, Any]] = []
        token = None
        for _ in range(most):
            said = await patiently(partial(self._api.get, path, page_token=token, **{"limit": _PAGE, **query}))
            with told(self._url, f"list of {path.partition('?')[0].rpartition('/')[2]}"):
                rows = records(said["_results"])
                found += rows
                after = text(record(said.get("_pagination") or {}).get("next"))
                following = parse_qs(urlsplit(after).query).get("page_token", [""])[0]
            if not rows or not following or following == token:
                break
            token = following
        return found

    async def fetch(self, external_id: str) -> Theirs | None:
        """One conversation with its messages, comments and drafts."""
        if not _NAME.fullmatch(external_id):
            return None
        raw = await self._api.find(f"conversations/{external_id}")
        if raw is None:
            return None
        messages = await self._all(f"conversations/{external_id}/messages", MOST_PAGES)
        comments = await self._all(f"conversations/{external_id}/comments", MOST_PAGES)
        drafts = await self._all(f"conversations/{external_id}/drafts", MOST_PAGES)
        with told(self._url, "conversation"):
            return self._whole(record(raw), messages[::-1], comments, drafts)

    def _whole(
        self,
        raw: Mapping[str, Any],
        messages: list[dict[str, Any]],
        comments: list[dict[str, Any]],
        drafts: list[dict[str, Any]],
    ) -> Theirs:
        said = Remarks()
        for each in messages:
            if not is_draft(each):
                take(said, each)
        for each in sorted(comments, key=lambda one: float(one["posted_at"])):
            author = each.get("author")
            role = "agent" if author else "bot"
            at = each["posted_at"]
            said.add(key(each["id"]), role, text(each["body"]), private=True, author=name_of(author), at=at)
        recipient = record(raw.get("recipient") or {})
        handle = text(recipient.get("handle"))
        laid = {key(each["id"]): words(body_of(each), role="agent") for each in (*messages, *drafts) if is_draft(each)}
        return Theirs(
            id=key(raw["id"]),
            url=f"https://app.frontapp.com/open/{key(raw['id'])}",
            subject=text(raw.get("subject"))[:500],
            category=category_of(raw),
            priority=None,
            email=handle if "@" in handle else None,
            remarks=said.in_order(),
            noted=frozenset(said.noted),
            name=text(recipient.get("name")) or None,
            tags=tags([text(tag["name"]) for tag in records(raw.get("tags"))]),
            drafts=tuple(filter(None, laid.values())),
        )

    async def note(self, external_id: str, text: str) -> Written:
        """A comment: as plain text, which is what it is shown as."""
        path = f"conversations/{_named(external_id)}/comments"
        return _written(await self._api.ask("POST", path, {"author_id": self._author, "body": text}))

    async def draft(self, external_id: str, text: str) -> Written:
        """A draft that all teammates see, to be sent through the channel that was written to."""
        given = {"author_id": self._author, "body": as_html(text), "mode": "shared"}
        given["channel_id"] = await self._channel(_named(external_id))
        return _written(await self._api.ask("POST", f"conversations/{external_id}/drafts", given))

    async def reply(self, external_id: str, text: str) -> Written:
        """A reply, sent soon; which name it gets is not told."""
        given = {"author_id": self._author, "body": as_html(text), "text": text, "options": {"archive": False}}
        await self._api.ask("POST", f"conversations/{_named(external_id)}/messages", given)
        return Written()

    async def _channel(self, external_id: str) -> str:
        """The channel by which the customer wrote last, else the first of the conversation's inboxes."""
        messages = await self._all(f"conversations/{external_id}/messages", 1)
        inboxes = await self._all(f"conversations/{external_id}/inboxes", 1)
        with told(self._url, "conversation"):
            came = next((each for each in messages if flag(each["is_inbound"])), {})
            handles = {text(each.get("handle")).casefold() for each in records(came.get("recipients"))}
            names = [key(each["id"]) for each in inboxes]
        channels = [each for name in names for each in await self._all(f"inboxes/{name}/channels", 1)]
        if not channels:
            raise OutgoingError(f"{self.title} has no channel for conversation {external_id}.")
        with told(self._url, "channel"):
            known = {text(each.get("send_as") or each.get("address")).casefold(): key(each["id"]) for each in channels}
            return next((name for address, name in known.items() if address in handles), key(channels[0]["id"]))

    async def change(self, external_id: str, change: Change) -> None:
        """Archived or open, tags and assignee. Nothing waits there but what is snoozed, each for themselves."""
        path = f"conversations/{_named(external_id)}"
        if change.category in {"open", "done"}:
            await self._api.ask("PATCH", path, {"status": "archived" if change.category == "done" else "open"})
        if change.assignee == "":
            await self._api.ask("PUT", f"{path}/assignee", {"assignee_id": None})
        elif change.assignee is not None:
            teammate = _by_email(change.assignee)
            if await self._api.find(f"teammates/{quote(teammate, safe='')}") is not None:
                await self._api.ask("PUT", f"{path}/assignee", {"assignee_id": teammate})
        if change.add_tags or change.remove_tags:
            rows = await self._all("tags", MOST_PAGES)
            with told(self._url, "list of tags"):
                known = {text(row["name"]).casefold(): key(row["id"]) for row in rows}
            added = [known.get(tag.casefold()) or await self._new_tag(tag) for tag in change.add_tags]
            removed = [known[tag.casefold()] for tag in change.remove_tags if tag.casefold() in known]
            for method, names in (("POST", added), ("DELETE", removed)):
                if names:
                    await self._api.ask(method, f"{path}/tags", {"tag_ids": names})

    async def _new_tag(self, name: str) -> str:
        made = (await self._api.ask("POST", "tags", {"name": name})).value
        with told(self._url, "tag"):
            return key(made["id"])

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """The conversation that an event is of, signed with its time; a challenge is given back where it is tried."""
        if given.get(HOOK_SECRET):
            at = headers.get("x-front-request-timestamp", "")
            signed = at.encode("utf-8", "replace") + b":" + body
            verify(given[HOOK_SECRET], headers.get("x-front-signature"), signed, base64=True)
            verify_age(_signed_at(at), now)
        if "x-front-challenge" in headers:
            return Rung(echo=headers["x-front-challenge"][:_LONGEST_ECHO])
        try:
            event = json.loads(body)
            event = event.get("payload", event)
            name = event["conversation"]["id"]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return Rung()
        return Rung(name if isinstance(name, str) and _NAME.fullmatch(name) else None)


def _signed_at(value: str) -> datetime | None:
    """When a hook was signed: milliseconds since 1970, as it says, or seconds."""
    try:
        number = float(value)
        return moment(number / 1000 if number > _MILLISECONDS else number)
    except (ValueError, OverflowError):
        return None


def _by_email(email: str) -> str:
    return f"alt:email:{email.strip()}"


def _named(external_id: str) -> str:
    if not _NAME.fullmatch(external_id):
        raise OutgoingError("There is no conversation of this name.")
    return external_id


def _written(said: Any) -> Written:
    made = said.value if isinstance(said.value, dict) else {}
    author = made.get("author")
    return Written(str(author.get("id")) if isinstance(author, dict) else None, str(made.get("id") or "") or None)
