"""What the messages of a conversation in Front say, and by whom; and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.service.connectors.reading import flag, key, record, records, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.service.connectors.reading import Remarks

_CATEGORY = {"open": "open", "waiting": "waiting", "resolved": "done"}


def is_draft(message: Mapping[str, Any]) -> bool:
    """Whether it was not sent; who sees it has a mode, which what was sent has not."""
    return bool(message.get("draft_mode")) or message.get("is_draft") is True


def body_of(message: Mapping[str, Any]) -> str:
    """What mail says is HTML, however short it is."""
    body = text(message.get("body"))
    return f"<div>{body}</div>" if body and text(message["type"]) == "email" else body


def name_of(author: Any) -> str:
    """How a teammate is called; "" for nobody."""
    known = record(author or {})
    return f"{text(known.get('first_name'))} {text(known.get('last_name'))}".strip() or text(known.get("email"))


def take(said: Remarks, message: Mapping[str, Any]) -> None:
    """Take a message in: what was sent by nobody, a rule or another program sent."""
    inbound = flag(message["is_inbound"])
    sender = next((each for each in records(message.get("recipients")) if each.get("role") == "from"), {})
    said.add(
        key(message["id"]),
        "customer" if inbound else "agent" if message.get("author") else "bot",
        body_of(message),
        private=False,
        author=(text(sender.get("name")) or text(sender.get("handle"))) if inbound else name_of(message.get("author")),
        at=message["created_at"],
        opening=not said.said,
        files=[{"name": each.get("filename")} for each in records(message.get("attachments"))],
    )


def category_of(raw: Mapping[str, Any]) -> str:
    """By the company's ticket statuses, where it has such; what is archived and comes back by itself is snoozed."""
    status = text(raw["status"])
    if status in {"deleted", "spam"}:
        return "done"
    if (known := _CATEGORY.get(text(raw.get("status_category")))) is not None:
        return known
    if status != "archived":
        return "open"
    return "waiting" if raw.get("scheduled_reminders") else "done"
