"""What a client does with events: the Python twin of the widget's reducer, for the customer's view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatbot.service.realtime.event import Event

# What an event says of the conversation as a whole.
_CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "handover.requested": lambda payload: {"status": "waiting", "handover": payload},
    "bot.resumed": lambda _: {"status": "open"},
    "agent.joined": lambda payload: {"status": "agent", "agent": payload["name"]},
    "agent.left": lambda _: {"status": "waiting", "agent": None},
    "contact.given": lambda payload: {"contact": payload["email"]},
    "conversation.reopened": lambda _: {"status": "open", "handover": None, "agent": None},
    "conversation.closed": lambda _: {"status": "closed"},
    "rating.given": lambda payload: {"rating": payload["score"]},
}


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
            state |= _CHANGES.get(event.kind, lambda _: {})(payload)
    return state
