"""The sources that may vouch for a text, and whether they state a fact.

Evidence is what this desk's agents and articles said. A customer's words vouch for the facts in them, never for
anything else; what a past customer asked tells what an answer is about and vouches for nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from chatbot.dialogue.text.facts import Fact, claims, grounds
from chatbot.dialogue.text.normalise import comparable, normalised

if TYPE_CHECKING:
    from collections.abc import Sequence

CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_CONTENT = re.compile(rf"[{CJK}]{{2}}|[^\W\d_]{{4,}}", re.UNICODE)
_STEM = 5


@dataclass(frozen=True)
class Sources:
    """What may vouch for a text, and what it has to fit.

    ``evidence`` is the cited answers and articles, ``customer`` all the customer's own words in this conversation.
    ``question`` is what they wrote since the last answer; ``about`` what the evidence answered (past questions,
    titles); ``beside`` what else was found, of other conversations and articles. All three may be left out, and
    the checks that need them then pass.
    """

    evidence: tuple[str, ...]
    customer: str = ""
    question: str = ""
    about: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Everything checkable that the sources state."""
        return (*self.stated, *grounds_of(self.customer))

    @cached_property
    def stated(self) -> tuple[Fact, ...]:
        """Everything checkable that the evidence states."""
        return tuple(fact for text in self.evidence for fact in grounds_of(text))

    @cached_property
    def comparable(self) -> tuple[str, ...]:
        """The sources for literal comparison: lower case, white space collapsed."""
        return tuple(comparable(text) for text in (*self.evidence, self.customer))

    @cached_property
    def known(self) -> str:
        """The evidence alone for literal comparison."""
        return "\n".join(self.comparable[: len(self.evidence)])

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of the content words of all sources."""
        return frozenset(stem for text in (*self.evidence, self.customer) for stem in content_stems(text))

    @cached_property
    def grounded(self) -> frozenset[str]:
        """Stems of the content words of the evidence alone."""
        return frozenset(stem for text in self.evidence for stem in content_stems(text))


def unknown_facts(text: str, sources: Sources, *, after: int = 0) -> list[Fact]:
    """What a text states beyond character ``after`` that its sources do not; a fact that reaches beyond counts."""
    return [fact for fact in claims(text) if fact.end > after and not is_known(fact, sources)]


def is_known(fact: Fact, sources: Sources) -> bool:
    """Whether evidence or customer state a fact: its readings meet theirs, or its very words stand there."""
    if any(vouches(ground, fact) for ground in sources.facts):
        return True
    literal = fact.kind not in {"link", "email"}
    return literal and any(stands_in(comparable(fact.raw), text) for text in sources.comparable)


def vouches(ground: Fact, fact: Fact) -> bool:
    """Whether one fact of the sources is this fact: readings meet, and the unit, where one is claimed, is the same."""
    if ground.kind != fact.kind:
        return False
    if fact.kind == "date":
        return any(_same_day(ours, theirs) for ours in fact.values for theirs in ground.values)
    return bool(ground.values & fact.values) and fact.unit in {None, ground.unit}


def stands_in(words: str, text: str) -> bool:
    """Whether the words stand in a text as whole words, not inside a longer number."""
    if words not in text:
        return False  # mostly: no pattern has to be made for it
    return re.search(rf"(?<![^\W_])(?<!\d[.,:/-]){re.escape(words)}(?![^\W_])(?![.,:/-]\d)", text) is not None


def content_stems(text: str) -> Sequence[str]:
    """The first letters of each content word, in order."""
    return [word.casefold()[:_STEM] for word in _CONTENT.findall(text)]


def grounds_of(text: str) -> tuple[Fact, ...]:
    """The facts that a text can vouch for, as a reader sees it."""
    return grounds(normalised(text))


def _same_day(claimed: str, stated: str) -> bool:
    """Year-month-day; a claimed day without a year agrees with that day of any year."""
    year, _, day = claimed.partition("-")
    stated_year, _, stated_day = stated.partition("-")
    return day == stated_day and year in {"", stated_year}
