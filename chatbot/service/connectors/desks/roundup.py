"""The connector to Roundup (2.x), by its REST API.

What it needs to be treated with care for: every message goes to the whole nosy list, and whoever may see an issue sees
its messages, so there are no private notes, unless a tracker has a property for them that its customers cannot see
(``roundup_notes.py``). Who is a customer is not said anywhere: the tracker's people are known by name or role. A change
needs the ETag of what was read, and times that it is asked for need a zone, else they are in its account's own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from chatbot.service.connectors.asking import Api, ChangedMeanwhileError, basic
from chatbot.service.connectors.desks.roundup_reading import (
    ISSUE,
    MESSAGE,
    STATUSES,
    Reader,
    category_of,
    checked,
    time_of,
)
from chatbot.service.connectors.protocol import (
    Abilities,
    Change,
    Rung,
    Setting,
    Theirs,
    Usual,
    Written,
)
from chatbot.service.connectors.reading import is_number, shaped
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime

    from chatbot.service.connectors.desks.roundup_reading import Raw
    from chatbot.service.outgoing.door import Client

_PAGE = 50
_ALL = 1000
_MARGIN = timedelta(minutes=5)
_DIGITS = 18
_TIME = "%Y-%m-%d.%H:%M:%S"

_T = TypeVar("_T")


class Roundup(Usual):
    """One Roundup tracker, its address that of the tracker: https://example.org/support."""

    kind: ClassVar[str] = "roundup"
    title: ClassVar[str] = "Roundup"
    abilities: ClassVar[Abilities] = Abilities(note=False, reply=True, status=True, tags=True, assign=True, since=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("user", "Account there, made for this alone"),
        Setting("password", "Its password", secret=True),
        Setting("agents", "Who answers there: names of accounts, or of a role, with commas between"),
        Setting(
            "private", "Yes/no property of messages by which customers do not see one (empty: none)", optional=True
        ),
    )
    to_ring: ClassVar[str] = ""

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        self.user = given["user"]
        self.notes, self._private = given.get("notes") or None, given.get("private") or None
        self.url = url.rstrip("/")
        agents = frozenset(name.strip().casefold() for name in given["agents"].split(",") if name.strip())
        self._reader = Reader(self.url, self.user, agents, self._private, self.notes)
        # It takes no change without the last three; they are what a page of its own would send.
        ours = {
            "Authorization": basic(self.user, given["password"]),
            "X-Requested-With": "Understudy",
            "Referer": f"{self.url}/",
        }
        ours["Origin"] = "{0.scheme}://{0.netloc}".format(urlsplit(self.url))
        self.client, self.api = client, Api(client, f"{self.url}/rest/data", ours, self.kind)

    async def check(self) -> AsyncIterator[str]:
        """See that the API is there, that we may read, and that somebody answers there whom we know."""
        found = await self.api.get("issue", **{"@page_size": 1, "@fields": _fields(ISSUE, self.notes)})
        count = _read(lambda: int(found["data"]["@total_size"]))
        yield f"The API answers, and lets us read: {count:,} issues."
        await self.api.get("msg", **{"@page_size": 1, "@fields": _fields(MESSAGE, self._private)})
        people = await self._list("user", "username,roles")
        answer = sum(self._reader.answers(each.get("username"), each.get("roles")) for each in people)
        if not answer:
            known = any(each.get("roles") for each in people if each.get("username") != self.user)
            why = "" if known else " Roles of others cannot be seen by this account: name the accounts."
            raise OutgoingError(
                f"Nobody there is called, or has a role, as you say: {', '.join(sorted(self._reader.agents))}.{why}"
            )
        yield f"{answer:,} of its accounts answer; everybody else is a customer."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """What changed since, or all that is not done: by number, so that none moves while it is read page by page."""
        query = await self._not_done() if since is None else {"activity": f"from {time_of(since - _MARGIN)}"}
        page = 1
        while found := await self._issues(**query, **{"@sort": "id", "@page_size": _PAGE, "@page_index": page}):
            for raw in found:
                yield await self._whole(raw)
            if len(found) < _PAGE:
                return
            page += 1

    async def newest(self, most: int) -> list[Theirs]:
        """The issues that came last."""
        found = await self._issues(**{"@sort": "-id", "@page_size": most})
        return [await self._whole(raw) for raw in found[:most]]

    async def fetch(self, external_id: str) -> Theirs | None:
        """One issue with all its messages; asked for in a list, which those that were retired are not in."""
        if not is_number(external_id):
            return None
        found = await self._issues(id=external_id)
        return await self._whole(found[0]) if found else None

    async def note(self, external_id: str, text: str) -> Written:
        """There are none here.

        Raises:
            OutgoingError: always.

        """
        del external_id, text
        raise OutgoingError(f"A {self.title} keeps no notes that its customers could not read.")

    async def reply(self, external_id: str, text: str) -> Written:
        """A message of the issue; everybody on the nosy list gets it by mail."""
        path = path_of(external_id)
        given = {"content": text, "author": self.user, "date": ".", "type": "text/plain"}
        key = await self._made("msg", given)
        await self.patch(path, lambda _: {"@op": "add", "messages": [key]})
        return Written(self.user, key)

    async def change(self, external_id: str, change: Change) -> None:
        """Status, keywords and who is at it; a keyword that is not there yet is made."""
        path = path_of(external_id)
        given: Raw = {}
        if change.category is not None:
            given |= await self._status(change.category)
        if change.assignee is not None:
            given |= await self._assigned_to(change.assignee)
        added = await self._keywords(change.add_tags, make=True)
        removed = await self._keywords(change.remove_tags, make=False)

        def changed(now: Raw) -> Raw:
            has = [str(each["id"]) for each in now["keyword"]]
            kept = [each for each in has if each not in removed] + [each for each in added if each not in has]
            return given if kept == has else given | {"keyword": kept}

        if given or added or removed:
            await self.patch(path, changed)

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """Nothing there rings by itself: whoever does so says that something changed."""
        del headers, body, given, now
        return Rung()

    async def _issues(self, **query: Any) -> list[Raw]:
        return await self.collection("issue", query | {"@fields": _fields(ISSUE, self.notes), "@verbose": 3})

    async def collection(self, path: str, query: Mapping[str, Any]) -> list[Raw]:
        """A list of items, as it is asked for."""
        found = await self.api.get(path, **query)
        return _read(lambda: [dict(each) for each in found["data"]["collection"]])

    async def _list(self, kind: str, fields: str) -> list[Raw]:
        """Everything of a kind."""
        listed: list[Raw] = []
        page = 1
        while True:
            asked = {"@fields": fields, "@sort": "id", "@page_size": _ALL, "@page_index": page}
            found = await self.collection(kind, asked)
            listed += found
            if len(found) < _ALL:
                return listed
            page += 1

    async def _whole(self, raw: Raw) -> Theirs:
        """An issue with what was said in it."""
        numbers = _read(lambda: [str(each["id"]) for each in raw["messages"]])
        messages: list[Raw] = []
        asked = {"@fields": _fields(MESSAGE, self._private), "@verbose": 3}
        for start in range(0, len(numbers), _PAGE):
            these = "&".join(f"id={checked(each)}" for each in numbers[start : start + _PAGE])
            messages += await self.collection(f"msg?{these}", asked)
        return self._reader.ticket(raw, messages)

    async def _not_done(self) -> Raw:
        kept = [each["id"] for each in await self._list("status", "name") if category_of(each) != "done"]
        return {"status": ",".join(["-1", *kept])}

    async def _status(self, category: str) -> Raw:
        """The first of the names that this tracker has."""
        there = {str(each["name"]).casefold(): each["id"] for each in await self._list("status", "name")}
        found = [there[name] for name in STATUSES[category] if name in there]
        return {"status": found[0]} if found else {}

    async def _assigned_to(self, email: str) -> Raw:
        """Whom an issue is given to; nothing is changed where we see nobody with the address."""
        if not email:
            return {"assignedto": ""}
        people = await self._list("user", "address")
        same = [each["id"] for each in people if (each.get("address") or "").casefold() == email.casefold()]
        return {"assignedto": same[0]} if len(same) == 1 else {}

    async def _keywords(self, names: tuple[str, ...], *, make: bool) -> list[str]:
        """Their numbers; those that are not there are made, or passed over."""
        there = {each["name"]: str(each["id"]) for each in await self._list("keyword", "name")} if names else {}
        for name in names if make else ():
            if name not in there:
                there[name] = await self._made("keyword", {"name": name})
        return [there[name] for name in names if name in there]

    async def _made(self, kind: str, given: Raw) -> str:
        said = await self.api.ask("POST", kind, given)
        return _read(lambda: str(said.value["data"]["id"]))

    async def patch(self, path: str, change: Callable[[Raw], Raw]) -> None:
        """Change an issue as it is now; where somebody else changed it meanwhile, as it is then, once more."""
        try:
            await self._patch_once(path, change)
        except ChangedMeanwhileError:
            await self._patch_once(path, change)

    async def _patch_once(self, path: str, change: Callable[[Raw], Raw]) -> None:
        found = await self.api.get(path, **{"@fields": _fields(("keyword",), self.notes), "@verbose": 3})
        given, etag = _read(lambda: (change(found["data"]["attributes"]), str(found["data"]["@etag"])))
        if given:
            await self.api.ask("PATCH", path, given, headers={"If-Match": etag})


def path_of(external_id: str) -> str:
    """Where an issue lies."""
    return f"issue/{checked(external_id)}"


def _fields(names: tuple[str, ...], more: str | None) -> str:
    return ",".join((*names, more) if more else names)


def _read(read: Callable[[], _T]) -> _T:
    return shaped("The Roundup", read)
