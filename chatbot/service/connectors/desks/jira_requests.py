"""What a request of Jira Service Management and its comments say, by whom and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.service.connectors.desks.jira_texts import as_seen, with_mark
from chatbot.service.connectors.protocol import Theirs
from chatbot.service.connectors.reading import OPENING, Remarks, key, record, tags, text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_PRIORITY = {
    **dict.fromkeys(("highest", "blocker", "critical", "urgent"), "urgent"),
    **dict.fromkeys(("high", "major"), "high"),
    **dict.fromkeys(("medium", "normal"), "normal"),
    **dict.fromkeys(("low", "lowest", "minor", "trivial"), "low"),
}
_WAITS = ("waiting for customer", "waiting on customer", "awaiting customer", "pending", "on hold")


def read(
    url: str,
    raw: Mapping[str, Any],
    request: Mapping[str, Any],
    comments: list[dict[str, Any]],
    public: Collection[str],
    others: Collection[str],
) -> Theirs:
    """A request as it is kept here: ``public`` comments are for the customer, ``others`` are customers as well."""
    fields = record(raw["fields"])
    reporter = {**record(request.get("reporter") or {}), **record(fields.get("reporter") or {})}
    said = Remarks()
    name = text(reporter.get("displayName"))
    opening = as_seen(fields.get("description")) or text(fields["summary"])
    said.add(OPENING, "customer", opening, private=False, author=name, at=fields["created"], opening=True)
    customers = {text(reporter.get("accountId")), *others}
    for each in comments:
        author = record(each.get("author") or {})
        private = not _is_public(each, public)
        body = as_seen(each["body"])
        said.add(
            key(each["id"]),
            _role(author, customers),
            with_mark(body) if private else body,
            private=private,
            author=text(author.get("displayName")),
            at=each["created"],
        )
    return Theirs(
        id=key(raw["id"]),
        url=f"{url}/browse/{key(raw['key'])}",
        subject=text(fields["summary"])[:500],
        category=category_of(record(fields["status"])),
        priority=_PRIORITY.get(text(record(fields.get("priority") or {}).get("name")).casefold()),
        email=text(reporter.get("emailAddress")) or None,
        remarks=said.in_order(),
        noted=frozenset(said.noted),
        name=name or None,
        tags=tags(fields.get("labels")),
    )


def account_of(comment: Mapping[str, Any]) -> str:
    """Who wrote a comment; "" where nobody is named."""
    return text(record(comment.get("author") or {}).get("accountId"))


def _is_public(comment: Mapping[str, Any], public: Collection[str]) -> bool:
    """Whether the customer reads it: what the service desk calls so, and is not kept from others besides."""
    return key(comment["id"]) in public and not comment.get("visibility")


def _role(author: Mapping[str, Any], customers: Collection[str]) -> str:
    """Customers have accounts of their own kind, or report the request, or take part in it."""
    kind = text(author.get("accountType"))
    if kind == "app":
        return "bot"
    account = text(author.get("accountId"))
    return "customer" if kind == "customer" or not account or account in customers else "agent"


def category_of(status: Mapping[str, Any]) -> str:
    """By the category that Jira has; of what is not done what waits for the customer is told by its name."""
    if text(record(status["statusCategory"])["key"]) == "done":
        return "done"
    return "waiting" if text(status["name"]).casefold().startswith(_WAITS) else "open"
