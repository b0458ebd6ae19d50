"""The shapes of agents' requests and responses, with an example each."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from chatbot.api.schemas.conversations import Handover
from chatbot.api.schemas.fields import Words, example

AgentName = Annotated[Words, Field(min_length=1, max_length=100, pattern=r"\S")]


class AgentRequest(BaseModel):
    """The person an API key acts for, as customers and colleagues read the name."""

    model_config = example({"agent": "Mira"})

    agent: AgentName


class ReleaseRequest(AgentRequest):
    """Who lets go, and to whom."""

    model_config = example({"agent": "Mira", "to": "waiting"})

    to: Literal["waiting", "bot", "closed"] = "waiting"


class ReplyRequest(AgentRequest):
    """What a person writes to the customer. Send it again with the same ``client_id`` and it is still one message."""

    model_config = example({"agent": "Mira", "client_id": "r-5512", "text": "I have changed the address."})

    client_id: str = Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")
    text: Words = Field(max_length=32_000)


class TypingRequest(AgentRequest):
    """Whether the person is writing."""

    model_config = example({"agent": "Mira", "on": True})

    on: bool = True


class Presence(BaseModel):
    """Until when the person counts as there."""

    agent: str
    until: str


class QueueItem(BaseModel):
    """A conversation that waits for a person."""

    id: str
    seq: int
    since: str = Field(description="Since when the customer waits.")
    with_bot: bool = Field(default=False, description="Whether the customer goes on with the bot meanwhile.")
    handover: Handover | None = None
    contact: str | None = None


class Queue(BaseModel):
    """What waits for a person."""

    waiting: list[QueueItem]
