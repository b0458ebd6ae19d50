"""The shapes of what editors read and change, with an example each: articles, past answers, topics."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from chatbot.api.schemas.fields import RequestBody, Words, example
from data.transcripts import web_address


def _linkable(text: str) -> str:
    address = web_address(text)
    if address is None:
        raise ValueError("is no whole http or https address")
    return address


class ArticleRequest(RequestBody):
    """A help article; its slug is in the address."""

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
    format: Literal["text", "markdown"] = Field(
        default="text", description="Of Markdown the marks are taken off, as an import does; text is stored as it is."
    )
    seen: Words | None = Field(
        default=None, max_length=64, description="As the article was read; empty where it is to be new."
    )


class RetirementRequest(RequestBody):
    """Why a passage is taken out of use."""

    model_config = example({"reason": "The return period is 60 days now."})

    reason: Words = Field(default="", max_length=2000)


class Kept(BaseModel):
    """What became of it; ``duplicate`` means that the same words are here under another name."""

    model_config = example({"id": "returns", "outcome": "new"})

    id: str
    outcome: Literal["new", "changed", "unchanged", "duplicate", "deleted", "retired", "restored"]


class Done(BaseModel):
    """Who did something last, and when; of a passage out of use also why. ``who`` is null where nobody noted it."""

    act: Literal["article_kept", "retired", "restored", "approved"]
    who: str | None = None
    at: str
    reason: str | None = None


class ArticleLine(BaseModel):
    """An article in a list. ``out`` of its ``parts`` are out of use."""

    slug: str
    title: str
    language: str | None = None
    updated: str | None = None
    parts: int
    out: int
    changed: Done | None = None


class Articles(BaseModel):
    """Articles by title. ``next`` is where the page after this one starts."""

    model_config = example(
        {
            "articles": [
                {
                    "slug": "returns",
                    "title": "Returning an item",
                    "language": "en",
                    "updated": "2026-03-02",
                    "parts": 2,
                    "out": 0,
                    "changed": {"act": "article_kept", "who": "Mira", "at": "2026-03-02T09:30:00+00:00"},
                }
            ],
            "total": 1,
            "next": None,
        }
    )

    articles: list[ArticleLine]
    total: int
    next: int | None = None


class ArticlePart(BaseModel):
    """What a customer gets to read where this part of an article answers, and the heading that it stands under."""

    heading: str
    text: str


class ArticleRead(ArticleLine):
    """An article, as it is stored and as Markdown to edit. ``known``: the bot that serves has taken in all changes."""

    text: str
    markdown: str
    url: str | None = None
    questions: list[str] = []
    seen: str = Field(description="Stands for these words; sent with a change, it is made to these words only.")
    retired: Done | None = None
    known: bool


class PreviewRequest(RequestBody):
    """An article that is being written, as Markdown."""

    model_config = example({"text": "You have **30 days**.\n\n- unused\n- in its box"})

    text: Words


class Preview(BaseModel):
    """An article as customers get to read it: the parts that the bot sends, each alone."""

    model_config = example({"parts": [{"heading": "", "text": "You have 30 days."}]})

    parts: list[ArticlePart]


class PastAnswer(BaseModel):
    """What an agent answered once. ``waits``: nobody has judged it yet, so no customer gets it from the bot."""

    id: str
    question: str
    answer: str
    at: str | None = None
    language: str | None = None
    customers: int = Field(description="Who were told these words.")
    state: Literal["in_use", "waits", "retired"]
    done: Done | None = None


class PastAnswers(BaseModel):
    """Past answers, those that fit best first, or the newest. ``next`` is where the page after this one starts."""

    model_config = example({"answers": [], "next": None})

    answers: list[PastAnswer]
    next: int | None = None


class PastTurn(BaseModel):
    """A turn before an answer, masked; the last one is the answer."""

    role: str
    author: str | None = None
    text: str
    at: str | None = None


class Alike(BaseModel):
    """What another customer was told to a like question."""

    id: str
    question: str
    answer: str


class About(BaseModel):
    """A piece of an article on the same."""

    slug: str
    title: str
    text: str


class AnswerRead(PastAnswer):
    """A past answer with what stands behind it: its conversation, who else said the same, what articles say of it."""

    seen: str = Field(description="Stands for these words; sent when it is approved, that holds for these words only.")
    turns: list[PastTurn]
    alike: list[Alike]
    articles: list[About]
    known: bool
