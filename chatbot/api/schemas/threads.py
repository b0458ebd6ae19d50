"""The shapes of a conversation as people read it: its pages, the brief, who writes, who looks."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from chatbot.api.schemas.agents import AgentRequest
from chatbot.api.schemas.conversations import Snapshot
from chatbot.api.schemas.fields import ANSWER, example
from chatbot.api.schemas.writing import TEAM, TeamMessage


class PlacedMessage(TeamMessage):
    """A message or note and the number of the event that brought it; what is held stands last, with the last number."""

    model_config = example({**ANSWER, **TEAM, "seq": 3})

    seq: int


class Line(BaseModel):
    """Something that happened beside the messages, as an event of the log."""

    seq: int
    kind: str
    at: str
    payload: dict[str, Any]


class BriefLine(BaseModel):
    """Somebody's own words, and the message they stand in; of long ones the beginning."""

    message_id: str
    seq: int
    text: str
    decision: str | None = None
    at: str


class Detail(BaseModel):
    """Something the customer named."""

    kind: str = Field(description="order, tracking, email, phone, …")
    value: str | None = Field(description="As they wrote it; null for what a chat is no place for, a card number say.")
    message_id: str
    seq: int


class Brief(BaseModel):
    """What somebody has to know who takes over: extracts of what was said until the hand-over, no new words."""

    seq: int = Field(description="The event that asked for a person.")
    asked: list[BriefLine]
    tried: list[BriefLine] = Field(description="What the bot answered, or asked back.")
    details: list[Detail]
    reason: str = Field(description="Why the bot stopped, as a stable code.")
    detail: str | None = Field(default=None, description="The same in a sentence, where the bot decided it.")
    message_id: str | None = Field(default=None, description="The message of the bot whose trace tells more.")
    language: str | None = None


class Thread(Snapshot):
    """A page of a conversation, as it was after its event ``seq``."""

    model_config = example(
        {
            "id": "c_91d2c0ffee0011223344556677889900",
            "seq": 4,
            "status": "open",
            "messages": [{**ANSWER, **TEAM, "seq": 3}],
            "lines": [],
            "before": 3,
            "total": 2,
            "created_at": "2026-03-02T09:29:58+00:00",
        }
    )

    messages: list[PlacedMessage]  # type: ignore[assignment]  # a narrower one
    lines: list[Line] = Field(description="What happened beside the messages of this page.")
    before: int | None = Field(description="Asks for the page before this one; null where there is none.")
    total: int = Field(description="Messages of the whole conversation.")
    customer: str | None = Field(default=None, description="The customer's name, where their inbox's system said it.")
    subject: str | None = Field(default=None, description="A ticket's.")
    tags: list[str] = Field(default=[])
    topic: str | None = None
    language: str | None = None
    rating_comment: str | None = None
    waiting_since: str | None = None
    snoozed_until: str | None = None
    brief: Brief | None = Field(default=None, description="With the newest page, where a person was asked for.")


class PastConversation(BaseModel):
    """Another conversation of the same visitor."""

    id: str
    created_at: str
    status: Literal["open", "waiting", "agent", "closed"]
    agent: str | None = None
    topic: str | None = None
    decided: str | None = None
    rating: int | None = None
    first: str | None = Field(default=None, description="What they said first; of a long text the beginning.")


class Customer(BaseModel):
    """Who writes. Name, address and subject are there where the inbox's own system signed them."""

    model_config = example(
        {"name": "Mira", "verified": True, "inbox": "default", "since": "2026-03-02T09:29:58+00:00", "earlier": []}
    )

    name: str | None = None
    email: str | None = None
    verified: bool
    subject: str | None = None
    inbox: str | None = None
    contact: str | None = Field(default=None, description="The address they left in this conversation.")
    since: str
    earlier: list[PastConversation]
    next: str | None = None


class ViewingRequest(AgentRequest):
    """Whether the person looks at the conversation."""

    model_config = example({"agent": "Mira", "on": True})

    on: bool = True


class Viewer(BaseModel):
    """A colleague who looks at a conversation."""

    name: str
    typing: bool


class Here(BaseModel):
    """Who is in a conversation just now."""

    viewers: list[Viewer]
    customer_types: bool


class WhoIsWhere(BaseModel):
    """Who is in which conversation just now; ``at`` is another word when that has changed."""

    at: str
    conversations: dict[str, Here]
