"""The shapes of what people did with suggestions, and of what was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from chatbot.api.schemas.agents import AgentName
from chatbot.api.schemas.fields import RequestBody, Words, example

_Characters = Annotated[int | None, Field(default=None, ge=0, le=1_000_000)]
Reason = Literal["wrong_facts", "wrong_topic", "tone", "incomplete", "other"]


class FeedbackEvent(RequestBody):
    """Something that somebody did.

    `shown`: in view for a second or longer. `expanded`: its evidence was opened. `inserted`: put into the reply.
    `rejected`: none fits, with a reason. `completed`: characters of completions that were offered, taken, and still
    there in the reply as it was sent.
    """

    kind: Literal["shown", "expanded", "inserted", "rejected", "completed"]
    suggestion_id: str = Field(default="", max_length=48, description="Of one suggestion; the set where it is empty.")
    client_id: Words = Field(default="", max_length=100, description="Tells apart what one person did twice.")
    reason: Reason | None = Field(default=None, description="Of `rejected`.")
    words: Words | None = Field(default=None, max_length=1000, description="Of `rejected`, in one's own words.")
    offered: _Characters
    taken: _Characters
    kept: _Characters

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.kind == "rejected") != (self.reason is not None):
            raise ValueError("a reason goes with `rejected`, and with nothing else")
        if (self.kind == "completed") != (None not in (self.offered, self.taken, self.kept)):
            raise ValueError("offered, taken and kept go with `completed`, all three, and with nothing else")
        return self


class FeedbackRequest(RequestBody):
    """What one person did with a set; the same again changes nothing."""

    model_config = example({"agent": "Mira", "events": [{"kind": "rejected", "reason": "tone", "words": "Too curt."}]})

    agent: AgentName | None = None
    events: list[FeedbackEvent] = Field(min_length=1, max_length=50)


class FeedbackKept(BaseModel):
    """How many of the events were new."""

    new: int


class SuggestionKept(BaseModel):
    """A suggestion as it was shown."""

    id: str
    rank: int
    text: str
    confidence: float
    mode: str
    evidence: list[str] = Field(description="Ids.")
    warnings: list[str]


class EventKept(BaseModel):
    """What somebody did, and when."""

    kind: str
    suggestion_id: str | None
    by: str
    at: datetime
    reason: str | None
    words: str | None
    offered: int | None
    taken: int | None
    kept: int | None


class Facts(BaseModel):
    """Facts that were sent and not suggested (`added`), and the other way round: [kind, words as written]."""

    added: list[tuple[str, str]]
    dropped: list[tuple[str, str]]


class SetKept(BaseModel):
    """A set of suggestions and what came of it.

    `outcome` is as_is, edited or unused, held against a person's first reply after the message; null before.
    `edit_size` is the normalised Levenshtein distance to the nearest, `facts` what differs from that.
    """

    set_id: str
    conversation_id: str
    message_id: str
    index: str | None
    model: str | None
    contract: str | None
    blind: bool
    propensity: float
    at: datetime
    suggestions: list[SuggestionKept]
    events: list[EventKept]
    outcome: Literal["as_is", "edited", "unused"] | None
    used: str | None
    edit_size: float | None
    facts: Facts | None
    sent_id: str | None
    sent: str | None


class SetsKept(BaseModel):
    """Sets, the oldest first. ``next`` is the cursor of the page after this one."""

    sets: list[SetKept]
    next: str | None = None
