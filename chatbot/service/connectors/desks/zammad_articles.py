"""What the articles of a Zammad ticket say, and to whom; and how its drafts and priorities are read."""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from chatbot.service.connectors.reading import Remarks, flag, key, record, text, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CATEGORIES = {
    "new": "open",
    "open": "open",
    "pending reminder": "waiting",
    "pending action": "waiting",
    "pending close": "waiting",
    "closed": "done",
    "merged": "done",
    "removed": "done",
}
"""By the type of a state; the states that Zammad comes with are called as their types, or as here."""
_ROLES = {"Customer": "customer", "Agent": "agent", "System": None}
_PRIORITIES = ("low", "normal", "high", "urgent")


def said_by(article: Mapping[str, Any]) -> str | None:
    """Who said a public article, customer or agent; None for a note, and for what the system writes by itself."""
    return None if flag(article["internal"]) else _ROLES[text(article["sender"])]


def remarks_of(articles: Sequence[Mapping[str, Any]]) -> Remarks:
    """What was said. Mails that programs sent are left out, but for the first, which may come from a form."""
    said = Remarks()
    for place, each in enumerate(articles):
        role = _ROLES[text(each["sender"])]
        if role is None or (place and record(each.get("preferences") or {}).get("is-auto-response") is True):
            continue
        name, address = parseaddr(text(each.get("from")))
        said.add(
            key(each["id"]),
            role,
            _body(each),
            private=flag(each["internal"]),
            author=name or address,
            at=each["created_at"],
            opening=not said.said,
            files=[{"name": text(record(one).get("filename"))} for one in each.get("attachments") or ()],
        )
    return said


def drafted(draft: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The words of a shared draft, where it is one of a reply."""
    article = record((draft or {}).get("new_article") or {})
    said = "" if article.get("internal") is True else words(_body(article), role="agent", team=True)
    return (said,) if said else ()


def priority_of(name: Any) -> str | None:
    """By the words in its name, which has a number before it ("2 normal")."""
    return next((each for each in _PRIORITIES if each in text(name).casefold().split()), None)


def _body(article: Mapping[str, Any]) -> str:
    """What is HTML is made to look so, however short it is."""
    body = text(article.get("body"))
    return f"<div>{body}</div>" if "html" in text(article.get("content_type", "text/html")) else body
