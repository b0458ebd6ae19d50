"""The shapes of what other systems ask of a conversation: summaries, classifications, decisions; an example each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from chatbot.api.schemas.fields import Name, RequestBody, TurnGiven, example
from chatbot.api.schemas.suggestions import Abstained, EvidenceGiven, Judged

_ASKED = {"messages": [{"role": "customer", "text": "Where is my parcel? Order 4711."}]}


class AboutConversation(RequestBody):
    """A conversation: one of this desk by its id, or the turns of one that lies elsewhere, oldest first."""

    ticket_id: str | None = Field(
        default=None, max_length=40, description="A conversation of this desk; takes the scope `agent` as well."
    )
    messages: list[TurnGiven] = Field(default=[], max_length=500, description="Instead of `ticket_id`.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.messages) == (self.ticket_id is not None):
            raise ValueError("give either messages, at least one, or ticket_id")
        return self


class Place(BaseModel):
    """Where something stands: of a conversation of this desk the message and its event, else its place."""

    message_id: str | None = None
    index: int | None = Field(default=None, description="In `messages`, from 0.")
    seq: int | None = None


class SummaryRequest(AboutConversation):
    """A conversation, and what its summary is for."""

    model_config = example({**_ASKED, "for": "handover"})

    purpose: Literal["handover", "note", "list"] = Field(
        alias="for", description="Who takes it over; a note of the team; a line or two of a list."
    )


class SummaryLine(Place):
    """Somebody's own words."""

    part: str = Field(
        description="asked: the customer's first question and last ones; tried: what the bot answered; answered: what "
        "people did; noted: the team's notes; open: what the customer wrote since somebody answered."
    )
    role: str
    text: str
    cut: bool = Field(description="Whether the message goes on; the text then ends in an ellipsis.")
    at: datetime | None = None


class Detail(Place):
    """Something that the customer named."""

    kind: str
    value: str | None = Field(description="Null where it is never shown, as a card's number.")


class Summary(BaseModel):
    """Extracts in the order in which they were written; no word of it is ours."""

    model_config = example(
        {
            "for": "handover",
            "lines": [
                {
                    "part": "asked",
                    "role": "customer",
                    "text": "Where is my parcel? Order 4711.",
                    "cut": False,
                    "at": None,
                    "message_id": None,
                    "index": 0,
                    "seq": None,
                }
            ],
            "details": [{"kind": "order", "value": "4711", "message_id": None, "index": 0, "seq": None}],
            "reason": None,
            "detail": None,
            "read": 1,
            "total": 1,
            "ms": 2,
        }
    )

    purpose: str = Field(alias="for")
    lines: list[SummaryLine]
    details: list[Detail] = Field(description="At most eight; none for a list.")
    reason: str | None = Field(description="Of a conversation that was handed over: why.")
    detail: str | None = Field(description="The same in a sentence for the team, where the bot gave one.")
    read: int = Field(description="Messages that were read, the last ones, at most 500.")
    total: int = Field(description="Messages that there are.")
    ms: int


Label = Annotated[Name, Field(min_length=1, max_length=80)]


class ClassificationRequest(AboutConversation):
    """A conversation, and into what it is to be sorted."""

    model_config = example({**_ASKED, "into": ["delivery", "returns", "payment"]})

    into: (
        Literal["topics", "tags", "priority", "language"] | Annotated[list[Label], Field(min_length=1, max_length=100)]
    )
    """What there is on this desk, or these labels."""


class LabelGiven(BaseModel):
    """A label, and how probable it is."""

    name: str
    p: float = Field(description="0 to 1. Tags each by themselves; of all others one is right.")
    id: str | None = Field(default=None, description="Of a topic.")


class Neighbour(BaseModel):
    """A past conversation that is like this one."""

    id: str
    text: str = Field(description="What was asked, masked as it is stored, the beginning.")
    likeness: float = Field(description="Cosine of the two questions.")
    labels: list[str]


class Measured(BaseModel):
    """How well it does on this desk's own past, each conversation judged by the others."""

    conversations: int
    accuracy: float = Field(description="How often the first label is one of the right ones.")
    calibration_error: float = Field(description="Mean distance of `p` from how often it was right, in ten bins.")


class Classification(BaseModel):
    """Labels, the likeliest first."""

    model_config = example(
        {
            "labels": [{"name": "delivery", "p": 0.81, "id": None}, {"name": "returns", "p": 0.12, "id": None}],
            "abstained": None,
            "neighbours": [
                {"id": "t-104", "text": "My parcel has not arrived", "likeness": 0.83, "labels": ["delivery"]}
            ],
            "by": "neighbours",
            "measured": {"conversations": 400, "accuracy": 0.84, "calibration_error": 0.04},
            "index": "20260302-093000-1a2b",
            "ms": 12,
        }
    )

    labels: list[LabelGiven] = Field(description="At most 20.")
    abstained: Abstained | None
    neighbours: list[Neighbour] = Field(description="At most five, the likest first.")
    by: str = Field(
        description="neighbours: votes of like past conversations; words: likeness to the labels' own words, and such "
        "votes where past conversations bear them; language: the words of a language."
    )
    measured: Measured | None = Field(description="Null where too few past conversations bear labels.")
    index: str | None
    ms: int


class DecisionRequest(AboutConversation):
    """A conversation that might be answered without a person."""

    model_config = example(_ASKED)

    act: bool = Field(
        default=False,
        description="Send it as the bot, where a contract lets it: of a conversation of this desk that the bot has.",
    )

    @model_validator(mode="after")
    def _acts_here_only(self) -> Self:
        if self.act and self.ticket_id is None:
            raise ValueError("only a conversation of this desk can be answered: give ticket_id")
        return self


class ReplyJudged(BaseModel):
    """What the customer would read, and what it rests on."""

    text: str
    mode: str
    evidence: list[EvidenceGiven]


class DecisionMade(Judged):
    """Whether it may be answered by itself, and whether it was."""

    model_config = example(
        {
            "action": "answer",
            "reason": "confident",
            "detail": "Sure enough: probability 0.93, needed 0.88 for at most 5% wrong, 90% sure.",
            "topic": {"id": "t3", "name": "parcel, arrive"},
            "confidence": 0.93,
            "contract": "20260302-101500-01",
            "reply": {"text": "You can follow it under My orders.", "mode": "excerpt", "evidence": []},
            "acted": False,
            "why": {"code": "not_asked", "text": "Nobody asked for it to be sent (`act`)."},
            "message_id": None,
            "model": None,
            "index": "20260302-093000-1a2b",
            "ms": 41,
        }
    )

    reply: ReplyJudged | None = Field(description="Null where the bot has nothing to say but that a person will.")
    acted: bool
    why: Abstained | None = Field(description="Why nothing was sent; null where it was.")
    message_id: str | None = Field(description="Of what was sent.")
    model: str | None
    index: str | None
    ms: int
