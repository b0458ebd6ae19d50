"""What a client does with events: the Python twin of the widget's reducer, for the customer's view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatbot.service.events import Event


def reduced(snapshot: dict[str, Any], events: Iterable[Event]) -> dict[str, Any]:
    """The snapshot after the events; those it already holds change nothing."""
    state = {**snapshot, "messages": list(snapshot["messages"])}
    for event in events:
        if event.seq is None or event.seq <= state["seq"]:
            continue
        state["seq"] = event.seq
        payload = event.payload
        if event.kind in {"message.created", "message.done"}:
            state["messages"].append(payload)
        elif event.kind == "feedback.given":
            value = payload["value"] or None
            state["messages"] = [
                {**message, "feedback": value} if message["id"] == payload["message_id"] else message
                for message in state["messages"]
            ]
        else:
            state |= _changed(event.kind, payload)
    return state


def _changed(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    """What an event says of the conversation as a whole."""
    match kind:
        case "handover.requested":
            return {"status": "waiting", "handover": payload}
        case "agent.joined":
            return {"status": "agent", "agent": payload["name"]}
        case "agent.left":
            return {"status": "waiting", "agent": None}
        case "contact.given":
            return {"contact": payload["email"]}
        case "conversation.reopened":
            return {"status": "open", "handover": None, "agent": None}
        case "conversation.closed":
            return {"status": "closed"}
        case "rating.given":
            return {"rating": payload["score"]}
    return {}
