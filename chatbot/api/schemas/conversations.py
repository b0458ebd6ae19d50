"""The shapes of customers' requests and responses, with an example each."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import ANSWER, INBOX_ID, MESSAGE, FileIds, RequestBody, Words, example
from chatbot.api.schemas.files import FileShown


class StartRequest(RequestBody):
    """Nothing is needed to start; the body may be left out."""

    model_config = example({})

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

    model_config = example(
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


class MessageRequest(RequestBody):
    """A customer's message. Send it again with the same ``client_id`` and it is still one message."""

    model_config = example({"client_id": MESSAGE["client_id"], "text": MESSAGE["text"]})

    client_id: str = Field(
        min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$", description="Drawn by the client, once a message."
    )
    text: Words = Field(
        description="1 to 8000 characters, unless the desk sets another limit; may be empty beside a file."
    )
    files: FileIds = Field(default=[])


class WritingRequest(RequestBody):
    """Whether the customer types just now."""

    model_config = example({"on": True})

    on: bool = True


class EvidenceShown(BaseModel):
    """A published article that an answer rests on."""

    id: str
    kind: str
    title: str
    url: str | None = None
    text: str | None = Field(default=None, description="The passage, for an article without an address of its own.")


class Message(BaseModel):
    """One message as the customer sees it."""

    model_config = example(ANSWER)

    id: str
    client_id: str | None = None
    role: Literal["customer", "bot", "agent", "system"] = Field(
        description="system is the desk itself: it tells who waits for a person that their message is read."
    )
    author: str | None = Field(default=None, description="The person's name, for messages of an agent.")
    text: str
    files: list[FileShown] = []
    at: str
    decision: str | None = Field(
        default=None, description="answer, ask_back, hand_over or stopped, for the bot's messages."
    )
    feedback: Literal[-1, 1] | None = Field(default=None, description="Whether the customer says that it helped.")
    evidence: list[EvidenceShown] = []
    from_past_replies: bool = Field(
        default=False, description="Whether an answer rests on replies of the desk's people too; they are not shown."
    )


class Handover(BaseModel):
    """Why a person was asked for, and when one answers, as far as that is known. Stays while the bot goes on."""

    reason: str = Field(description="customer_asked, not_sure or failure")
    text: str | None = None
    expected: str | None = Field(
        default=None, description="When a person answers: the next opening, or what is usual here; null if not known."
    )
    opens_at: str | None = Field(default=None, description="When people are there next, as a time.")
    meanwhile: bool = Field(default=False, description="Whether the customer may go on with the bot meanwhile.")


class Snapshot(BaseModel):
    """A conversation as it was after its event ``seq``; follow the events after that number from here."""

    model_config = example(
        {
            "id": "c_91d2c0ffee0011223344556677889900",
            "seq": 4,
            "status": "open",
            "messages": [MESSAGE, ANSWER],
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

    model_config = example(
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

    model_config = example({"id": "c_91d2c0ffee0011223344556677889900", "seq": 5, "status": "waiting"})

    id: str
    seq: int
    status: Literal["open", "waiting", "agent", "closed"]


class HandoverRequest(RequestBody):
    """The customer wants a person; nothing more needs to be said."""

    model_config = example({})


class MeanwhileRequest(RequestBody):
    """The customer goes on with the bot; nothing more needs to be said."""

    model_config = example({})


class ClosureRequest(RequestBody):
    """The customer is done."""

    model_config = example({})


class RatingRequest(RequestBody):
    """How the customer liked it: 1 (bad) to 5 (good)."""

    model_config = example({"score": 5, "comment": "Quick and right."})

    score: int = Field(ge=1, le=5)
    comment: Words | None = Field(default=None, max_length=2000)


class StopRequest(RequestBody):
    """Enough; nothing more needs to be said."""

    model_config = example({})


class FeedbackRequest(RequestBody):
    """Whether an answer helped: 1 yes, -1 no, 0 takes back what was said."""

    model_config = example({"value": 1})

    value: Literal[-1, 0, 1]


class ReopeningRequest(RequestBody):
    """The customer goes on; nothing more needs to be said."""

    model_config = example({})


class ContactRequest(RequestBody):
    """Where the customer can be reached when nobody is there."""

    model_config = example({"email": "mira@example.com"})

    email: str = Field(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\.[^@\s.\x00-\x1f\x7f]+$")


class EventGiven(BaseModel):
    """One entry of a conversation's log; `kind` says what `payload` holds."""

    seq: int
    kind: str
    at: str
    payload: dict[str, Any]


class EventPage(BaseModel):
    """Events, oldest first; ask again after ``seq``."""

    model_config = example(
        {
            "events": [{"seq": 2, "kind": "message.created", "at": "2026-03-02T09:30:00+00:00", "payload": MESSAGE}],
            "seq": 2,
        }
    )

    events: list[EventGiven]
    seq: int
