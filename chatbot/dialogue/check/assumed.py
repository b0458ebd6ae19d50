"""Checks that a text assumes nothing of this customer that they have not said.

"Since it is more than 60 days", "you paid by card", "sorry about the broken lid": true of the customer who got it, and
of the next one perhaps. Patterns (``assumed.toml``), English first; "if your order is already dispatched" assumes
nothing.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import Sources, content_stems, grounds_of, is_known
from chatbot.dialogue.check.pattern_parts import filled
from chatbot.dialogue.text.facts import claims

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE = re.compile(r"\s+")
_CONDITION = re.compile(
    r"\b(?:if|whether|once|unless|when(?:ever)?|in case|as soon as|until|after|where|wenn|falls|sobald|ob)\b"
    r"[^,.!?\n]*\Z",
    re.IGNORECASE,
)
_PERIODS = frozenset({"day", "week", "month", "year", "hour", "minute"})


def check_assumed(text: str, sources: Sources) -> CheckResult:
    """A past answer says of this customer only what they have said: all of a statement, some of what one is sorry for.

    A time that has passed holds for those who said when something was.
    """
    known = frozenset(content_stems(sources.customer))
    found = [words for words, every in _assumed(text) if not _is_said(words, known, sources, every=every)]
    return CheckResult("assumed", not found, ", ".join(found[:3]))


def _assumed(text: str) -> Iterator[tuple[str, bool]]:
    """What a text takes for granted, and whether all of it has to have been said."""
    text = _SPACE.sub(lambda space: "\n" if "\n" in space[0] else " ", text)
    for pattern in _patterns():
        for match in pattern.finditer(text):
            name, words = next((name, words) for name, words in match.groupdict().items() if words)
            if not _CONDITION.search(text, 0, match.start(name)):
                yield words, not name.startswith("any")


def _is_said(words: str, known: frozenset[str], sources: Sources, *, every: bool) -> bool:
    own = Sources((), sources.customer)
    stems = [stem for stem in content_stems(words) if stem not in _idle()]
    facts = claims(words)
    if any(fact.unit in _PERIODS for fact in facts):
        return any(fact.kind == "date" or fact.unit in _PERIODS for fact in grounds_of(sources.customer))
    if any(not is_known(fact, own) for fact in facts):
        return False
    said = [stem in known for stem in stems]
    return bool(said) and all(said) if every else any(said) or not said


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    rows = [pattern for patterns in _table()["patterns"].values() for pattern in patterns]
    return tuple(re.compile(row, re.IGNORECASE | re.MULTILINE) for row in filled(rows, _table()["parts"]))


@cache
def _idle() -> frozenset[str]:
    return frozenset(content_stems(str(_table()["words"]["idle"])))
