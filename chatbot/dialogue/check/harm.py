"""Checks for harm in what we send: insults, threats, self-harm, phishing, prompt injection, unfounded advice.

Patterns stand in ``harm.toml``. What is never sent is not sent from evidence either: an agent may have insulted
somebody, and an imported transcript may carry an attack. What customers write is read by ``text/set_phrases.py``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.text.normalise import REMEMBERED, deobfuscated, normalised

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.dialogue.check.evidence import Sources

_WARNING = re.compile(
    r"(?:\bnever|\bnot|n['\u2019]t|\bno(?: one|body)|\bwithout|\bnie|\bnicht|\bjamais|\bnunca|\bmai|\bnooit)\b"
    r"[^.!?\n]{0,30}$"
)
_BEFORE = 40


def check_harm(text: str, sources: Sources) -> CheckResult:
    """No insult, threat, phishing or command; medical, legal and financial advice in the words of the evidence only.

    ``sources.evidence`` is what may give such advice.
    """
    found = [*_forbidden(text)]
    found += [
        f"{kind} advice: {match.group()[:40]}"
        for kind, pattern in _table().advice.items()
        for match in pattern.finditer(normalised(text).casefold())
        if " ".join(match.group().split()) not in sources.known
    ]
    return CheckResult("harm", not found, "; ".join(found[:3]))


@lru_cache(maxsize=REMEMBERED)
def _forbidden(text: str) -> tuple[str, ...]:
    """What no evidence allows to be said."""
    forms = (normalised(text).casefold(), deobfuscated(text))
    return tuple(f"{kind}: {said}" for kind, pattern in _table().never.items() if (said := _first(pattern, forms)))


def _first(pattern: re.Pattern[str], forms: Sequence[str]) -> str:
    """The first match that is not warned of ("never send us your PIN"), or nothing."""
    for form in forms:
        for match in pattern.finditer(form):
            if not _WARNING.search(form[max(0, match.start() - _BEFORE) : match.start()]):
                return match.group().strip()[:40]
    return ""


def check_sensitive(text: str, sources: Sources) -> CheckResult:
    """A question about health, money or law is answered from evidence that speaks of the same, or by a person."""
    asked = {match.group() for match in _table().sensitive.finditer(normalised(sources.question).casefold())}
    told = "\n".join((text, *sources.evidence, *sources.about)).casefold()
    missed = sorted(word for word in asked if word[:5] not in told)
    return CheckResult("sensitive", not missed, ", ".join(missed[:3]))


@dataclass(frozen=True, slots=True)
class _Table:
    never: Mapping[str, re.Pattern[str]]
    advice: Mapping[str, re.Pattern[str]]
    sensitive: re.Pattern[str]


@cache
def _table() -> _Table:
    rows = tomllib.loads(Path(__file__).with_name("harm.toml").read_text(encoding="utf-8"))
    return _Table(
        never={kind: _any(patterns) for kind, patterns in rows["never"].items()},
        advice={kind: _any(patterns) for kind, patterns in rows["advice"].items()},
        sensitive=re.compile(rf"\b(?:{'|'.join(rows['sensitive']['words'])})(?!\w)"),
    )


def _any(patterns: list[str]) -> re.Pattern[str]:
    """One pattern of many; a space in them stands for any white space."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns).replace(" ", r"\s+"), re.MULTILINE)
