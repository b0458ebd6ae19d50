"""The shapes of OpenAI's chat completions, as far as tools that speak them need, and what we add."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

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
    """A part of a message. Text is read; an image, a sound or a file is not."""

    type: str = Field(max_length=40, description="text; image_url, input_audio, file and the like are not read.")
    text: Words | None = Field(default=None, max_length=32_000)

    @model_validator(mode="after")
    def _text_has_text(self) -> Part:
        if self.type == "text" and self.text is None:
            raise ValueError("a part of the type text needs its text")
        return self


class ChatMessage(BaseModel):
    """One message. Only what customer and assistant said is read.

    A system's or a developer's are instructions, which a desk takes from nobody; a tool's are nobody's words.
    """

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Words | list[Part] | None = Field(default=None, description="Text, whole or in parts.")

    def text(self) -> str:
        """The whole text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text" and part.text)
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream has beside the reply."""

    include_usage: bool = Field(default=False, description="A last chunk with `usage` and no choices.")


def _only(why: str, *allowed: Any) -> AfterValidator:
    """A parameter that may be there as long as it asks for what the desk does anyway."""

    def check(value: Any) -> Any:
        if value is not None and value not in allowed:
            raise ValueError(f"is not supported: {why}")
        return value

    return AfterValidator(check)


_NO_TOOLS = "the desk calls no tools"
_NO_FORMAT = "the reply is text"
_NO_SCORES = "a reply is checked and chosen whole, and has no probabilities of tokens"
Ignored = Annotated[Any, Field(default=None, description="Taken, and changes nothing: the reply is the desk's own.")]


class ChatRequest(BaseModel):
    """A conversation that ends in the customer's words.

    Settings of sampling and of bookkeeping are taken and change nothing; what would ask for another kind of answer
    (several choices, tools, JSON, probabilities, sound) is refused, and so is what nobody knows.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"messages": [{"role": "user", "content": "Where is my parcel?"}]}},
    )

    model: str = Field(default=MODEL, max_length=200, description="Whatever it says, the desk answers.")
    messages: list[ChatMessage] = Field(min_length=1, max_length=500)
    stream: bool | None = False
    stream_options: StreamOptions | None = None

    n: Annotated[Any, _only("there is one reply", 1)] = None
    tools: Annotated[Any, _only(_NO_TOOLS, [])] = None
    tool_choice: Annotated[Any, _only(_NO_TOOLS, "none", "auto")] = None
    functions: Annotated[Any, _only(_NO_TOOLS, [])] = None
    function_call: Annotated[Any, _only(_NO_TOOLS, "none", "auto")] = None
    response_format: Annotated[Any, _only(_NO_FORMAT, {"type": "text"})] = None
    modalities: Annotated[Any, _only(_NO_FORMAT, ["text"])] = None
    audio: Annotated[Any, _only(_NO_FORMAT)] = None
    logprobs: Annotated[Any, _only(_NO_SCORES, False)] = None
    top_logprobs: Annotated[Any, _only(_NO_SCORES, 0)] = None
    web_search_options: Annotated[Any, _only("the desk answers from what it knows")] = None

    temperature: Ignored
    top_p: Ignored
    frequency_penalty: Ignored
    presence_penalty: Ignored
    logit_bias: Ignored
    seed: Ignored
    stop: Ignored
    max_tokens: Ignored
    max_completion_tokens: Ignored
    parallel_tool_calls: Ignored
    prediction: Ignored
    reasoning_effort: Ignored
    verbosity: Ignored
    service_tier: Ignored
    store: Ignored
    metadata: Ignored
    user: Ignored
    safety_identifier: Ignored
    prompt_cache_key: Ignored
    prompt_cache_retention: Ignored

    def read(self) -> list[ChatMessage]:
        """Those that are read or instruct: neither a tool's, nor those in which an assistant only called one."""
        calls = ("tool", "function")
        return [
            each
            for each in self.messages
            if each.role not in calls and (each.role != "assistant" or each.text().strip())
        ]


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


class Usage(BaseModel):
    """Tokens of GPT-2: what was read of the messages, and the reply."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


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
                "usage": {"prompt_tokens": 5, "completion_tokens": 8, "total_tokens": 13},
                "understudy": _ADDED,
            }
        }
    )

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]
    usage: Usage
    understudy: Added


class ModelGiven(BaseModel):
    """One model as such tools list them."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"id": MODEL, "object": "model", "created": 0, "owned_by": "understudy"}}
    )

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
