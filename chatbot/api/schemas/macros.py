"""The shapes of macros."""

from __future__ import annotations

from pydantic import BaseModel, Field

from chatbot.api.schemas.acts import ActsWithReply
from chatbot.api.schemas.agents import AgentRequest
from chatbot.api.schemas.fields import Name, Words, example


class MacroRequest(AgentRequest):
    """A text with variables, its name, and what is done when it is sent."""

    model_config = example({"name": "Greeting", "text": "Hello {{customer.first_name|there}}, this is {{agent.name}}."})

    name: Name = Field(min_length=1, max_length=60)
    text: Words = Field(min_length=1, max_length=8_000, pattern=r"\S")
    acts: ActsWithReply = Field(default=ActsWithReply(), description="A macro has no `until`.")
    personal: bool = Field(default=False, description="Only who makes it sees it; the desk's are made by who leads.")


class Macro(BaseModel):
    """A macro as it was written."""

    id: str
    name: str
    text: str
    acts: ActsWithReply
    personal: bool
    used: int = Field(description="How often it was put into what somebody wrote.")


class Macros(BaseModel):
    """The desk's macros and one's own, the most used first."""

    macros: list[Macro]


class MacroHere(Macro):
    """A macro with its variables filled in for one conversation."""

    missing: list[str] = Field(description="Variables without value and fallback; a reply with one is refused.")
    likeness: float | None = Field(
        default=None,
        description="To what the customer asks, a cosine; null where the engine was busy or is not that far yet.",
    )


class MacrosHere(BaseModel):
    """All macros for one conversation, the likest to what the customer asks first."""

    macros: list[MacroHere]
