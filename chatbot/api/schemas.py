"""The shapes of requests and responses, with an example each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_MESSAGE: dict[str, Any] = {
    "id": "m_5f0c9a7e3b2d4c61a8e9f00112233445",
    "client_id": "0b9c2f0e-6a55-4f5e-9a3e-1c2d3e4f5a6b",
    "role": "customer",
    "author": None,
    "text": "Can I still change the address of my order?",
    "at": "2026-03-02T09:30:00+00:00",
    "decision": None,
    "feedback": None,
    "evidence": [],
}
_ANSWER: dict[str, Any] = {
    "id": "m_0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "client_id": None,
    "role": "bot",
    "author": None,
    "text": "Yes, as long as it has not been packed. Open the order and choose Change address.",
    "at": "2026-03-02T09:30:02+00:00",
    "decision": "answer",
    "feedback": None,
    "evidence": [
        {
            "id": "change-delivery-address#0",
            "kind": "article",
            "title": "Changing the delivery address",
            "url": "https://help.example/change-delivery-address",
        }
    ],
}


def _storable(text: str) -> str:
    """Refuse NUL, which is not text; half of a surrogate pair becomes U+FFFD, as in a browser's own encoder."""
    if "\0" in text:
        raise ValueError("holds a NUL character, which is not text")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


INBOX_ID = r"^[a-z0-9_]+$"

Words = Annotated[str, AfterValidator(_storable)]


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": value})


class StartRequest(BaseModel):
    """Nothing is needed to start; the body may be left out."""

    model_config = _example({})

    inbox: str | None = Field(
        default=None,
        max_length=40,
        pattern=INBOX_ID,
        description="The inbox of this page, `default` without one. A visitor who comes with a token stays in his.",
    )


class StartedConversation(BaseModel):
    """A new conversation. The token opens what this visitor began, and nothing else; keep it.

    It is good until ``expires_at`` and then renewed (POST /v1/visitor/token).
    """

    model_config = _example(
        {
            "id": "c_91d2c0ffee0011223344556677889900",
            "token": "usv_2kZ0cX0mZb1sQ2r3t4u5v6w7x8y9z0A1B2C3D4E5F6G",
            "expires_at": "2026-03-03T09:29:58+00:00",
            "seq": 1,
        }
    )

    id: str
    token: str
    expires_at: str
    seq: int


class MessageRequest(BaseModel):
    """A customer's message. Send it again with the same ``client_id`` and it is still one message."""

    model_config = _example({"client_id": _MESSAGE["client_id"], "text": _MESSAGE["text"]})

    client_id: str = Field(
        min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$", description="Drawn by the client, once a message."
    )
    text: Words = Field(description="1 to 8000 characters, unless the desk sets another limit.")


class EvidenceShown(BaseModel):
    """A published article that an answer rests on."""

    id: str
    kind: str
    title: str
    url: str | None = None


class Message(BaseModel):
    """One message as the customer sees it."""

    model_config = _example(_ANSWER)

    id: str
    client_id: str | None = None
    role: Literal["customer", "bot", "agent"]
    author: str | None = Field(default=None, description="The person's name, for messages of an agent.")
    text: str
    at: str
    decision: str | None = Field(
        default=None, description="answer, ask_back, hand_over or stopped, for the bot's messages."
    )
    feedback: Literal[-1, 1] | None = Field(default=None, description="Whether the customer says that it helped.")
    evidence: list[EvidenceShown] = []


class Handover(BaseModel):
    """Why a person was asked for, and, where nobody is there, when people answer next."""

    reason: str = Field(description="customer_asked, not_sure or failure")
    text: str | None = None
    expected: str | None = Field(default=None, description="In words; null where people are there or the desk says no.")
    opens_at: str | None = Field(default=None, description="The same as a time.")


class Snapshot(BaseModel):
    """A conversation as it was after its event ``seq``; follow the events after that number from here."""

    model_config = _example(
        {
            "id": "c_91d2c0ffee0011223344556677889900",
            "seq": 4,
            "status": "open",
            "messages": [_MESSAGE, _ANSWER],
            "handover": None,
            "agent": None,
            "contact": None,
            "rating": None,
            "created_at": "2026-03-02T09:29:58+00:00",
        }
    )

    id: str
    seq: int
    status: Literal["open", "waiting", "agent", "closed"]
    messages: list[Message]
    handover: Handover | None = None
    agent: str | None = Field(default=None, description="The person who has it, or had it when it was closed.")
    contact: str | None = Field(default=None, description="The e-mail address that the customer left.")
    rating: int | None = None
    created_at: str


