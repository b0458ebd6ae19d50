"""Fields that several schemas share: text that can be stored, a turn, examples."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from chatbot.service.access.wellformed import storable, visible
from chatbot.storage.tables.tickets import CHAT
from data.transcripts import web_address

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


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is no time of a year from 1 to 9999 in UTC") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time with its zone, as it is stored."""


def _web_address(value: str) -> str:
    if web_address(value) is None:
        raise ValueError("is no whole address of the web; write https://…")
    return value


WebAddress = Annotated[Words, Field(max_length=2000), AfterValidator(_web_address)]
"""Somewhere that may be opened: http(s) alone."""


def _no_chat(value: str) -> str:
    if value == CHAT:
        raise ValueError("`chat` is the widget's own")
    return value


System = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=40), AfterValidator(_no_chat)]
"""How another help desk is called here, such as `zendesk`."""
_EXACT = 2**53  # beyond it JSON's readers differ
FieldValue = (
    Annotated[Words, Field(max_length=2000)]
    | bool
    | Annotated[int, Field(ge=-_EXACT, le=_EXACT)]
    | Annotated[float, Field(allow_inf_nan=False, ge=-_EXACT, le=_EXACT)]
    | None
)
"""A value of a field of a ticket."""


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
