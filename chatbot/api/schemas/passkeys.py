"""The shapes of requests about passkeys."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import RequestBody, example

_ANSWER = {
    "id": "AQIDBA",
    "rawId": "AQIDBA",
    "type": "public-key",
    "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "cF8x"},
}


class PasskeyOptions(BaseModel):
    """What a browser is asked for, once and within five minutes."""

    options: dict[str, Any] = Field(
        description="For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`."
    )


class PasskeyAnswer(RequestBody):
    """What the browser answered."""

    model_config = example({"passkey": _ANSWER})

    passkey: dict[str, Any] = Field(description="`PublicKeyCredential.toJSON()`, as it is.")


class PasskeyGiven(BaseModel):
    """A passkey of one's own."""

    id: str
    name: str = Field(description="The browser in which it was made.")
    host: str = Field(description="Where it signs in.")
    created_at: str
    used_at: str | None


class PasskeysGiven(BaseModel):
    """One's passkeys, oldest first."""

    passkeys: list[PasskeyGiven]
