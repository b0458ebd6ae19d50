"""The shapes of what serves and what it promises, with an example each."""

from __future__ import annotations

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import RequestBody, Words, example

_VERSION = "20260302-093000-5f0c"
_PROMISE = {"risk": 0.05, "sure": 0.9}


class PromiseGiven(RequestBody):
    """At most this share of the automatic answers is wrong, and how sure that is."""

    model_config = example(_PROMISE)

    risk: float = Field(gt=0, lt=1)
    sure: float = Field(gt=0, lt=1)


class PromiseRequest(RequestBody):
    """What contracts are held to."""

    model_config = example({"promise": _PROMISE})

    promise: PromiseGiven | None = Field(description="Null for what the settings say.")


class StopRequest(RequestBody):
    """That nothing is to be answered alone."""

    model_config = example({"why": "Prices changed overnight; the articles are not up to date."})

    why: Words = Field(default="", max_length=500, description="What colleagues read of it.")


class AloneGiven(BaseModel):
    """Whether the bot may answer by itself at all; who switched that last."""

    model_config = example({"on": False, "by": "Mira", "at": "2026-03-02T09:30:00+00:00", "why": "Prices changed."})

    on: bool
    by: str | None
    at: str | None
    why: str


class ThresholdGiven(BaseModel):
    """From which probability an answer is sent: null is never. Of the cases above it, how many were wrong."""

    topic: str | None
    answer: float | None
    cases: int
    wrong: int
    bound: float = Field(description="Of such answers at most this share is wrong, as sure as is promised.")


class OptionGiven(BaseModel):
    """The share of the contract's cases that would be answered alone if this were promised."""

    risk: float
    share: float


class PointGiven(BaseModel):
    """If only the surest share were answered: the share of it that was wrong, with its 95 % interval."""

    share: float
    risk: float
    low: float
    high: float


class EvidenceGiven(BaseModel):
    """What the promise rests on: judged cases of this desk that nothing else was made of."""

    created: str
    cases: int
    right: int
    answers: bool
    share: float
    overall: ThresholdGiven
    topics: list[ThresholdGiven]
    options: list[OptionGiven]
    curve: list[PointGiven]


class ContractVersion(BaseModel):
    """One contract there is."""

    name: str
    created: str | None
    problem: str | None
    promise: PromiseGiven | None
    answers: bool
    cases: int


class ContractGiven(BaseModel):
    """What this desk promises of its answers."""

    promise: PromiseGiven
    laid_down: bool = Field(description="Whether somebody laid it down; else it is the settings'.")
    settings: PromiseGiven
    needed: int = Field(description="Right answers in a row, among the surest cases, that prove the promise.")
    cases_needed: int = Field(description="Judged cases that a contract takes.")
    answer_threshold: float
    serves: str | None
    previous: str | None
    problem: str | None
    evidence: EvidenceGiven | None
    versions: list[ContractVersion]
    alone: AloneGiven
    notes: list[str] = Field(description="What the server does without at the moment.")


class MeasuredGiven(BaseModel):
    """What was measured on answers that were held out of the training."""

    perplexity: float
    drafts: int
    passed: int


class ModelVersion(BaseModel):
    """One version of the model. ``before`` is what served when it was trained; ``report`` names its page."""

    name: str
    created: str
    base: str
    method: str
    before: MeasuredGiven | None
    after: MeasuredGiven | None
    held_back: str | None = Field(description="Why its training did not let it serve; null where it did.")
    report: str | None


class ModelsGiven(BaseModel):
    """Every version, and what serves."""

    serves: str | None
    previous: str | None
    index: str | None
    adapter: str | None
    models: list[ModelVersion]


class VersionRequest(RequestBody):
    """A version that is to serve, and the one that it replaces."""

    model_config = example({"version": _VERSION, "over": None})

    version: Words = Field(max_length=128)
    over: Words | None = Field(max_length=128, description="What served when this was chosen.")


class ReportGiven(BaseModel):
    """A page that a replay, an exam or a training has left."""

    name: str
    kind: str
    created: str
    title: str


class Reports(BaseModel):
    """All of them, the newest first."""

    reports: list[ReportGiven]
