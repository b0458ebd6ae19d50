"""Out-of-scope questions: what customers ask other businesses, to be left alone. ``README.md`` is the card.

A desk's own past holds no question that is none of its business, so these stand in for them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

QUESTIONS = Path(__file__).parent / "questions.jsonl"


@dataclass(frozen=True, slots=True)
class OutOfScopeQuestion:
    """A first message to a business of some other field."""

    field: str
    text: str


def questions() -> list[OutOfScopeQuestion]:
    """All of them, fields together."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [OutOfScopeQuestion(**json.loads(line)) for line in lines]
