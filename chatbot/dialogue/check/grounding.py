"""Checks that the facts, and most words, of a text stand in its evidence or in what the customer said."""

from __future__ import annotations

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import Sources, content_stems, unknown_facts
from chatbot.dialogue.text.normalise import normalised

MAX_UNSUPPORTED_SHARE = 0.4
"""Largest share of a refined text's content words that neither evidence nor customer used."""
FREE_WORDS = 3
"""Content words that need no support whatever the share is: courtesy."""
MIN_GROUNDED_SHARE = 0.25
"""Smallest share of them that the evidence itself uses: repeating the customer is no answer."""


def check_support(text: str, sources: Sources) -> CheckResult:
    """Most content words come from the evidence or the customer, compared by their first five letters.

    Catches fluent nonsense and talk of other things; a wrong word among right ones, or a lost "not", is for
    the checks of names and negation.
    """
    stems = content_stems(text)
    loose = [stem for stem in stems if stem not in sources.grounded]
    if len(stems) >= FREE_WORDS and len(loose) > (1 - MIN_GROUNDED_SHARE) * len(stems):
        return CheckResult("support", passed=False, detail=f"not in the evidence: {' '.join(loose[:6])}")
    missing = [stem for stem in stems if stem not in sources.stems]
    allowed = max(FREE_WORDS, MAX_UNSUPPORTED_SHARE * len(stems))
    passed = len(missing) <= allowed
    return CheckResult("support", passed, "" if passed else f"{len(missing)} of {len(stems)}: {' '.join(missing[:6])}")


def check_facts(text: str, sources: Sources) -> tuple[CheckResult, CheckResult]:
    """Numbers (with dates, amounts, times, codes) and links (with e-mail addresses): each is in the sources."""
    unknown: dict[bool, list[str]] = {True: [], False: []}
    for fact in unknown_facts(normalised(text), sources):
        unknown[fact.kind in {"link", "email"}].append(fact.raw.strip())
    return (
        CheckResult("numbers", not unknown[False], ", ".join(unknown[False][:5])),
        CheckResult("links", not unknown[True], ", ".join(unknown[True][:5])),
    )
