"""Fields that several schemas share: text that can be stored, a turn, examples."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from chatbot.service.access.wellformed import storable, visible

MESSAGE: dict[str, Any] = {
    "id": "m_5f0c9a7e3b2d4c61a8e9f00112233445",
    "client_id": "0b9c2f0e-6a55-4f5e-9a3e-1c2d3e4f5a6b",
    "role": "customer",
    "author": None,
    "text": "Can I still change the address of my order?",
    "files": [],
    "at": "2026-03-02T09:30:00+00:00",
    "decision": None,
    "feedback": None,
    "evidence": [],
    "from_past_replies": False,
}


ANSWER: dict[str, Any] = {
    "id": "m_0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "client_id": None,
    "role": "bot",
    "author": None,
    "text": "Yes, as long as it has not been packed. Open the order and choose Change address.",
    "files": [],
    "at": "2026-03-02T09:30:02+00:00",
    "decision": "answer",
    "feedback": None,
    "evidence": [
        {
            "id": "change-delivery-address#0",
            "kind": "article",
            "title": "Changing the delivery address",
            "url": "https://help.example/change-delivery-address",
            "text": None,
        }
    ],
    "from_past_replies": False,
}


INBOX_ID = r"^[a-z0-9_]+$"


FileIds = Annotated[
    list[Annotated[str, Field(max_length=40)]],
    Field(max_length=20, description="Of files that were uploaded to this conversation, 5 at most."),
]
Words = Annotated[str, AfterValidator(storable)]
Name = Annotated[str, AfterValidator(visible)]
"""What people call something: it can be seen."""


def example(value: dict[str, Any]) -> ConfigDict:
    """Settings of a shape that show this as its example."""
    return ConfigDict(json_schema_extra={"example": value})


class RequestBody(BaseModel):
    """What a request brings. A field that is not known is refused: whoever misspelt one learns it."""

    model_config = ConfigDict(extra="forbid")


class TurnGiven(BaseModel):
    """One turn of a conversation that lies elsewhere, with whatever else stands in it there."""

    role: Literal["customer", "agent", "bot", "note"]
    text: Words = Field(max_length=32_000)
