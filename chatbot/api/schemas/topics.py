"""The shapes of topics: what customers ask about, with an example each."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import RequestBody, Words, example

_TOPIC: dict[str, Any] = {
    "id": "t1",
    "name": "Returns and refunds",
    "questions": 120,
    "share": 0.24,
    "recent": 31,
    "trend": 1.1,
    "since": "2026-03-02",
    "renamed": True,
    "words": ["refund", "return", "money"],
    "examples": ["When do I get my money back?"],
}


class Topic(BaseModel):
    """One topic, or with a null id the rest that belongs to none. ``share`` is of all questions of the history.

    ``trend`` is the share of the last days over the share before, null where that is unknown.
    """

    id: str | None
    name: str
    questions: int
    share: float
    recent: int
    trend: float | None
    since: str
    renamed: bool
    words: list[str]
    examples: list[str]


class GoneTopic(BaseModel):
    """A topic that is no more; ``into`` is the one that took it over."""

    id: str
    name: str
    since: str
    into: str | None = None


class Topics(BaseModel):
    """The topics, the largest first. ``known``: the server that answers goes by them as they are here."""

    model_config = example(
        {
            "topics": [_TOPIC],
            "gone": [{"id": "t9", "name": "money back", "since": "2026-03-02", "into": "t1"}],
            "questions": 500,
            "days": 90,
            "created": "2026-03-02T09:30:00+00:00",
            "known": True,
        }
    )

    topics: list[Topic]
    gone: list[GoneTopic]
    questions: int
    days: int
    created: str | None
    known: bool


class TopicName(RequestBody):
    """What a topic is called from now on."""

    model_config = example({"name": "Returns and refunds", "seen": "refund, money"})

    name: Words = Field(min_length=1, max_length=200)
    seen: Words | None = Field(default=None, max_length=200, description="What it was called when it was read.")


class TopicInto(RequestBody):
    """The topic that takes another's questions over; its id and name stay."""

    model_config = example({"topic": "t1"})

    topic: Words = Field(min_length=1, max_length=40)
