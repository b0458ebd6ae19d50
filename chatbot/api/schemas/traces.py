"""The shapes of traces and explanations, with an example each."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import ANSWER, RequestBody, TurnGiven, example

_TRACE: dict[str, Any] = {
    "question": "Where is my parcel?",
    "language": "en",
    "topic": "parcel, tracking",
    "evidence": [{"id": "t-104:1", "kind": "moment", "score": 0.81, "text": "You can follow it under My orders."}],
    "candidates": [
        {
            "origin": "verbatim",
            "text": "You can follow it under My orders.",
            "evidence": ["t-104:1"],
            "score": 1.31,
            "features": {"similarity": 0.83, "support": 0.7},
            "failed": [],
        }
    ],
    "decision": {"decision": "answer", "reason": "confident", "confidence": 0.94, "mode": "verbatim"},
    "versions": {"index": "20260302-093000-1a2b", "model": None, "adapter": None, "contract": "20260302-101500-77ab"},
}


class MessageTrace(BaseModel):
    """How a message of the bot came about. More keys may come; rely on those you know."""

    model_config = example({"message_id": ANSWER["id"], "trace": _TRACE})

    message_id: str
    trace: dict[str, Any]


class ExplanationRequest(RequestBody):
    """A conversation as it stands, oldest turn first, ending in the customer's words."""

    model_config = example({"messages": [{"role": "customer", "text": "Where is my parcel?"}]})

    messages: list[TurnGiven] = Field(min_length=1, max_length=500)


class Explanation(BaseModel):
    """What would be done now and why; ``suggestion`` is the best draft where it is not sent."""

    model_config = example(
        {
            "decision": "answer",
            "reason": "confident",
            "detail": "Sure enough: probability 0.94, needed 0.88 for at most 5% wrong, 90% sure.",
            "confidence": 0.94,
            "mode": "verbatim",
            "reply": "You can follow it under My orders.",
            "suggestion": None,
            "trace": _TRACE,
            "model": None,
            "index": "20260302-093000-1a2b",
        }
    )

    decision: Literal["answer", "ask_back", "suggest", "hand_over"]
    reason: str = Field(description="A stable code.")
    detail: str = Field(description="The reason in a sentence.")
    confidence: float = Field(description="0 to 1: the probability that the team would send the best reply.")
    mode: str = Field(description="verbatim, excerpt, refined, written, phrase or hand_over.")
    reply: str = Field(description="What the customer would read.")
    suggestion: str | None
    trace: dict[str, Any]
    model: str | None
    index: str | None
