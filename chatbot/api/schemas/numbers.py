"""The shapes of figures, of the conversations behind them, and of people's word on answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from chatbot.api.schemas.agents import AgentRequest
from chatbot.api.schemas.fields import example
from chatbot.storage.tables.numbers import By, Figure


class Told(BaseModel):
    """What a figure is. Nothing but ``n`` where that is 0.

    Of times the median, in seconds, and the ninth decile; of shares, from 0 to 1, the 95 % interval.
    """

    n: int = Field(description="How many it rests on.")
    value: float | None = None
    p90: float | None = None
    low: float | None = None
    high: float | None = None


class Week(Told):
    """A figure in a week."""

    week: date = Field(description="Its Monday.")


class Group(Told):
    """A figure in a group."""

    by: By
    key: str | None = Field(description="Topic, agent or language; null: of no known one.")


class FigureTold(BaseModel):
    """One figure; docs/numbers.md has what it is."""

    id: Figure
    kind: Literal["time", "share", "characters", "size"]
    now: Told
    before: Told = Field(description="In the period before, of the same length.")
    weeks: list[Week] = Field(description="The weeks of the period, at least the last twelve up to its end.")
    groups: list[Group]


class Days(BaseModel):
    """The first and the last day."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")


class Numbers(Days):
    """All figures of a period."""

    before: Days
    zone: str = Field(description="The desk's time zone, in which days and weeks begin.")
    agent: str | None = Field(description="Of whom; null: of everybody.")
    figures: list[FigureTold]


class Behind(BaseModel):
    """A conversation that a figure is reckoned from."""

    id: str
    words: str = Field(description="What was said first in it.")
    n: int = Field(description="How often it counts.")
    at: datetime = Field(description="When it counted last.")
    value: float = Field(description="Of times the longest.")


class BehindList(BaseModel):
    """Those with the largest values first, 200 at most."""

    total: int
    conversations: list[Behind]


class AnswerToJudge(BaseModel):
    """An answer that the bot gave."""

    message_id: str
    conversation_id: str
    question: str | None
    answer: str
    at: datetime


class ToJudge(BaseModel):
    """The answer that is to be judged next; none where all are."""

    judged: int = Field(description="How many of this period were judged.")
    answer: AnswerToJudge | None


class JudgementRequest(AgentRequest):
    """What a person says of an answer."""

    model_config = example({"agent": "Mira", "said": "good"})

    said: Literal["good", "wrong", "unsure"]
