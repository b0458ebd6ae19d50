"""The shapes of webhooks, of what they were told, and of the check of a request, with an example each."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from chatbot.api.schemas.fields import RequestBody, Words, example
from chatbot.service.access.wellformed import moment
from chatbot.storage.tables.webhooks import DeliveryState

_URL = "https://crm.example/hooks/understudy"
_AT = "2026-03-02T09:30:00+00:00"
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105 - an example
_BODY = (
    '{"type":"conversation.handed_over","timestamp":"2026-03-02T09:30:00+00:00","data":{"conversation_id":'
    '"c_5f0c9a7e3b2d4c61a8e9f00112233445","seq":4711,"conversation_seq":5,"reason":"asked"}}'
)
_WEBHOOK: dict[str, Any] = {
    "id": "wh_5f0c9a7e3b2d4c61a8e9f00112233445",
    "url": _URL,
    "description": "tickets of the CRM",
    "types": ["conversation.handed_over", "message.created"],
    "on": True,
    "off_because": None,
    "failures": 0,
    "failing_since": None,
    "warned": False,
    "delivered_at": _AT,
    "old_until": None,
    "pending": 0,
    "by": "Mira",
    "created_at": _AT,
}
_DELIVERY: dict[str, Any] = {
    "id": "msg_0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "type": "conversation.handed_over",
    "conversation_id": "c_5f0c9a7e3b2d4c61a8e9f00112233445",
    "state": "delivered",
    "created_at": _AT,
    "next_at": None,
    "body": _BODY,
    "tries": [{"at": _AT, "ms": 84, "status": 204, "error": None}],
    "answer": "",
}
Url = Annotated[Words, Field(min_length=1, max_length=2000)]
Types = Annotated[list[Annotated[Words, Field(max_length=60)]], Field(max_length=100)]
_TYPES = "What to be told of; none for everything. `GET /v1/webhooks` names them all."


def _timed(text: str) -> str:
    moment(text)
    return text


class WebhookRequest(RequestBody):
    """A new webhook."""

    model_config = example({"url": _URL, "description": "tickets of the CRM", "types": _WEBHOOK["types"]})

    url: Url
    description: Words = Field(default="", max_length=200)
    types: Types = Field(default_factory=list, description=_TYPES)
    secret: Words | None = Field(default=None, max_length=100, description="`whsec_…` to sign with; else one is drawn.")


class WebhookChange(RequestBody):
    """What is to be different; what is left out stays as it is."""

    model_config = example({"on": True})

    url: Url | None = None
    description: Words | None = Field(default=None, max_length=200)
    types: Types | None = Field(default=None, description=_TYPES)
    on: bool | None = None


class WebhookGiven(BaseModel):
    """A webhook and how it does."""

    model_config = example(_WEBHOOK)

    id: str
    url: str
    description: str
    types: list[str] = Field(description="What it is told of; none: of everything.")
    on: bool
    off_because: str | None
    failures: int = Field(description="Tries that failed in a row.")
    failing_since: str | None
    warned: bool = Field(description="Whether it fails for so long that it will be switched off.")
    delivered_at: str | None = Field(description="When something was delivered last.")
    old_until: str | None = Field(description="Until when the secret before signs as well.")
    pending: int
    by: str
    created_at: str


class WebhookMade(WebhookGiven):
    """The same and its secret, which is shown once."""

    model_config = example({**_WEBHOOK, "secret": _SECRET})

    secret: str


class Webhooks(BaseModel):
    """Every webhook, oldest first, and what they can be told of."""

    model_config = example({"webhooks": [_WEBHOOK], "types": {"conversation.closed": "it was closed"}})

    webhooks: list[WebhookGiven]
    types: dict[str, str]


class RotateRequest(RequestBody):
    """Another secret."""

    model_config = example({"overlap_hours": 24})

    overlap_hours: float = Field(default=24, ge=0, le=720, description="How long the one before signs as well.")


class TryGiven(BaseModel):
    """One try: the status that came back, or why none did."""

    at: str
    ms: int
    status: int | None
    error: str | None


class DeliveryGiven(BaseModel):
    """One thing that was told, or is to be: what is sent, and how it went."""

    model_config = example(_DELIVERY)

    id: str = Field(description="The `webhook-id` of every try.")
    type: str
    conversation_id: str | None
    state: DeliveryState
    created_at: str
    next_at: str | None = Field(description="When it is tried next.")
    body: str = Field(description="As it is signed and sent, to the byte.")
    tries: list[TryGiven] = Field(description="The last twenty.")
    answer: str | None = Field(
        description="The beginning of what came back last; null of systems of your own network, which only they see."
    )


class Deliveries(BaseModel):
    """A page of deliveries, newest first."""

    model_config = example({"deliveries": [_DELIVERY], "next": None})

    deliveries: list[DeliveryGiven]
    next: str | None = Field(description="`cursor` of the next page.")


class ResendRequest(RequestBody):
    """Since when what was given up is to be sent anew."""

    model_config = example({"since": _AT})

    since: Annotated[Words, Field(max_length=60), AfterValidator(_timed)] = Field(
        description="ISO 8601, with its zone."
    )


class Resent(BaseModel):
    """How many deliveries are sent anew."""

    count: int


class VerificationRequest(RequestBody):
    """A request as it was received."""

    model_config = example(
        {
            "headers": {
                "webhook-id": _DELIVERY["id"],
                "webhook-timestamp": "1772443800",
                "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
            },
            "body": _BODY,
        }
    )

    headers: dict[Annotated[Words, Field(max_length=100)], Annotated[Words, Field(max_length=4000)]] = Field(
        max_length=100
    )
    body: Words = Field(max_length=100_000)


class Verified(BaseModel):
    """Whether it is a request of this webhook, and why (not)."""

    model_config = example({"valid": True, "why": "It is a request of this webhook, unchanged and in time."})

    valid: bool
    why: str
