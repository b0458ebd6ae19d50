"""Reads ``specific.toml``: the words in which an answer speaks of one customer, binds the desk, or says yes to a claim.

Finds, and judges nothing.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from chatbot.dialogue.check.pattern_parts import filled
from chatbot.dialogue.text.normalise import REMEMBERED

_LOOK_BACK = 70


@dataclass(frozen=True, slots=True)
class Table:
    """The patterns by what they find."""

    phrases: re.Pattern[str]
    before: re.Pattern[str]
    yes: re.Pattern[str]
    claims: re.Pattern[str]
    spelt: re.Pattern[str]
    instruction: re.Pattern[str]
    works: re.Pattern[str]
    hides: re.Pattern[str]


@cache
def table() -> Table:
    """Read once."""
    rows = tomllib.loads(Path(__file__).with_name("specific.toml").read_text(encoding="utf-8"))
    parts = rows["parts"]
    patterns = [pattern for patterns in rows["phrases"].values() for pattern in patterns]
    return Table(
        phrases=re.compile("|".join(filled(patterns, parts)), re.IGNORECASE),
        before=re.compile("|".join(rows["general"]["before"]), re.IGNORECASE),
        yes=re.compile(rows["yes"]["opens"], re.IGNORECASE),
        claims=re.compile(rows["yes"]["claims"], re.IGNORECASE),
        spelt=re.compile("|".join(filled(rows["spelt"]["forms"], parts)), re.IGNORECASE),
        instruction=re.compile("|".join(rows["instruction"]["opens"]), re.IGNORECASE),
        works=re.compile(rows["instruction"]["works"], re.IGNORECASE),
        hides=re.compile(rows["instruction"]["hides"], re.IGNORECASE),
    )


@lru_cache(maxsize=REMEMBERED)
def specific_phrases(sentence: str) -> tuple[re.Match[str], ...]:
    """The phrases that speak of one customer. After "if" or "check that" they speak of any; a question of none."""
    if sentence.rstrip().endswith(("?", "\uff1f")):
        return ()
    return tuple(
        match
        for match in table().phrases.finditer(sentence)
        if not table().before.search(sentence[max(0, match.start() - _LOOK_BACK) : match.start()])
    )


def is_instruction(sentence: str) -> bool:
    """Whether a sentence tells how a thing is cared for, or what to click, and leads to nothing hidden."""
    known = table()
    return bool(
        known.instruction.search(sentence) and known.works.search(sentence) and not known.hides.search(sentence)
    )
