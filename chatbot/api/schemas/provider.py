"""The shapes of requests about the ways to sign in besides a password, and the one through a provider."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import RequestBody, Words, example


class Ways(BaseModel):
    """How somebody can sign in here, besides address and password."""

    passkeys: bool = Field(description="Over https or at `localhost`, where the server has a host name.")
    provider: str | None = Field(description="What the provider is called; null without one.")


class ProviderBegin(RequestBody):
    """To the provider, once more even if it knows who is there: then it counts as a password typed again."""

    model_config = example({"again": False})

    again: bool = False


class ProviderBegun(BaseModel):
    """Where the browser has to go."""

    url: str


class ProviderAnswer(RequestBody):
    """What stood in the address when the provider sent the browser back."""

    model_config = example({"code": "SplxlOBeZQQYbYS6WxSbIA", "state": "af0ifjsldkj"})

    code: Annotated[Words, Field(max_length=4000)]
    state: Annotated[Words, Field(max_length=200)]
    iss: Annotated[Words, Field(max_length=2000)] | None = None
