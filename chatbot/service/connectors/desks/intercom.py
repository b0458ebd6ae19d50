"""The connector to Intercom, by its REST API.

What it needs to be treated with care for: the first message is the conversation's ``source`` and not among its parts;
most parts are events, and some of those carry words for the team; all is HTML; whoever writes has to be named by
number, and the number is asked for; its hooks are signed, but not with a time. There are no drafts.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from chatbot.service.connectors import reading
from chatbot.service.connectors.asking import Api
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
from chatbot.service.connectors.signed import verify
from chatbot.service.outgoing.door import OutgoingError
from data.cleaning.html_text import plain_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from chatbot.service.outgoing.door import Client

_VERSION = "2.14"
_CATEGORY = {"open": "open", "snoozed": "waiting", "closed": "done"}
_PRIORITY = {"priority": "high", "not_priority": "normal"}
_ROLES = {
    "user": "customer", "lead": "customer", "contact": "customer", "visitor": "customer",
    "admin": "agent", "team": "agent", "teammate": "agent",
}  # fmt: skip
_PUBLIC = frozenset({"comment", "quick_reply", "open", "close"})
"""Kinds of part that a customer reads where they have words; what else has some is for the team."""
_AUTOMATIC = frozenset({"automated", "operator_initiated", "campaigns_initiated"})
_SNOOZED = timedelta(days=7)  # the customer's answer opens it before
_EARLY = timedelta(minutes=5)
_PAGE, _MOST = 150, 300
_NOBODY = "0"


class Intercom(Usual):
    """One Intercom workspace."""

    kind: ClassVar[str] = "intercom"
    title: ClassVar[str] = "Intercom"
    abilities: ClassVar[Abilities] = Abilities(reply=True, status=True, tags=True, assign=True, since=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("token", "Access token of an app of your own (Developer Hub, Authentication)", secret=True),
        Setting(HOOK_SECRET, "Client secret of that app (empty: hooks are not checked)", secret=True, optional=True),
    )
    to_ring: ClassVar[str] = (
        "in the Developer Hub, under Webhooks of the app, give {hook} as the endpoint, with the topics "
        "conversation.user.created, conversation.user.replied, conversation.admin.replied, conversation.admin.closed, "
        "conversation.admin.opened and conversation.admin.snoozed. They are signed with the app's client secret."
    )

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        headers = {"Authorization": f"Bearer {given['token']}", "Intercom-Version": _VERSION}
        self._api = Api(client, url, headers, self.title)
        self._host = urlsplit(self._api.url).netloc
        self._us: tuple[str, str] | None = None

    async def check(self) -> AsyncIterator[str]:
        """See who we are, and that we may read conversations."""
        said = await self._api.get("me")
        with reading.told(self._host, "admin"):
            yield f"The API answers, and knows us: {reading.text(said.get('name')) or reading.key(said['id'])}."
        await self._search({"field": "updated_at", "operator": ">", "value": 0}, None, 1)
        yield "Conversations may be read."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """What was updated since; what is not closed, where there is no since."""
        query: dict[str, Any]
        if since is None:
            states = [{"field": "state", "operator": "=", "value": state} for state in ("open", "snoozed")]
            query = {"operator": "OR", "value": states}
        else:
            query = {"field": "updated_at", "operator": ">", "value": int((since - _EARLY).timestamp())}
        cursor = None
        for _ in range(_MOST):
            numbers, following = await reading.patiently(partial(self._search, query, cursor, _PAGE))
            for number in numbers:
                theirs = await reading.patiently(partial(self.fetch, number))
                if theirs is not None:
                    yield theirs
            if following is None:
                return
            if following == cursor:
                raise OutgoingError(f"{self._host} gives the same page of conversations again and again.")
            cursor = following

    async def newest(self, most: int) -> list[Theirs]:
        """The conversations that something happened in last."""
        query = {"field": "updated_at", "operator": ">", "value": 0}
        numbers, _ = await self._search(query, None, min(most, _PAGE))
        found = [await reading.patiently(partial(self.fetch, number)) for number in numbers[:most]]
        return [each for each in found if each is not None]

    async def fetch(self, external_id: str) -> Theirs | None:
        """One conversation with its parts, of which Intercom gives the last five hundred."""
        if not reading.is_number(external_id):
            return None
        raw = await self._api.find(f"conversations/{external_id}")
        if raw is None:
            return None
        _, workspace = await self._ours()
        with reading.told(self._host, "conversation"):
            return self._conversation(external_id, reading.record(raw), workspace)

    async def note(self, external_id: str, text: str) -> Written:
        """A note, which only the team reads."""
        return await self._say(external_id, text, "note")

    async def reply(self, external_id: str, text: str) -> Written:
        """A comment; Intercom shows and mails it."""
        return await self._say(external_id, text, "comment")

    async def change(self, external_id: str, change: Change) -> None:
        """State and assignee by parts of their own, tags by their numbers. Waiting is snoozed here, for a week."""
        name = reading.numbered(external_id)
        if change.assignee is not None:
            assignee = await self._admin(change.assignee) if change.assignee else _NOBODY
            await self._manage(name, {"message_type": "assignment", "assignee_id": assignee})
        await self._retag(name, change)
        if change.category == "waiting":
            until = int((datetime.now(UTC) + _SNOOZED).timestamp())
            await self._manage(name, {"message_type": "snoozed", "snoozed_until": until})
        elif change.category is not None:
            await self._manage(name, {"message_type": "close" if change.category == "done" else "open"})

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """The conversation that a notification is about.

        Raises:
            UnsignedError: the signature is not right.

        """
        del now
        if secret := given.get(HOOK_SECRET):
            said = headers.get("x-hub-signature", "")
            verify(secret, said.removeprefix("sha1=") if said.startswith("sha1=") else None, body, how="sha1")
        try:
            item = json.loads(body)["data"]["item"]
            return Rung(reading.rung(item["id"]) if item.get("type", "conversation") == "conversation" else None)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return Rung()

    async def _search(self, query: Mapping[str, Any], cursor: str | None, most: int) -> tuple[list[str], str | None]:
        """Numbers of conversations, what was updated last first, and where the next page begins."""
        page = {"per_page": most, **({"starting_after": cursor} if cursor else {})}
        given = {"query": query, "pagination": page, "sort": {"field": "updated_at", "order": "descending"}}
        said = (await self._api.ask("POST", "conversations/search", given)).value
        with reading.told(self._host, "list of conversations"):
            numbers = [reading.key(each["id"]) for each in reading.records(said["conversations"])]
            following = (said.get("pages") or {}).get("next") or {}
            return numbers, reading.text(following.get("starting_after")) or None

    async def _ours(self) -> tuple[str, str]:
        """Our number as an admin, and the workspace's code."""
        if self._us is None:
            said = await self._api.get("me")
            with reading.told(self._host, "admin"):
                self._us = reading.key(said["id"]), reading.key(said["app"]["id_code"])
        return self._us

    async def _manage(self, name: str, given: dict[str, Any]) -> None:
        admin, _ = await self._ours()
        await self._api.ask("POST", f"conversations/{name}/parts", {"type": "admin", "admin_id": admin, **given})

    async def _say(self, external_id: str, text: str, kind: str) -> Written:
        name = reading.numbered(external_id)
        admin, _ = await self._ours()
        given = {"message_type": kind, "type": "admin", "admin_id": admin, "body": reading.as_html(text)}
        said = (await self._api.ask("POST", f"conversations/{name}/reply", given)).value
        try:
            parts = said["conversation_parts"]["conversation_parts"]
            ours = [each for each in parts if each["part_type"] == kind and str(each["author"]["id"]) == admin]
            return Written(admin, reading.key(max(ours, key=lambda each: (each["created_at"], int(each["id"])))["id"]))
        except (KeyError, TypeError, ValueError):
            return Written(admin)  # it is written all the same

    async def _admin(self, email: str) -> str:
        """The number of the admin who has the address.

        Raises:
            OutgoingError: nobody there has it.

        """
        said = await self._api.get("admins")
        with reading.told(self._host, "list of admins"):
            for each in reading.records(said["admins"]):
                if reading.text(each.get("email")).casefold() == email.casefold():
                    return reading.key(each["id"])
        raise OutgoingError(f"{self._host} has no admin {email}.")

    async def _retag(self, name: str, change: Change) -> None:
        admin, _ = await self._ours() if change.add_tags or change.remove_tags else ("", "")
        for tag in change.add_tags:
            said = (await self._api.ask("POST", "tags", {"name": tag})).value  # made, or the one that there is
            with reading.told(self._host, "tag"):
                number = reading.key(said["id"])
            await self._api.ask("POST", f"conversations/{name}/tags", {"id": number, "admin_id": admin})
        if change.remove_tags:
            raw = await self._api.get(f"conversations/{name}")
            with reading.told(self._host, "conversation"):
                there = {reading.text(each["name"]): reading.key(each["id"]) for each in _tags(raw)}
            for tag in filter(there.__contains__, change.remove_tags):
                await self._api.ask("DELETE", f"conversations/{name}/tags/{there[tag]}", {"admin_id": admin})

    def _conversation(self, external_id: str, raw: Mapping[str, Any], workspace: str) -> Theirs:
        remarks = reading.Remarks()
        customer: dict[str, Any] = {}
        source = reading.record(raw.get("source") or {})
        said = [{**source, "id": reading.OPENING, "part_type": "comment", "created_at": raw.get("created_at")}]
        said += reading.records(reading.record(raw["conversation_parts"])["conversation_parts"])
        for number, each in enumerate(said):
            if each.get("redacted") is True or not (each.get("body") or each.get("attachments")):
                continue
            author = reading.record(each.get("author") or {})
            role = _role(author, each)
            if role == "customer" and not customer.get("email"):
                customer = author
            remarks.add(
                reading.key(each["id"]),
                role,
                each.get("body"),
                private=each["part_type"] not in _PUBLIC and role != "customer",
                author=author.get("name"),
                at=each["created_at"],
                opening=number == 0,
                files=each.get("attachments"),
            )
        app = self._host.replace("api.", "app.", 1).removesuffix(".io").removesuffix(".com")
        return Theirs(
            id=external_id,
            url=f"https://{app}.com/a/inbox/{workspace}/inbox/conversation/{external_id}",
            subject=plain_text(reading.text(raw.get("title") or source.get("subject")))[:500],
            category=_CATEGORY.get(raw["state"], "open"),
            priority=_PRIORITY.get(raw.get("priority") or ""),
            email=reading.text(customer.get("email"))[:320] or None,
            remarks=remarks.in_order(),
            noted=frozenset(remarks.noted),
            name=reading.text(customer.get("name"))[:200] or None,
            tags=reading.tags([each.get("name") for each in _tags(raw)]),
        )


def _tags(conversation: Mapping[str, Any]) -> list[dict[str, Any]]:
    return reading.records((conversation.get("tags") or {}).get("tags"))


def _role(author: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    """Who wrote it; what an admin is only named for, in a series or by the AI, is a program's."""
    role = _ROLES.get(author.get("type") or "", "bot")
    named_only = author.get("from_ai_agent") is True or part.get("delivered_as") in _AUTOMATIC
    return "bot" if named_only and role == "agent" else role
