"""The shapes of OpenAI's chat completions, as far as tools that speak them need, and what we add."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chatbot.api.schemas.fields import Words

MODEL = "understudy"
"""What the desk is called as a model: its whole way of answering, whichever version serves."""
_ADDED: dict[str, Any] = {
    "decision": "answer",
    "reason": "confident",
    "confidence": 0.94,
    "mode": "verbatim",
    "evidence": [{"id": "t-104:1", "kind": "moment", "title": None, "url": None}],
    "model": None,
    "index": "20260302-093000-1a2b",
}
_REPLY = "You can follow it under My orders."


class Part(BaseModel):
    """A part of a message; only text can be answered."""

    type: Literal["text"]
    text: Words = Field(max_length=32_000)


class ChatMessage(BaseModel):
    """One message. Those of a system or a developer are instructions, which a desk takes from nobody: not read."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Words | list[Part] | None = Field(default=None, description="Text, whole or in parts.")

    def text(self) -> str:
        """The whole text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class ChatRequest(BaseModel):
    """A conversation that ends in the customer's words. Settings of sampling are taken and change nothing."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={"example": {"messages": [{"role": "user", "content": "Where is my parcel?"}]}},
    )

    model: str = Field(default=MODEL, max_length=200, description="Whatever it says, the desk answers.")
    messages: list[ChatMessage] = Field(min_length=1, max_length=500)
    stream: bool = False


class CitedEvidence(BaseModel):
    """What the reply rests on."""

    id: str
    kind: str
    title: str | None = None
    url: str | None = None


class Added(BaseModel):
    """What we say beside the reply: read ``decision`` before showing it to a customer."""

    decision: Literal["answer", "ask_back", "suggest", "hand_over"]
    reason: str
    confidence: float
    mode: str
    evidence: list[CitedEvidence]
    model: str | None
    index: str | None


class ReplyMessage(BaseModel):
    """The reply."""

    role: Literal["assistant"] = "assistant"
    content: str


class Choice(BaseModel):
    """There is one."""

    index: int = 0
    message: ReplyMessage
    finish_reason: Literal["stop"] = "stop"


class ChatCompletion(BaseModel):
    """The desk's reply; at a hand-over it is the sentence that says so."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "chatcmpl_5f0c9a7e",
                "object": "chat.completion",
                "created": 1772443800,
                "model": MODEL,
                "choices": [{"index": 0, "message": {"role": "assistant", "content": _REPLY}, "finish_reason": "stop"}],
                "understudy": _ADDED,
            }
        }
    )

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]
    understudy: Added


class ModelGiven(BaseModel):
    """One model as such tools list them."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "understudy"


class ModelList(BaseModel):
    """The one model there is: the desk."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "list",
                "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "understudy"}],
            }
        }
    )

    object: Literal["list"] = "list"
    data: list[ModelGiven]