class ConversationListed(BaseModel):
    """One of a visitor's conversations."""

    id: str
    seq: int
    status: Literal["open", "waiting", "agent", "closed"]
    created_at: str
    updated_at: str


class ConversationsListed(BaseModel):
    """A visitor's conversations, newest first. ``next`` is the cursor of the page after this one."""

    model_config = _example(
        {
            "conversations": [
                {
                    "id": "c_91d2c0ffee0011223344556677889900",
                    "seq": 4,
                    "status": "open",
                    "created_at": "2026-03-02T09:29:58+00:00",
                    "updated_at": "2026-03-02T09:30:02+00:00",
                }
            ],
            "next": None,
        }
    )

    conversations: list[ConversationListed]
    next: str | None = None


class State(BaseModel):
    """Where a conversation stands after a change."""

    model_config = _example({"id": "c_91d2c0ffee0011223344556677889900", "seq": 5, "status": "waiting"})

    id: str
    seq: int
    status: Literal["open", "waiting", "agent", "closed"]


class HandoverRequest(BaseModel):
    """The customer wants a person; nothing more needs to be said."""

    model_config = _example({})


class ClosureRequest(BaseModel):
    """The customer is done."""

    model_config = _example({})


class RatingRequest(BaseModel):
    """How the customer liked it: 1 (bad) to 5 (good)."""

    model_config = _example({"score": 5, "comment": "Quick and right."})

    score: int = Field(ge=1, le=5)
    comment: Words | None = Field(default=None, max_length=2000)


class StopRequest(BaseModel):
    """Enough; nothing more needs to be said."""

    model_config = _example({})


class FeedbackRequest(BaseModel):
    """Whether an answer helped: 1 yes, -1 no, 0 takes back what was said."""

    model_config = _example({"value": 1})

    value: Literal[-1, 0, 1]


class TurnGiven(BaseModel):
    """One turn of a conversation that lies elsewhere."""

    role: Literal["customer", "agent", "bot", "note"]
    text: Words = Field(max_length=32_000)


class ReopeningRequest(BaseModel):
    """The customer goes on; nothing more needs to be said."""

    model_config = _example({})


class ContactRequest(BaseModel):
    """Where the customer can be reached when nobody is there."""

    model_config = _example({"email": "mira@example.com"})

    email: str = Field(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\.[^@\s.\x00-\x1f\x7f]+$")


class EventGiven(BaseModel):
    """One entry of a conversation's log; `kind` says what `payload` holds."""

    seq: int
    kind: str
    at: str
    payload: dict[str, Any]


class EventPage(BaseModel):
    """Events, oldest first; ask again after ``seq``."""

    model_config = _example(
        {
            "events": [
                {
                    "seq": 2,
                    "kind": "message.created",
                    "at": "2026-03-02T09:30:00+00:00",
                    "payload": _MESSAGE,
                }
            ],
            "seq": 2,
        }
    )

    events: list[EventGiven]
    seq: int


AgentName = Annotated[Words, Field(min_length=1, max_length=100, pattern=r"\S")]


class AgentRequest(BaseModel):
    """The person an API key acts for, as customers and colleagues read the name."""

    model_config = _example({"agent": "Mira"})

    agent: AgentName


class ReleaseRequest(AgentRequest):
    """Who lets go, and to whom."""

    model_config = _example({"agent": "Mira", "to": "waiting"})

    to: Literal["waiting", "bot", "closed"] = "waiting"


class ReplyRequest(AgentRequest):
    """What a person writes to the customer. Send it again with the same ``client_id`` and it is still one message."""

    model_config = _example({"agent": "Mira", "client_id": "r-5512", "text": "I have changed the address."})

    client_id: str = Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")
    text: Words = Field(max_length=32_000)


class TypingRequest(AgentRequest):
    """Whether the person is writing."""

    model_config = _example({"agent": "Mira", "on": True})

    on: bool = True


class Presence(BaseModel):
    """Until when the person counts as there."""

    agent: str
    until: str


class QueueItem(BaseModel):
    """A conversation that waits for a person."""

    id: str
    seq: int
    since: str = Field(description="When something happened in it last.")
    handover: Handover | None = None
    contact: str | None = None


class Queue(BaseModel):
    """What waits for a person."""

    waiting: list[QueueItem]


class SuggestionsRequest(BaseModel):
    """A conversation to be answered, oldest turn first."""

    model_config = _example({"messages": [{"role": "customer", "text": "Where is my parcel?"}], "k": 3})

    messages: list[TurnGiven] = Field(min_length=1, max_length=500)
    k: int = Field(default=3, ge=1, le=10, description="How many replies at most.")


class EvidenceGiven(BaseModel):
    """What a suggested reply rests on; an agent may see all of it."""

    id: str
    kind: str
    text: str
    title: str | None = None
    url: str | None = None


class Suggestion(BaseModel):
    """One reply an agent might send."""

    text: str
    confidence: float = Field(description="0 to 1.")
    mode: str = Field(
        description="verbatim: a past answer as it was; refined: composed of sentences of past answers and articles."
    )
    evidence: list[EvidenceGiven]
    warnings: list[str] = Field(default=[], description="Checks that failed: look at these before sending.")


class Suggestions(BaseModel):
    """Replies, best first. ``model`` is null while the desk answers from retrieval only."""

    model_config = _example(
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
                        }
                    ],
                    "warnings": [],
                }
            ],
            "model": None,
            "index": "20260302-093000-1a2b",
        }
    )

    suggestions: list[Suggestion]
    model: str | None
    index: str | None


