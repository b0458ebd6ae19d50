"""The connector to Request Tracker 5, by its REST API 2.

What it needs to be treated with care for: times in a query are in the zone of its account, so ages are asked for; a
change that is refused is answered as one that was made, so it is read back; pages have gaps where something may not be
seen; a ticket that was merged is answered as the one it lives on in. What is written is plain text: nothing is run.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from urllib.parse import quote, urlsplit

from chatbot.service.connectors.asking import Api, ChangedMeanwhileError, basic
from chatbot.service.connectors.desks.request_tracker_reading import (
    STATUS,
    WHO,
    Reader,
    bodies,
    checked,
    merged,
    spoken,
    unknown,
)
from chatbot.service.connectors.protocol import Abilities, Change, Rung, Setting, Theirs, Usual, Written
from chatbot.service.connectors.reading import is_number, shaped
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from chatbot.service.connectors.desks.request_tracker_reading import Body, Raw
    from chatbot.service.outgoing.door import Client

_T = TypeVar("_T")
_PAGE = 100  # it gives no more
_FEW = _PAGE // 10
_MARGIN = timedelta(minutes=5)
_PERSON = "Name,EmailAddress,RealName"
_TICKET = {"fields": "Subject,Status,Priority,Requestor", "fields[Requestor]": _PERSON}
_HISTORY = {"fields": "Type,Field,ObjectId,Created,Creator", "fields[Creator]": _PERSON}
_NOBODY = "Nobody"


class RequestTracker(Usual):
    """One Request Tracker, its address that of its pages."""

    kind: ClassVar[str] = "request-tracker"
    title: ClassVar[str] = "Request Tracker"
    abilities: ClassVar[Abilities] = Abilities(reply=True, status=True, assign=True, since=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("user", "Name of a privileged account there, made for this alone"),
        Setting("password", "Its AuthToken, or its password", secret=True),
    )
    to_ring: ClassVar[str] = ""

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        self._user, secret = given["user"], given["password"]
        self._url = url.rstrip("/")
        self._staff: set[str] = set()
        self._known = {self._user}
        self._reader = Reader(self._url, self._user, self._staff)
        shows = f"token {secret}" if _is_token(secret) else basic(self._user, secret)
        self._api = Api(client, f"{self._url}/REST/2.0", {"Authorization": shows}, self.title)

    async def check(self) -> AsyncIterator[str]:
        """See that the API is there, that we may read, and that we may write comments and answers."""
        me = await self._api.get(f"user/{quote(self._user, safe='')}")
        if not shaped(WHO, partial(_privileged, me)):
            raise OutgoingError(f"{self._user} is not a privileged account there.")
        yield f"The API answers, and knows {self._user}."
        found = await self._api.get("tickets", query="id > 0", orderby="id", order="DESC", per_page=1)
        newest = _read(lambda: [checked(str(each["id"])) for each in found["items"]])
        if not newest:
            yield "There is no ticket yet that we may read."
            return
        raw = await self._api.get(f"ticket/{newest[0]}")
        may = _read(lambda: {each["ref"] for each in raw["_hyperlinks"]})
        if not {"comment", "correspond"} <= may:
            raise OutgoingError(f"{self._user} may read, but not write comments and answers in ticket {newest[0]}.")
        yield f"Tickets may be read, up to {newest[0]}, comments and answers written."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """What changed since, or all that is active; and what was merged since into what changed."""
        query, early = "Status = '__Active__'", None
        if since is not None:
            early = since - _MARGIN
            query = f"LastUpdated > '{max(1, int((datetime.now(UTC) - early).total_seconds()))} seconds ago'"
        async for raw in self._pages("tickets", {"query": query, "orderby": "id", "order": "ASC", **_TICKET}):
            theirs, gone = await self._whole(raw, early)
            yield theirs
            for each in gone:
                yield each

    async def newest(self, most: int) -> list[Theirs]:
        """The tickets that came last."""
        asked = {"query": "id > 0", "orderby": "id", "order": "DESC", "per_page": most, **_TICKET}
        found = await self._api.get("tickets", **asked)
        return [(await self._whole(raw))[0] for raw in _read(lambda: list(found["items"]))[:most]]

    async def fetch(self, external_id: str) -> Theirs | None:
        """One ticket with all that was said; a search leaves out those that were deleted or merged."""
        if not is_number(external_id):
            return None
        found = await self._api.get("tickets", query=f"id = {external_id}", **_TICKET)
        listed = _read(lambda: list(found["items"]))
        if listed:
            return (await self._whole(listed[0]))[0]
        raw = await self._api.find(f"ticket/{external_id}")
        if raw is None:
            return None
        names = _read(lambda: [str(each["id"]) for each in raw["Requestor"]])
        asks = await self._api.find(f"user/{quote(names[0], safe='')}") if names else None
        return self._reader.gone(external_id, raw, asks or {})

    async def note(self, external_id: str, text: str) -> Written:
        """A comment."""
        return await self._write(external_id, "comment", text)

    async def reply(self, external_id: str, text: str) -> Written:
        """Correspondence, which it mails to who asks."""
        return await self._write(external_id, "correspond", text)

    async def change(self, external_id: str, change: Change) -> None:
        """Status and owner.

        Raises:
            OutgoingError: it does not let us; it answers the change all the same.

        """
        given = {} if change.category is None else {"Status": STATUS[change.category]}
        if change.assignee is not None:
            given |= await self._owner(change.assignee)
        if not given:
            return
        path = f"ticket/{checked(external_id)}"
        try:
            now = await self._put(path, given)
        except ChangedMeanwhileError:
            now = await self._put(path, given)
        if given.get("Owner", now["Owner"]) != now["Owner"] and given["Owner"] == self._user:
            await self._api.ask("PUT", f"{path}/steal", {})
            now = await self._now(path)
        refused = [name for name, value in given.items() if now[name] != value]
        if refused:
            raise OutgoingError(
                f"{urlsplit(self._url).netloc} does not let {self._user} change {' and '.join(refused)}."
            )

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """Nothing there rings by itself; whoever does so may say which ticket."""
        del headers, given, now
        name = body.decode("utf-8", "replace").strip()
        return Rung(name if is_number(name) else None)

    async def _write(self, external_id: str, verb: str, text: str) -> Written:
        given = {"Content": text, "ContentType": "text/plain"}
        said = await self._api.ask("POST", f"ticket/{checked(external_id)}/{verb}", given)
        key = said.headers.get("location", "").rpartition("/")[2]
        return Written(self._user, key if is_number(key) else None)

    async def _owner(self, email: str) -> dict[str, str]:
        """Whom a ticket is given to; nothing is changed where nobody there has the address."""
        if not email:
            return {"Owner": _NOBODY}
        said = await self._api.ask("POST", "users", [{"field": "EmailAddress", "value": email}])
        names = _read(lambda: [str(each["id"]) for each in said.value["items"]])
        return {"Owner": names[0]} if len(names) == 1 else {}

    async def _put(self, path: str, given: Mapping[str, str]) -> dict[str, str]:
        """Change a ticket as it was read; what it is like after that."""
        said = await self._api.ask("GET", path)
        etag = {"If-Match": said.headers["etag"]} if "etag" in said.headers else {}
        await self._api.ask("PUT", path, given, headers=etag)
        return await self._now(path)

    async def _now(self, path: str) -> dict[str, str]:
        raw = await self._api.get(path)
        return _read(lambda: {"Status": str(raw["Status"]), "Owner": str(raw["Owner"]["id"])})

    async def _whole(self, raw: Raw, since: datetime | None = None) -> tuple[Theirs, list[Theirs]]:
        """A ticket with what was said, and those that were merged into it since."""
        path = f"ticket/{_read(lambda: checked(str(raw['id'])))}"
        history = [each async for each in self._pages(f"{path}/history", _HISTORY)]
        said = spoken(history)
        await self._meet(shaped(WHO, partial(unknown, raw, said)))
        listed = {"fields": "TransactionId,ContentType,Filename"}
        attachments = [each async for each in self._pages(f"{path}/attachments", listed)]
        found = bodies(said, attachments)
        theirs = self._reader.ticket(raw, said, found, await self._words(path, found, attachments))
        names = merged(theirs.id, history, since) if since is not None else []
        asks = _read(lambda: raw["Requestor"][0] if raw["Requestor"] else {})
        return theirs, [self._reader.gone(each, raw, asks) for each in names]

    async def _meet(self, names: set[str]) -> None:
        """Learn who of these is on the staff: privileged, which stands in no list."""
        for name in sorted(names - self._known):
            raw = await self._api.find(f"user/{quote(name, safe='')}")
            if raw is not None and shaped(WHO, partial(_privileged, raw)):
                self._staff.add(name)
            self._known.add(name)

    async def _words(self, path: str, found: Sequence[Body], attachments: Sequence[Raw]) -> dict[str, str]:
        """The words of those attachments: of all at once, but where files lie among them, which may be large."""
        wanted = [each.attachment for each in found]
        kinds = _read(lambda: [(each["Filename"], each["ContentType"].split("/")[0]) for each in attachments])
        if all(not name and kind in {"text", "multipart"} for name, kind in kinds):
            listed = {"fields": "Content"}
            texts = {str(each.get("id")): each async for each in self._pages(f"{path}/attachments", listed)}
            return _read(lambda: {name: str(texts[name]["Content"] or "") for name in wanted})
        words = {}
        for name in wanted:
            raw = await self._api.get(f"attachment/{name}")
            words[name] = shaped(WHO, partial(_decoded, raw))
        return words

    async def _pages(self, path: str, query: Mapping[str, Any]) -> AsyncIterator[Raw]:
        """Everything of a list."""
        page = 1
        while True:
            found = await self._api.get(path, **query, per_page=_PAGE, page=page)
            items, last = shaped(WHO, partial(_listed, found, page))
            for each in items:
                yield each
            if last:
                return
            page += 1


def _is_token(secret: str) -> bool:
    """Whether a secret is an AuthToken, as they are made there: 1-14-, and 32 digits of a hash."""
    parts = secret.split("-")
    return len(parts) == 3 and parts[0].isdigit() and parts[1].isdigit() and len(parts[2]) == 32  # noqa: PLR2004


def _privileged(account: Raw) -> bool:
    return bool(int(account["Privileged"] or 0))


def _listed(found: Raw, page: int) -> tuple[list[Raw], bool]:
    """Items of a page, and whether it is the last.

    How many there are is not told where some may be hidden. What is hidden makes gaps, but none of nearly a page.
    """
    items, pages = [dict(each) for each in found["items"]], found["pages"]
    return items, len(items) < _FEW if pages is None else page >= int(pages)


def _decoded(attachment: Raw) -> str:
    return b64decode(attachment["Content"] or "").decode("utf-8", "replace")


def _read(read: Callable[[], _T]) -> _T:
    return shaped(WHO, read)
