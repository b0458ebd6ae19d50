"""The connector to Jira Service Management (Cloud), by its two REST APIs.

What it needs to be treated with care for: a comment without ``public`` is one that the customer reads, so it is always
said; whether one is public tells the service desk's API alone, hooks and the platform's may not; who is a customer is
told by nothing but the request itself; texts are sent as wiki markup and come as documents; JQL reads times in the zone
of who asks, so it is asked for minutes that have passed; its search is some time behind.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from chatbot.service.connectors.asking import Api, basic
from chatbot.service.connectors.desks.jira_requests import account_of, category_of, read
from chatbot.service.connectors.desks.jira_texts import as_wiki
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
from chatbot.service.connectors.reading import (
    MOST_PAGES,
    flag,
    is_number,
    key,
    numbered,
    patiently,
    record,
    records,
    rung,
    text,
    told,
)
from chatbot.service.connectors.signed import verify
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from chatbot.service.outgoing.door import Client

_FIELDS = "summary,description,status,priority,labels,reporter,assignee,created"
_RESOLVED = ("resolved", "done", "closed", "completed")
_PAGE = 50
_ALL_PAGES = 10_000
_MARGIN = timedelta(minutes=10)


class Jira(Usual):
    """The service projects of one Jira."""

    kind: ClassVar[str] = "jira"
    title: ClassVar[str] = "Jira Service Management"
    abilities: ClassVar[Abilities] = Abilities(reply=True, status=True, tags=True, assign=True, since=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("user", "E-mail of an agent's account, made for this alone"),
        Setting("token", "API token of that account", secret=True),
        Setting(HOOK_SECRET, "Secret of the webhook (empty: not checked)", secret=True, optional=True),
    )
    to_ring: ClassVar[str] = (
        "make a webhook in Jira (System > WebHooks) with the URL {hook}, a secret, and the events of issues and "
        "comments: created, updated, deleted."
    )

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        self._api = Api(
            client, f"{self._url}/rest", {"Authorization": basic(given["user"], given["token"])}, self.title
        )

    async def check(self) -> AsyncIterator[str]:
        """See that the token is good, and that there are service projects."""
        me = await self._api.get("api/3/myself")
        with told(self._url, "user"):
            name = text(me["displayName"])
        yield f"The API answers; we are {name} there."
        projects = await self._projects()
        yield f"We see the service projects {', '.join(projects)}."

    async def _projects(self) -> list[str]:
        """The keys of the service projects that we see.

        Raises:
            OutgoingError: there is none.

        """
        rows = await self._pages("servicedeskapi/servicedesk")
        with told(self._url, "list of service projects"):
            found = [key(row["projectKey"]) for row in rows]
        if not found:
            raise OutgoingError("This account sees no service project: is it an agent of one?")
        return found

    async def _pages(self, path: str) -> list[dict[str, Any]]:
        """All rows of a list of the service desk's API."""
        found: list[dict[str, Any]] = []
        for _ in range(MOST_PAGES):
            said = await self._api.get(path, start=len(found), limit=_PAGE)
            with told(self._url, "list"):
                rows = records(said["values"])
                found += rows
                if flag(said["isLastPage"]) or not rows:
                    break
        return found

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """The requests that were changed since; all that are not done where there is no since."""
        if since is None:
            names = await self._found(" AND statusCategory != Done", "updated", _ALL_PAGES)
        else:
            passed = datetime.now(UTC) - since + _MARGIN
            minutes = max(math.ceil(passed.total_seconds() / 60), 1)
            names = await self._found(f' AND updated >= "-{minutes}m"', "updated", _ALL_PAGES)
        for name in names:
            theirs = await patiently(partial(self.fetch, name))
            if theirs is not None:
                yield theirs

    async def newest(self, most: int) -> list[Theirs]:
        """The requests that came last."""
        names = await self._found("", "created", 1 + most // _PAGE)
        read = [await patiently(partial(self.fetch, name)) for name in names[:most]]
        return [theirs for theirs in read if theirs is not None]

    async def _found(self, jql: str, by: str, most: int) -> list[str]:
        """The names of requests, of so many pages; at once, before what is read meanwhile moves."""
        keys = ", ".join(f'"{each}"' for each in await self._projects())
        asked = f"project in ({keys}){jql} ORDER BY {by} DESC"
        found: dict[str, None] = {}
        token = None
        for _ in range(most):
            search = partial(
                self._api.get, "api/3/search/jql", jql=asked, fields=by, maxResults=_PAGE, nextPageToken=token
            )
            said = await patiently(search)
            with told(self._url, "list of requests"):
                rows = records(said["issues"])
                found |= {key(row["id"]): None for row in rows}
                after = text(said.get("nextPageToken"))
            if not rows or not after or after == token:
                break
            token = after
        return [*found]

    async def fetch(self, external_id: str) -> Theirs | None:
        """One request with all its comments; an issue that is no request is none."""
        if not is_number(external_id):
            return None
        raw = await self._api.find(f"api/3/issue/{external_id}", fields=_FIELDS)
        request = None if raw is None else await self._api.find(f"servicedeskapi/request/{external_id}")
        if request is None:
            return None
        comments = await self._comments(external_id)
        shown = await self._pages(f"servicedeskapi/request/{external_id}/comment")
        customers = await self._taking_part(external_id, comments)
        with told(self._url, "request"):
            public = {key(row["id"]) for row in shown if flag(row["public"])}
            return read(self._url, record(raw), record(request), comments, public, customers)

    async def _taking_part(self, external_id: str, comments: list[dict[str, Any]]) -> set[str]:
        """Who takes part in a request, as colleagues of the customer do, and is no agent: nobody it can be given to."""
        rows = await self._pages(f"servicedeskapi/request/{external_id}/participant")
        with told(self._url, "list of participants"):
            others = {text(row["accountId"]) for row in rows}
            if not others.intersection(map(account_of, comments)):
                return others
        found = await self._api.get("api/3/user/assignable/search", issueId=external_id, maxResults=1000)
        with told(self._url, "list of users"):
            return others - {text(row["accountId"]) for row in records(found)}

    async def _comments(self, external_id: str) -> list[dict[str, Any]]:
        """Oldest first, as documents; of the platform's API, which says what kinds of accounts wrote them."""
        found: list[dict[str, Any]] = []
        for _ in range(MOST_PAGES):
            said = await self._api.get(
                f"api/3/issue/{external_id}/comment", startAt=len(found), maxResults=_PAGE, orderBy="created"
            )
            with told(self._url, "list of comments"):
                rows = records(said["comments"])
                found += rows
                if not rows or len(found) >= said["total"]:
                    break
        return found

    async def note(self, external_id: str, text: str) -> Written:
        """A comment for the team."""
        return await self._comment(external_id, text, public=False)

    async def reply(self, external_id: str, text: str) -> Written:
        """A comment that the customer reads."""
        return await self._comment(external_id, text, public=True)

    async def _comment(self, external_id: str, text: str, *, public: bool) -> Written:
        given = {"body": as_wiki(text), "public": public}
        said = await self._api.ask("POST", f"servicedeskapi/request/{numbered(external_id)}/comment", given)
        made = said.value if isinstance(said.value, dict) else {}
        author = made.get("author")
        account = author.get("accountId") if isinstance(author, dict) else None
        return Written(str(account or "") or None, str(made.get("id") or "") or None)

    async def change(self, external_id: str, change: Change) -> None:
        """Status, labels and who it is assigned to; a status that no transition leads to is passed over."""
        path = f"api/3/issue/{numbered(external_id)}"
        if change.category is not None:
            await self._move(path, change.category)
        labels = [{"add": "_".join(tag.split())} for tag in change.add_tags]
        labels += [{"remove": "_".join(tag.split())} for tag in change.remove_tags]
        if labels:
            await self._api.ask("PUT", path, {"update": {"labels": labels}})
        if change.assignee is not None:
            account = await self._assignable(external_id, change.assignee) if change.assignee else None
            if account is not None or not change.assignee:
                await self._api.ask("PUT", f"{path}/assignee", {"accountId": account})

    async def _move(self, path: str, category: str) -> None:
        """Take a transition that leads there, rather one that resolves than one that declines."""
        issue = await self._api.get(path, fields="status")
        said = await self._api.get(f"{path}/transitions")
        with told(self._url, "list of transitions"):
            if category_of(record(issue["fields"]["status"])) == category:
                return
            leading = [each for each in records(said["transitions"]) if category_of(record(each["to"])) == category]
            leading.sort(key=lambda each: text(each["to"]["name"]).casefold() not in _RESOLVED)
            chosen = key(leading[0]["id"]) if leading else None
        if chosen is not None:
            await self._api.ask("POST", f"{path}/transitions", {"transition": {"id": chosen}})

    async def _assignable(self, external_id: str, email: str) -> str | None:
        """The account of who has the address, which may be hidden from us; None where not just one is found."""
        rows = await self._api.get("api/3/user/assignable/search", issueId=external_id, query=email, maxResults=10)
        with told(self._url, "list of users"):
            found = [
                row for row in records(rows) if text(row.get("emailAddress") or email).casefold() == email.casefold()
            ]
            return text(found[0]["accountId"]) if len(found) == 1 else None

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """The number of the issue that stands in the body, signed where a secret is set; it is not told when."""
        del now
        if given.get(HOOK_SECRET):
            said = headers.get("x-hub-signature", "")
            verify(given[HOOK_SECRET], said.removeprefix("sha256="), body)
        try:
            return Rung(rung(json.loads(body)["issue"]["id"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            return Rung()
