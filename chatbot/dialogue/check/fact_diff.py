"""What another text says otherwise: numbers, dates, amounts, links, codes, names and denials that came or went.

The words between may be any. Knows nothing of who wrote which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.dialogue.check.evidence import Sources, vouches
from chatbot.dialogue.check.names import check_names
from chatbot.dialogue.check.negation import check_negation
from chatbot.dialogue.text.facts import Fact, claims
from chatbot.dialogue.text.normalise import normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatbot.dialogue.answer import CheckResult


@dataclass(frozen=True, slots=True)
class FactDiff:
    """Facts of the one text alone (``dropped``) and of the other (``added``), as (kind, words as written)."""

    added: tuple[tuple[str, str], ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.dropped)


def fact_diff(before: str, after: str) -> FactDiff:
    """What ``after`` says that ``before`` does not, and the other way round."""
    return FactDiff(_beyond(after, before), _beyond(before, after))


def _beyond(text: str, other: str) -> tuple[tuple[str, str], ...]:
    stated: Sequence[Fact] = claims(normalised(other))
    found = [
        (fact.kind, fact.raw.strip())
        for fact in claims(normalised(text))
        if not any(vouches(ground, fact) for ground in stated)
    ]
    checks: dict[str, Callable[[str, Sources], CheckResult]] = {"name": check_names, "negation": check_negation}
    for kind, check in checks.items():
        result = check(text, Sources((other,)))
        if not result.passed:
            found.append((kind, result.detail))
    return tuple(dict.fromkeys(found))