class RankingsRequest(BaseModel):
    """A conversation and replies that might be sent."""

    model_config = _example(
        {
            "messages": [{"role": "customer", "text": "Where is my parcel?"}],
            "candidates": ["You can follow it under My orders.", "We are closed on Sundays."],
        }
    )

    messages: list[TurnGiven] = Field(min_length=1, max_length=500)
    candidates: list[Words] = Field(min_length=1, max_length=200)


class Rankings(BaseModel):
    """One score a candidate, in their order; higher is more like this desk."""

    model_config = _example({"scores": [1.31, 0.22], "model": None, "index": "20260302-093000-1a2b"})

    scores: list[float]
    model: str | None
    index: str | None


class CompletionsRequest(BaseModel):
    """A conversation, oldest turn first, and what an agent has typed of the next reply."""

    model_config = _example(
        {"messages": [{"role": "customer", "text": "Where is my parcel?"}], "draft": "You can follow it under My or"}
    )

    messages: list[TurnGiven] = Field(min_length=1, max_length=500)
    draft: Words = Field(max_length=8000, description="May break off anywhere, in the middle of a word too.")


class CompletionGiven(BaseModel):
    """The likely rest of the sentence: append it to the draft as it is. Empty where nothing is sure enough."""

    model_config = _example({"completion": "ders.", "confidence": 0.74, "model": "20260302T093000-01"})

    completion: str = Field(description="Ends with a word or with the sentence; may begin with a space.")
    confidence: float = Field(description="0 to 1: the probability that this is what comes next; 0 where it is empty.")
    model: str | None


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

    model_config = _example({"message_id": _ANSWER["id"], "trace": _TRACE})

    message_id: str
    trace: dict[str, Any]


class ExplanationRequest(BaseModel):
    """A conversation as it stands, oldest turn first, ending in the customer's words."""

    model_config = _example({"messages": [{"role": "customer", "text": "Where is my parcel?"}]})

    messages: list[TurnGiven] = Field(min_length=1, max_length=500)


class Explanation(BaseModel):
    """What would be done now and why; ``suggestion`` is the best draft where it is not sent."""

    model_config = _example(
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
    mode: str = Field(description="verbatim, refined, phrase or hand_over.")
    reply: str = Field(description="What the customer would read.")
    suggestion: str | None
    trace: dict[str, Any]
    model: str | None
    index: str | None


class ArticleRequest(BaseModel):
    """A help article, plain or Markdown; its slug is in the address."""

    model_config = _example(
        {
            "title": "Returning an item",
            "text": "Send it back within 30 days, unused and in its box.",
            "language": "en",
            "url": "https://help.example/returns",
            "updated": "2026-03-02",
        }
    )

    title: Words = Field(min_length=1, max_length=500)
    text: Words = Field(min_length=1)
    language: Words | None = Field(default=None, max_length=40)
    url: Words | None = Field(default=None, max_length=2000)
    updated: Words | None = Field(default=None, max_length=40, description="ISO 8601.")


class RetirementRequest(BaseModel):
    """Why a passage is taken out of use."""

    model_config = _example({"reason": "The return period is 60 days now."})

    reason: Words = Field(default="", max_length=2000)


class Kept(BaseModel):
    """What became of it; ``duplicate`` means that the same words are here under another name."""

    model_config = _example({"id": "returns", "outcome": "new"})

    id: str
    outcome: Literal["new", "changed", "unchanged", "duplicate", "deleted", "retired", "restored"]


class Readiness(BaseModel):
    """Whether the bot can answer, what is missing, and what it does without."""

    model_config = _example(
        {
            "status": "ready",
            "missing": [],
            "notes": ["No model: answering from retrieval only."],
            "model": None,
            "index": "20260302-093000-1a2b",
        }
    )

    status: Literal["ready", "not_ready"]
    missing: list[str]
    notes: list[str]
    model: str | None
    index: str | None
