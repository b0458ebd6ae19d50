"""The shape of a server's readiness, with an example."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from chatbot.api.schemas.fields import example


class Readiness(BaseModel):
    """Whether the bot can answer, what is missing or not well, and what it does without."""

    model_config = example(
        {
            "status": "ready",
            "missing": [],
            "notes": ["No model: answering from retrieval only."],
            "model": None,
            "index": "20260302-093000-1a2b",
        }
    )

    status: Literal["ready", "not_ready"]
    missing: list[str]
    notes: list[str]
    model: str | None
    index: str | None
