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
        match event.kind:
            case "message.created" | "message.done":
                state["messages"].append(event.payload)
            case "handover.requested":
                state["status"], state["handover"] = "waiting", event.payload
            case "conversation.closed":
                state["status"] = "closed"
            case "rating.given":
                state["rating"] = event.payload["score"]
            case "feedback.given":
                value = event.payload["value"] or None
                state["messages"] = [
                    {**message, "feedback": value} if message["id"] == event.payload["message_id"] else message
                    for message in state["messages"]
                ]
    return state
