"""The connector to Chatwoot, by its Application API.

What it needs to be treated with care for: kinds of messages are numbers, and only two of the four are messages; bots
write as agents do; what goes out is a template (Liquid); messages come twenty at a time, the newest first; there is no
"changed since", but the list can be had in the order of the last activity. There are no drafts.
"""

from __future__ import annotations

import json
from datetime import timedelta
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
from chatbot.service.connectors.signed import signed_at, verify, verify_age
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from chatbot.service.outgoing.door import Client

_INCOMING, _OUTGOING = 0, 1
_CATEGORY = {"open": "open", "pending": "open", "snoozed": "waiting", "resolved": "done"}
_STATUS = {"open": "open", "waiting": "snoozed", "done": "resolved"}  # snoozed: until the customer writes again
_PRIORITY = {"urgent": "urgent", "high": "high", "medium": "normal", "low": "low"}
_PEOPLE = frozenset({"user"})
_EARLY = timedelta(minutes=5)
_MOST = 1000  # pages, of 25 conversations
_MOST_MESSAGES = 250  # pages, of 20


class Chatwoot(Usual):
    """One account of a Chatwoot."""

    kind: ClassVar[str] = "chatwoot"
    title: ClassVar[str] = "Chatwoot"
    abilities: ClassVar[Abilities] = Abilities(reply=True, status=True, tags=True, assign=True, since=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("account_id", "Number of the account (in the address, after /accounts/)"),
        Setting("token", "Access token of an agent, made for this alone (Profile settings)", secret=True),
        Setting(HOOK_SECRET, "Secret of the webhook (empty: not checked)", secret=True, optional=True),
    )
    to_ring: ClassVar[str] = (
        "add a webhook in Chatwoot (Settings, Integrations, Webhooks) to {hook} with the events message_created, "
        "conversation_created, conversation_status_changed and conversation_updated. Its secret, where this Chatwoot "
        "shows one, is what this connector asks for."
    )

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        self._host = urlsplit(self._url).netloc
        self._account = given["account_id"].strip()
        if not reading.is_number(self._account):
            raise OutgoingError(f"{self._account[:40]!r} is no number of an account.")
        self._api = Api(client, f"{self._url}/api/v1", {"api_access_token": given["token"]}, self.title)
        self._all = f"accounts/{self._account}/conversations"

    async def check(self) -> AsyncIterator[str]:
        """See who we are, that the account is ours, and that we may read conversations."""
        said = await self._api.get("profile")
        with reading.told(self._host, "profile"):
            name = reading.text(said.get("name"))
            accounts = {reading.key(each["id"]) for each in reading.records(said["accounts"])}
        if self._account not in accounts:
            raise OutgoingError(f"{self._host}: {name} is in no account {self._account}.")
        yield f"The API answers, and knows us: {name}."
        await self._list("all", 1)
        yield "Conversations may be read."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """What something happened in since; what is not resolved, where there is no since."""
        seen: set[str] = set()  # what moves while it is read comes twice
        for status in ("open", "pending", "snoozed") if since is None else ("all",):
            for page in range(1, _MOST + 1):
                found = await reading.patiently(partial(self._list, status, page))
                recent = [number for number, at in found if since is None or at is None or at >= since - _EARLY]
                for number in filter(lambda number: number not in seen, recent):
                    seen.add(number)
                    theirs = await reading.patiently(partial(self.fetch, number))
                    if theirs is not None:
                        yield theirs
                if not recent:
                    break

    async def newest(self, most: int) -> list[Theirs]:
        """The conversations that something happened in last."""
        numbers: list[str] = []
        page = 1
        while len(numbers) < most and (found := await self._list("all", page)):
            numbers += [number for number, _ in found if number not in numbers]
            page += 1
            if page > _MOST:
                break
        read = [await reading.patiently(partial(self.fetch, number)) for number in numbers[:most]]
        return [each for each in read if each is not None]

    async def fetch(self, external_id: str) -> Theirs | None:
        """One conversation with all its messages."""
        if not reading.is_number(external_id):
            return None
        raw = await self._api.find(f"{self._all}/{external_id}")
        if raw is None:
            return None
        messages: list[dict[str, Any]] = []
        before: int | None = None
        for _ in range(_MOST_MESSAGES):
            said = await self._api.get(f"{self._all}/{external_id}/messages", before=before)
            with reading.told(self._host, "list of messages"):
                found = reading.records(said["payload"])
                first = min((int(reading.key(each["id"])) for each in found), default=None)
            if first is None:
                break
            if before is not None and first >= before:
                raise OutgoingError(f"{self._host} gives the same page of messages again and again.")
            messages, before = found + messages, first
        with reading.told(self._host, "conversation"):
            return self._conversation(external_id, reading.record(raw), messages)

    async def note(self, external_id: str, text: str) -> Written:
        """A private note."""
        return await self._say(external_id, text, private=True)

    async def reply(self, external_id: str, text: str) -> Written:
        """An outgoing message; Chatwoot sends it."""
        return await self._say(external_id, text, private=False)

    async def change(self, external_id: str, change: Change) -> None:
        """Assignee, labels and status; of labels there is only the whole list, so it is read before."""
        path = f"{self._all}/{reading.numbered(external_id)}"
        if change.assignee is not None:
            agent = await self._agent(change.assignee) if change.assignee else None
            await self._api.ask("POST", f"{path}/assignments", {"assignee_id": agent})
        if change.add_tags or change.remove_tags:
            said = await self._api.get(f"{path}/labels")
            with reading.told(self._host, "list of labels"):
                there = [reading.text(each) for each in said["payload"]]
            kept = [label for label in dict.fromkeys([*there, *change.add_tags]) if label not in change.remove_tags]
            if kept != there:
                await self._api.ask("POST", f"{path}/labels", {"labels": kept})
        if change.category is not None:
            await self._api.ask("POST", f"{path}/toggle_status", {"status": _STATUS[change.category]})

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """The conversation that an event is about; signed over its time and body.

        Raises:
            UnsignedError: the signature is not right, or too old.

        """
        if secret := given.get(HOOK_SECRET):
            at = headers.get("x-chatwoot-timestamp", "")
            said = headers.get("x-chatwoot-signature", "")
            signed = f"{at}.".encode("utf-8", "replace") + body
            verify(secret, said.removeprefix("sha256=") if said.startswith("sha256=") else None, signed)
            verify_age(signed_at(at), now)
        try:
            value = json.loads(body)
            conversation = value.get("conversation")
            about = value if str(value.get("event")).startswith("conversation_") else conversation
            return Rung(reading.rung(about["id"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return Rung()

    async def _list(self, status: str, page: int) -> list[tuple[str, datetime | None]]:
        """Conversations with when something happened in them last, the latest first."""
        query = {"status": status, "assignee_type": "all", "sort_by": "last_activity_at_desc", "page": page}
        said = await self._api.get(self._all, **query)
        with reading.told(self._host, "list of conversations"):
            found = reading.records(said["data"]["payload"])
            return [(reading.key(each["id"]), reading.moment(each.get("last_activity_at"))) for each in found]

    async def _say(self, external_id: str, text: str, *, private: bool) -> Written:
        path = f"{self._all}/{reading.numbered(external_id)}/messages"
        given = {"content": reading.without_templates(text), "message_type": "outgoing", "private": private}
        said = (await self._api.ask("POST", path, given)).value
        try:
            sender = said.get("sender") or {}
            author = reading.key(sender["id"]) if "id" in sender else None
            return Written(author, reading.key(said["id"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            return Written()  # it is written all the same

    async def _agent(self, email: str) -> int:
        """The number of the agent who has the address.

        Raises:
            OutgoingError: nobody there has it.

        """
        said = await self._api.get(f"accounts/{self._account}/agents")
        with reading.told(self._host, "list of agents"):
            for each in reading.records(said):
                if reading.text(each.get("email")).casefold() == email.casefold():
                    return int(reading.key(each["id"]))
        raise OutgoingError(f"{self._host} has no agent {email}.")

    def _conversation(self, external_id: str, raw: Mapping[str, Any], messages: list[dict[str, Any]]) -> Theirs:
        remarks = reading.Remarks()
        incoming = False
        for each in messages:
            kind = each["message_type"]
            attributes = reading.record(each.get("content_attributes") or {})
            unsent = kind == _OUTGOING and each.get("status") == "failed"
            if kind not in {_INCOMING, _OUTGOING} or attributes.get("deleted") is True or unsent:
                continue
            sender = reading.record(each.get("sender") or {})
            remarks.add(
                reading.key(each["id"]),
                _role(kind, sender, attributes),
                each.get("content"),
                private=reading.flag(each["private"]),
                author=sender.get("available_name") or sender.get("name"),
                at=each["created_at"],
                opening=kind == _INCOMING and not incoming,
                files=[{"name": file.get("file_type")} for file in reading.records(each.get("attachments"))],
            )
            incoming = incoming or kind == _INCOMING
        customer = reading.record(reading.record(raw["meta"]).get("sender") or {})
        return Theirs(
            id=external_id,
            url=f"{self._url}/app/accounts/{self._account}/conversations/{external_id}",
            subject=reading.text((raw.get("additional_attributes") or {}).get("mail_subject"))[:500],
            category=_CATEGORY.get(raw["status"], "open"),
            priority=_PRIORITY.get(raw.get("priority") or ""),
            email=reading.text(customer.get("email"))[:320] or None,
            remarks=remarks.in_order(),
            noted=frozenset(remarks.noted),
            name=reading.text(customer.get("name"))[:200] or None,
            tags=reading.tags(raw.get("labels")),
        )


def _role(kind: int, sender: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    """Who wrote it: what comes in is the customer's; what goes out is a person's only where one is known to write.

    Those are its users, and whoever answers in the channel's own program, of which Chatwoot hears by an echo.
    """
    if kind == _INCOMING:
        return "customer"
    by_rule = attributes.get("automation_rule_id") is not None
    person = sender.get("type") in _PEOPLE or attributes.get("external_echo") is True
    return "agent" if person and not by_rule else "bot"
