"""The connector to Zammad, by its REST API.

What it needs to be treated with care for: ``internal: true`` of type email is mailed all the same, so a note is of type
note; an account that is no agent's writes notes that everybody reads, so that is tried first; a ticket has one shared
draft, which may be a person's; what the system mails by itself is no answer. Without Elasticsearch its search knows no
fields, so it is asked for everything, what was changed last first.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from chatbot.service.connectors.asking import Api
from chatbot.service.connectors.desks.zammad_articles import CATEGORIES, drafted, priority_of, remarks_of, said_by
from chatbot.service.connectors.protocol import (
    HOOK_SECRET,
    Abilities,
    Change,
    Rung,
    Setting,
    Theirs,
    Usual,
    Written,
    marked,
)
from chatbot.service.connectors.reading import (
    as_html,
    is_number,
    key,
    moment,
    numbered,
    record,
    records,
    rung,
    tags,
    text,
    told,
)
from chatbot.service.connectors.signed import verify
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from chatbot.service.outgoing.door import Client

_STATE = {"open": "open", "waiting": "pending reminder", "done": "closed"}
_MAILED = {"email", "phone", "web", "note", None}
_NOBODY = 1
_PAGE = 100
_MARGIN = timedelta(minutes=10)
_REMINDED = timedelta(days=3)
_NOT_FOR_US = (403, 404, 410)  # a ticket of a group that the account does not see


class Zammad(Usual):
    """One Zammad."""

    kind: ClassVar[str] = "zammad"
    title: ClassVar[str] = "Zammad"
    abilities: ClassVar[Abilities] = Abilities(draft=True, reply=True, status=True, tags=True, assign=True, since=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("token", "Access token (permission ticket.agent) of an agent made for this alone", secret=True),
        Setting(HOOK_SECRET, "The webhook's HMAC SHA1 signature token (empty: none)", secret=True, optional=True),
    )
    to_ring: ClassVar[str] = (
        "make a webhook in Zammad (Manage > Webhook) with the endpoint {hook} and an HMAC SHA1 signature token, and "
        "a trigger, activated by action, that calls it whenever a ticket is created or updated."
    )

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        headers = {"Authorization": f"Token token={given['token']}"}
        self._api = Api(client, f"{self._url}/api/v1", headers, self.title, _NOT_FOR_US)
        self._users: dict[str, dict[str, Any]] = {}
        self._states: dict[str, str] | None = None

    async def check(self) -> AsyncIterator[str]:
        """See that the token is good, is an agent's, and sees tickets."""
        me = await self._api.get("users/me")
        with told(self._url, "user"):
            login = text(me["login"])
        yield f"The API answers; we are {login} there."
        await self._api.get("tag_search", term="understudy", limit=1)  # which only agents may
        found = await self._page("updated_at", 1, 1)
        yield f"We are an agent, and see {'tickets' if found else 'no ticket yet: is the account in a group?'}."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """The tickets that were changed since; all that are not closed where there is no since."""
        for external_id in await self._changed(since):
            theirs = await self.fetch(external_id)
            if theirs is not None:
                yield theirs

    async def _changed(self, since: datetime | None) -> list[str]:
        """Their names; listed at once, before what is read meanwhile moves."""
        found: dict[str, None] = {}
        page = 1
        while rows := await self._page("updated_at", page, _PAGE):
            with told(self._url, "list of tickets"):
                for raw in rows:
                    if since is not None and (moment(raw["updated_at"]) or since) < since - _MARGIN:
                        return [*found]
                    if since is not None or await self._category(raw) != "done":
                        found[key(raw["id"])] = None
            page += 1
            if len(rows) < _PAGE:
                break
        return [*found]

    async def newest(self, most: int) -> list[Theirs]:
        """The tickets that came last."""
        rows = await self._page("created_at", 1, most)
        with told(self._url, "ticket"):
            names = [key(raw["id"]) for raw in rows[:most]]
        read = [await self.fetch(name) for name in names]
        return [theirs for theirs in read if theirs is not None]

    async def _page(self, by: str, page: int, most: int) -> list[dict[str, Any]]:
        rows = await self._api.get(
            "tickets/search",
            query="*",
            sort_by=by,
            order_by="desc",
            page=page,
            per_page=most,
            limit=most,
            expand="true",
        )
        with told(self._url, "list of tickets"):
            return records(rows)

    async def fetch(self, external_id: str) -> Theirs | None:
        """One ticket with its articles, tags and shared draft."""
        found = await self._raw(external_id) if is_number(external_id) else None
        if found is None:
            return None
        tagged = await self._api.find("tags", object="Ticket", o_id=external_id)
        draft = await self._draft_of(external_id)
        with told(self._url, "ticket"):
            raw, articles = found
            customer = await self._user(raw.get("customer_id"))
            said = remarks_of(articles)
            name = f"{text(customer.get('firstname'))} {text(customer.get('lastname'))}"
            return Theirs(
                id=key(raw["id"]),
                url=f"{self._url}/#ticket/zoom/{key(raw['id'])}",
                subject=text(raw["title"])[:500],
                category=await self._category(raw),
                priority=priority_of(raw.get("priority")),
                email=text(customer.get("email")) or None,
                remarks=said.in_order(),
                noted=frozenset(said.noted),
                name=name.strip() or None,
                tags=None if tagged is None else tags(tagged["tags"]),
                drafts=drafted(draft),
            )

    async def _raw(self, external_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
        """A ticket and its articles as they come, the oldest first."""
        raw = await self._api.find(f"tickets/{external_id}", expand="true")
        if raw is None:
            return None
        articles = await self._api.find(f"ticket_articles/by_ticket/{external_id}", expand="true")
        if articles is None:
            return None
        with told(self._url, "ticket"):
            return record(raw), sorted(records(articles), key=lambda each: int(each["id"]))

    async def _user(self, number: Any) -> dict[str, Any]:
        named = rung(number)
        if named is None:
            return {}
        if named not in self._users:
            self._users[named] = record(await self._api.find(f"users/{named}") or {})
        return self._users[named]

    async def _category(self, raw: Mapping[str, Any]) -> str:
        """By the state's name, where it is one that Zammad comes with; else by what the desk says that it is."""
        state = text(raw["state"])
        return CATEGORIES.get(state) or CATEGORIES.get((await self._known_states()).get(state, "open"), "open")

    async def _known_states(self) -> dict[str, str]:
        """Of each state that may be used what type it has."""
        if self._states is None:
            rows = await self._api.find("ticket_states", expand="true") or []
            with told(self._url, "list of states"):
                self._states = {
                    text(row["name"]): text(row.get("state_type")) for row in records(rows) if row.get("active", True)
                }
        return self._states

    async def _draft_of(self, external_id: str) -> Mapping[str, Any] | None:
        """The shared draft of a ticket; None where there is none, or this Zammad is too old for such."""
        said = await self._api.find(f"tickets/{external_id}/shared_draft")
        if said is None:
            return None
        with told(self._url, "shared draft"):
            number = said["shared_draft_id"]
            found: Mapping[str, Any] = {} if number is None else said["assets"]["TicketSharedDraftZoom"][str(number)]
            return found or None

    async def note(self, external_id: str, text: str) -> Written:
        """An internal article of type note: of type email it would be mailed."""
        return await self._write(external_id, text, {"type": "note", "internal": True})

    async def draft(self, external_id: str, text: str) -> Written:
        """The ticket's shared draft; a note where somebody else's lies there, which is left alone."""
        numbered(external_id)
        said = await self._api.get("users/me")
        with told(self._url, "user"):
            me = key(said["id"])
        there = await self._draft_of(external_id)
        if there is not None and str(there.get("updated_by_id")) != me:
            theirs = await self.fetch(external_id)
            asked = None if theirs is None else theirs.unanswered
            return await self.note(external_id, text if asked is None else marked(text, asked.key))
        channel = await self._channel(external_id)
        article = {"body": as_html(text), "content_type": "text/html", "internal": False, "cc": "", **channel}
        given = {"new_article": {**article, "ticket_id": int(external_id)}, "ticket_attributes": {}}
        await self._api.ask("PUT", f"tickets/{external_id}/shared_draft", given)
        return Written(me)

    async def reply(self, external_id: str, text: str) -> Written:
        """A mail to the ticket's customer; a public note where there is no address.

        Raises:
            OutgoingError: the customer writes by what is not answered from here, as a messenger.

        """
        channel = await self._channel(external_id)
        if channel["type"] not in _MAILED:
            raise OutgoingError(
                f"What comes by {channel['type']} is not answered from here: answer it in {self.title}."
            )
        return await self._write(external_id, text, {**channel, "internal": False})

    async def _channel(self, external_id: str) -> dict[str, Any]:
        """How the customer is answered: by mail, or as they wrote last."""
        found = await self._raw(numbered(external_id))
        if found is None:
            raise OutgoingError(f"{self._url} has no ticket {external_id} any more.")
        with told(self._url, "ticket"):
            raw, articles = found
            said = [each for each in articles if said_by(each) == "customer"]
            last: Mapping[str, Any] = said[-1] if said else {}
            email = text((await self._user(raw.get("customer_id"))).get("email"))
            if last.get("type") not in _MAILED or not email:
                return {"type": "note" if last.get("type") in _MAILED else text(last["type"])}
            answers = text(last.get("message_id")) if last.get("type") == "email" else ""
            return {"type": "email", "to": email, "subject": text(raw["title"]), "in_reply_to": answers}

    async def _write(self, external_id: str, text: str, more: Mapping[str, Any]) -> Written:
        given = {"ticket_id": int(numbered(external_id)), "body": as_html(text), "content_type": "text/html", **more}
        said = (await self._api.ask("POST", "ticket_articles", given, query={"expand": "true"})).value
        if not isinstance(said, dict):
            return Written()
        return Written(str(said.get("created_by_id") or "") or None, str(said.get("id") or "") or None)

    async def change(self, external_id: str, change: Change) -> None:
        """State, tags and owner. What waits for the customer is pending, with a reminder, which Zammad wants."""
        given: dict[str, Any] = {}
        numbered(external_id)
        if change.category is not None:
            wanted = _STATE[change.category]
            of_type = [name for name, kind in (await self._known_states()).items() if kind == wanted]
            given["state"] = wanted if wanted in of_type or not of_type else of_type[0]
            if change.category == "waiting":
                given["pending_time"] = (datetime.now(UTC) + _REMINDED).isoformat(timespec="seconds")
        if change.assignee is not None:
            given |= await self._owner(change.assignee)
        if given:
            await self._api.ask("PUT", f"tickets/{external_id}", given)
        for method, path, names in (("POST", "add", change.add_tags), ("DELETE", "remove", change.remove_tags)):
            for tag in names:
                said = {"item": tag, "object": "Ticket", "o_id": int(external_id)}
                await self._api.ask(method, f"tags/{path}", said)

    async def _owner(self, email: str) -> dict[str, Any]:
        """Whom a ticket is given to; nothing is changed where not just one person there has the address."""
        if not email:
            return {"owner_id": _NOBODY}
        rows = await self._api.get("users/search", query=email, limit=20, expand="true")
        with told(self._url, "list of users"):
            same = [key(row["id"]) for row in records(rows) if text(row.get("email")).casefold() == email.casefold()]
        return {"owner_id": same[0]} if len(same) == 1 else {}

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """The number of the ticket that stands in the body, signed where a token is set; it has no time."""
        del now
        if given.get(HOOK_SECRET):
            said = headers.get("x-hub-signature", "").removeprefix("sha1=")
            verify(given[HOOK_SECRET], said, body, how="sha1")
        try:
            return Rung(rung(json.loads(body)["ticket"]["id"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            return Rung()
