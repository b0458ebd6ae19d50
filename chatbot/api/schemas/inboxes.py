"""The shapes of inboxes and of the keys that vouch for their visitors, with an example each."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import RequestBody, Words, example
from chatbot.service.visitors.identity import Algorithm

_ORIGINS = ["https://shop.example"]
Origins = Annotated[list[Annotated[Words, Field(max_length=300)]], Field(max_length=100)]


class InboxRequest(RequestBody):
    """What an inbox is to be; what is left out stays as it is, or as a new inbox has it."""

    model_config = example({"name": "Shop", "origins": _ORIGINS, "verified_only": False, "rate": "600/minute"})

    name: Words | None = Field(default=None, max_length=100)
    origins: Origins | None = Field(default=None, description="Of pages that may hold the widget.")
    frame_ancestors: Origins | None = Field(default=None, description="Of pages that may show the chat in a frame.")
    verified_only: bool | None = Field(default=None, description="Whether writing takes a signed identity.")
    rate: Words | None = Field(
        default=None, max_length=40, description="What it takes from all visitors together; empty for no limit."
    )


class KeyRequest(RequestBody):
    """A key that an inbox is to have: a secret that is drawn here, or your public key."""

    model_config = example({"algorithm": "HS256", "overlap_hours": 24})

    algorithm: Algorithm = Algorithm.HS256
    public_key: Words | None = Field(default=None, max_length=10_000, description="PEM, for EdDSA and RS256.")
    overlap_hours: float = Field(default=24, ge=0, le=10_000, description="How long the key before it is good.")


class InboxKeyGiven(BaseModel):
    """What is shown of a key; never what it signs with."""

    id: str
    algorithm: Algorithm
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class InboxKeyMade(InboxKeyGiven):
    """The same, and the secret to sign with, once; null where you gave a public key."""

    secret: str | None


class InboxGiven(BaseModel):
    """One inbox and its keys."""

    id: str
    name: str
    origins: list[str]
    frame_ancestors: list[str]
    verified_only: bool
    rate: str | None
    keys: list[InboxKeyGiven]


class Inboxes(BaseModel):
    """All of them, the default one first."""

    inboxes: list[InboxGiven]
    allowed_origins: list[str] = Field(description="Those of the settings, which the default one has as well.")
