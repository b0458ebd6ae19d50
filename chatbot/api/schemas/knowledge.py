"""The shapes of what editors change, with an example each."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from chatbot.api.schemas.fields import Words, example
from data.transcripts import web_address


def _linkable(text: str) -> str:
    address = web_address(text)
    if address is None:
        raise ValueError("is no whole http or https address")
    return address


class ArticleRequest(BaseModel):
    """A help article, plain or Markdown; its slug is in the address."""

    model_config = example(
        {
            "title": "Returning an item",
            "text": "Send it back within 30 days, unused and in its box.",
            "language": "en",
            "url": "https://help.example/returns",
            "updated": "2026-03-02",
            "questions": ["can I bring it back?"],
        }
    )

    title: Words = Field(min_length=1, max_length=500)
    text: Words = Field(min_length=1)
    language: Words | None = Field(default=None, max_length=40)
    url: Annotated[Words, AfterValidator(_linkable)] | None = Field(
        default=None, max_length=2000, description="Whole, http or https."
    )
    updated: Words | None = Field(default=None, max_length=40, description="ISO 8601.")
    questions: list[Annotated[Words, Field(min_length=1, max_length=1000)]] = Field(
        default=[], max_length=200, description="That it answers, in words which the text does not use."
    )


class RetirementRequest(BaseModel):
    """Why a passage is taken out of use."""

    model_config = example({"reason": "The return period is 60 days now."})

    reason: Words = Field(default="", max_length=2000)


class Kept(BaseModel):
    """What became of it; ``duplicate`` means that the same words are here under another name."""

    model_config = example({"id": "returns", "outcome": "new"})

    id: str
    outcome: Literal["new", "changed", "unchanged", "duplicate", "deleted", "retired", "restored"]
