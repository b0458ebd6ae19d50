"""The shapes of agents' requests and responses, with an example each."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from chatbot.api.schemas.conversations import Handover
from chatbot.api.schemas.fields import RequestBody, Words, example

AgentName = Annotated[Words, Field(min_length=1, max_length=100, pattern=r"\S")]
OfAgent = Annotated[AgentName | None, Query(description="Whose, where the key does not act for one person.")]
"""The same of a request without a body."""


class AgentRequest(RequestBody):
    """The person an API key acts for, as customers and colleagues read the name.

    Who is signed in, and a key that acts for one person, need not say.
    """

    model_config = example({"agent": "Mira"})

    agent: AgentName | None = None


class Focus(RequestBody):
    """A conversation that the person had before them, and for how many seconds since they last said so."""

    conversation_id: str = Field(max_length=40)
    seconds: int = Field(ge=1, le=3600, description="In which the page was visible and the person did something.")


class PresenceRequest(AgentRequest):
    """Who is there, and what they look at."""

    model_config = example(
        {"agent": "Mira", "focus": [{"conversation_id": "c_5f0c9a7e3b2d4c61a8e9f00112233445", "seconds": 40}]}
    )

    focus: list[Focus] = Field(default=[], max_length=50)


class ReleaseRequest(AgentRequest):
    """Who lets go, and to whom."""

    model_config = example({"agent": "Mira", "to": "waiting"})

    to: Literal["waiting", "bot", "closed"] = "waiting"


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
