"""Whether a customer writes of danger: to somebody, or of a thing that is dangerous to go on using (``danger.toml``).

A word alone is no danger ("smoky", "a shocking delivery time", "is the descaler bad for aluminium?"): who took it and
what it was, what smells and of what, have to stand near each other in one sentence. Phrases that say it by themselves
are looked for in the whole text. Decides nothing: a false alarm costs a hand-over, a missed one somebody's health.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.dialogue.text.normalise import deobfuscated, normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_END = re.compile(r"[.!?\n;\u3002\uff01\uff1f\uff1b]+")
_FEW = 8
"""Places of one set of words in a sentence that are compared with those of the others."""


class Danger(StrEnum):
    """What may come to harm, the worse first."""

    BODY = "body"
    THING = "thing"


def danger_in(text: str) -> Danger | None:
    """The danger that a customer writes of; reads through lookalikes, digits for letters and s-p-a-c-e-d words."""
    forms = {normalised(text), deobfuscated(text)}
    return next((kind for kind in Danger if any(_speaks_of(kind, form) for form in forms)), None)


def _speaks_of(kind: Danger, text: str) -> bool:
    table = _table()
    if table.phrases[kind].search(_padded(text)):
        return True
    said = [table.machines.sub(" machine ", padded) for part in _END.split(text) if (padded := _padded(part)).strip()]
    return any(rule.holds(sentence) for rule in table.rules if rule.kind == kind for sentence in said)


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Danger
    near: tuple[re.Pattern[str], ...]
    within: int
    unless: re.Pattern[str] | None

    def holds(self, sentence: str) -> bool:
        """Whether each set has a word here, all within so many words, and nothing speaks against it."""
        found = [[match.start() for match in each.finditer(sentence)][:_FEW] for each in self.near]
        if not all(found) or (self.unless and self.unless.search(sentence)):
            return False
        return any(sentence.count(" ", min(places), max(places)) <= self.within for places in product(*found))


@dataclass(frozen=True, slots=True)
class _Table:
    phrases: Mapping[Danger, re.Pattern[str]]
    machines: re.Pattern[str]
    rules: Sequence[_Rule]


@cache
def _table() -> _Table:
    rows = tomllib.loads(Path(__file__).with_name("danger.toml").read_text(encoding="utf-8"))
    sets: Mapping[str, list[str]] = rows["words"]
    rules = [
        _Rule(
            Danger(row["kind"]),
            tuple(_any(sets[name]) for name in row["near"]),
            row.get("within", 0),
            _any(word for name in row["unless"] for word in sets.get(name, [name])) if "unless" in row else None,
        )
        for row in rows["rule"]
    ]
    return _Table({kind: _any(rows[kind]["phrases"]) for kind in Danger}, _any(rows["machines"]["names"]), rules)


def _any(phrases: Iterable[str]) -> re.Pattern[str]:
    """Any of these phrases as whole words of a padded text; "*" stands for any ending."""
    forms = (re.escape(_padded(phrase).strip()) + (r"[^ ]*" if phrase.endswith("*") else "") for phrase in phrases)
    return re.compile(rf"(?<= )(?:{'|'.join(forms)})(?= )")


def _padded(text: str) -> str:
    """The words in lower case between single spaces, each Chinese character by itself."""
    return f" {' '.join(_TOKEN.findall(text.casefold()))} "
