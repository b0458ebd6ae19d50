"""The shapes of suggestions, rankings and completions, with an example each."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field, model_validator

from chatbot.api.schemas.fields import RequestBody, TurnGiven, Words, example


class Abstained(BaseModel):
    """Why nothing should be made of it."""

    code: str
    text: str


class TopicNamed(BaseModel):
    """What a question is about."""

    id: str
    name: str


class Judged(BaseModel):
    """What the bot would do."""

    action: str = Field(description="answer, ask_back, suggest or hand_over.")
    reason: str = Field(description="A stable code.")
    detail: str = Field(description="The same in a sentence for the team.")
    topic: TopicNamed | None
    confidence: float = Field(description="0 to 1.")
    contract: str | None = Field(description="What holds it to a promise; null where nothing is promised.")


class SuggestionsRequest(RequestBody):
    """A conversation to be answered: its turns, oldest first, or the id of one of this desk."""

    model_config = example({"messages": [{"role": "customer", "text": "Where is my parcel?"}], "k": 3})

    messages: list[TurnGiven] = Field(default=[], max_length=500)
    conversation_id: str | None = Field(
        default=None,
        max_length=40,
        description="Of this desk, instead of `messages`: what is suggested for the customer's last message is kept, "
        "the same for everybody who asks, at most three.",
    )
    ticket_id: str | None = Field(default=None, max_length=40, description="The same by its other name.")
    k: int = Field(default=3, ge=1, le=10, description="How many replies at most.")

    @model_validator(mode="after")
    def _one_of_all(self) -> Self:
        if sum((bool(self.messages), self.conversation_id is not None, self.ticket_id is not None)) != 1:
            raise ValueError("give either messages, at least one, or ticket_id (or conversation_id, the same)")
        return self

    @property
    def own_id(self) -> str | None:
        """The id of a conversation of this desk, by whichever name it was given."""
        return self.ticket_id or self.conversation_id


class EvidenceGiven(BaseModel):
    """What a suggested reply rests on; an agent may see all of it."""

    id: str
    kind: str
    text: str
    title: str | None = None
    url: str | None = None
    at: str | None = Field(default=None, description="When it was written, where that is known; an ISO date or time.")


class Suggestion(BaseModel):
    """One reply an agent might send."""

    text: str
    confidence: float = Field(description="0 to 1.")
    mode: str = Field(
        description="verbatim: a past answer as it was; excerpt: parts of an article; refined: sentences of "
        "past answers and articles; written: a past answer with this customer's facts."
    )
    evidence: list[EvidenceGiven]
    warnings: list[str] = Field(default=[], description="Checks that failed: look at these before sending.")
    id: str | None = Field(default=None, description="Of a suggestion that is kept.")
    rank: int = Field(default=1, description="From 1.")


class Suggestions(BaseModel):
    """Replies, best first. ``model`` is null while the desk answers from retrieval only."""

    model_config = example(
        {
            "suggestions": [
                {
                    "text": "You can follow it under My orders.",
                    "confidence": 0.82,
                    "mode": "verbatim",
                    "evidence": [
                        {
                            "id": "t-104:1",
                            "kind": "moment",
                            "text": "You can follow it under My orders.",
                            "title": None,
                            "url": None,
                            "at": "2026-02-11",
                        }
                    ],
                    "warnings": [],
                }
            ],
            "model": None,
            "index": "20260302-093000-1a2b",
            "contract": None,
            "decision": None,
            "abstained": None,
            "ms": 40,
        }
    )

    suggestions: list[Suggestion]
    model: str | None
    index: str | None
    contract: str | None = Field(default=None, description="What held it to a promise.")
    decision: Judged | None = Field(
        default=None, description="What the bot would do now; null where the engine is busy, or nothing was asked."
    )
    abstained: Abstained | None = Field(default=None, description="Why nothing is suggested; else null.")
    ms: int = Field(default=0, description="How long it took.")
    set_id: str | None = Field(default=None, description="Of a set that is kept: with `conversation_id`.")
    blind: bool = Field(
        default=False, description="Held back until somebody has answered, so that what they write can be compared."
    )
    propensity: float | None = Field(
        default=None, description="How probable this order was; below 1 where chance decides between the first two."
    )


class RankingsRequest(RequestBody):
    """A conversation and replies that might be sent."""

    model_config = example(
        {
            "messages": [{"role": "customer", "text": "Where is my parcel?"}],
            "candidates": ["You can follow it under My orders.", "We are closed on Sundays."],
        }
    )

    messages: list[TurnGiven] = Field(min_length=1, max_length=500)
    candidates: list[Words] = Field(min_length=1, max_length=200)


class Rankings(BaseModel):
    """One score a candidate, in their order; higher is more like this desk."""

    model_config = example({"scores": [1.31, 0.22], "model": None, "index": "20260302-093000-1a2b"})

    scores: list[float]
    model: str | None
    index: str | None


class CompletionsRequest(RequestBody):
    """A conversation, oldest turn first, and what an agent has typed of the next reply."""

    model_config = example(
        {"messages": [{"role": "customer", "text": "Where is my parcel?"}], "draft": "You can follow it under My or"}
    )

    messages: list[TurnGiven] = Field(min_length=1, max_length=500)
    draft: Words = Field(max_length=8000, description="May break off anywhere, in the middle of a word too.")


class CompletionGiven(BaseModel):
    """The likely rest of the sentence: append it to the draft as it is. Empty where nothing is sure enough."""

    model_config = example({"completion": "ders.", "confidence": 0.74, "model": "20260302T093000-01"})

    completion: str = Field(description="Ends with a word or with the sentence; may begin with a space.")
    confidence: float = Field(description="0 to 1: the probability that this is what comes next; 0 where it is empty.")
    model: str | None
