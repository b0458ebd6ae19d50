"""The shapes of what people judge: answers of live conversations that wait, and what is decided of them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import RequestBody, Words, example

_ID = "c_91d2c0ffee0011223344556677889900:1"
_SEEN = "5d41402abc4b2a76b9719d911017c592"


class WaitingAnswer(BaseModel):
    """An answer that an agent gave to one customer, and the question that it would be filed under."""

    id: str
    conversation_id: str
    question: str
    answer: str
    agent: str | None = Field(default=None, description="Who gave it.")
    at: str | None = Field(default=None, description="When the conversation began.")
    closed_by: Literal["agent", "customer"] = Field(
        description="Who ended the conversation. What a customer closed is not even suggested to agents."
    )
    seen: str = Field(description="Stands for these words; sent with a decision, it holds for these words only.")


class Review(BaseModel):
    """Answers that wait, those harvested first first. ``next`` is the cursor of the page after this one."""

    model_config = example(
        {
            "answers": [
                {
                    "id": _ID,
                    "conversation_id": "c_91d2c0ffee0011223344556677889900",
                    "question": "The lid of my kettle Aurora leaks, what can I do?",
                    "answer": "Press the seal in until it clicks.",
                    "agent": "Mira",
                    "at": "2026-03-02T09:29:58+00:00",
                    "closed_by": "agent",
                    "seen": _SEEN,
                }
            ],
            "next": None,
        }
    )

    answers: list[WaitingAnswer]
    next: str | None = None


class DecisionRequest(RequestBody):
    """What a person decides of an answer."""

    model_config = example({"decision": "approve", "reason": "It holds for every kettle."})

    decision: Literal["approve", "reject"]
    reason: Words = Field(default="", max_length=2000)
    seen: Words | None = Field(default=None, max_length=64, description="As the list gave it.")


class Decided(BaseModel):
    """What became of it; ``unchanged`` where it was decided so before."""

    model_config = example({"id": _ID, "outcome": "approved"})

    id: str
    outcome: Literal["approved", "rejected", "unchanged"]
