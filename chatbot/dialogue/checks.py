"""Checks a text before a customer may see it; each gives a name, a verdict and what was found.

Code, not a prompt: what a check refuses is never sent, however likely it is. Evidence is what this desk's
agents and articles said; a customer's words vouch for the facts in them, never for anything else.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from chatbot.dialogue.cases import marks_of_a_case
from chatbot.dialogue.facts import claims, grounds
from chatbot.dialogue.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatbot.dialogue.facts import Fact

MAX_CHARACTERS = 4000
"""Nobody reads more in a chat; longer texts are mail, or a model that does not stop."""
MIN_WORDS = 2
MAX_REPEATED_SHARE = 0.35
"""Largest share of four-word runs that may be repeats; numbered click paths of real agents stay below it."""
MAX_UNSUPPORTED_SHARE = 0.4
"""Largest share of a refined text's content words that neither evidence nor customer used."""
FREE_WORDS = 3
"""Content words that need no support whatever the share is: courtesy."""

_UNFILLED = re.compile(r"\[[A-Z]{3,}(?:_\d+)?\]|<redacted>", re.IGNORECASE)
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W_]+", re.UNICODE)
_CONTENT = re.compile(rf"[{_CJK}]{{2}}|[^\W\d_]{{4,}}", re.UNICODE)
_STEM = 5
_RUN = 4
_LONGEST_LOOP = 12
_CLOSED = re.compile(
    r"""[.!?:\u2026\u3002\uff01\uff1f]["')\]\u201d\u2019\u00bb*]*$|https?://\S+$|[\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]$"""
)
_OPENS_IN_THE_MIDDLE = re.compile(r"^[,;:.)\]]|^(?:and|but|or|which|und|aber|et|mais|pero|ma|en|maar)\b", re.UNICODE)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One verdict. ``detail`` names what was found where ``passed`` is false, and is empty otherwise."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True)
class Sources:
    """What may vouch for a text: the cited evidence and the customer's own words in this conversation."""

    evidence: tuple[str, ...]
    customer: str = ""

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Everything checkable that the sources state."""
        return tuple(fact for text in (*self.evidence, self.customer) for fact in grounds(text))

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """The sources for literal comparison: lower case, white space collapsed."""
        return tuple(_plain(text) for text in (*self.evidence, self.customer))

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of the content words of all sources."""
        return frozenset(stem for text in (*self.evidence, self.customer) for stem in _content_stems(text))


def check_past(text: str, answer: str, sources: Sources) -> tuple[CheckResult, ...]:
    """Checks of a past agent's ``answer`` that is to be sent as ``text``: it must not be about one case."""
    return (*check_verbatim(text, sources), check_case(answer, sources))


def check_verbatim(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    """Checks of a past answer or an article passage: its words are its evidence, but they were another customer's."""
    return (*_check_facts(text, sources), check_placeholders(text), check_length(text))


def check_refined(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    """All checks, for a whole text that a model wrote."""
    return (*check_growing(text, sources), check_length(text), check_complete(text))


def check_growing(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    """The checks that hold for the beginning of a text as well: what is shown while it is written."""
    return (
        *_check_facts(text, sources),
        check_placeholders(text),
        check_repetition(text),
        check_support(text, sources),
    )


def failures(results: Iterable[CheckResult]) -> list[str]:
    """Names of the checks that failed."""
    return [result.name for result in results if not result.passed]


def check_placeholders(text: str) -> CheckResult:
    """No masked slot is left: [EMAIL_1] stands for the data of someone else."""
    left = _UNFILLED.findall(text)
    return CheckResult("placeholders", not left, ", ".join(sorted(set(left))[:5]))


def check_length(text: str) -> CheckResult:
    """There is something to read, and not a whole book of it."""
    words = len(_TOKEN.findall(text))
    if words < MIN_WORDS:
        return CheckResult("length", passed=False, detail=f"{words} words")
    if len(text) > MAX_CHARACTERS:
        return CheckResult("length", passed=False, detail=f"{len(text)} characters")
    return CheckResult("length", passed=True)


def check_complete(text: str) -> CheckResult:
    """The text neither begins in the middle of a sentence nor stops in one."""
    text = text.strip()
    if _OPENS_IN_THE_MIDDLE.search(text):
        return CheckResult("complete", passed=False, detail=f"begins with {text[:20]!r}")
    if not _CLOSED.search(text):
        return CheckResult("complete", passed=False, detail=f"ends with {text[-20:]!r}")
    return CheckResult("complete", passed=True)


def check_repetition(text: str) -> CheckResult:
    """No loops: a run said three times on end, a long sentence said twice, too many repeated four-word runs."""
    tokens = [token.lower() for token in _TOKEN.findall(text)]
    for length in range(1, _LONGEST_LOOP + 1):
        times = 4 if length == 1 else 3
        for start in range(len(tokens) - length * times + 1):
            run = tokens[start : start + length]
            if tokens[start : start + length * times] == run * times:
                return CheckResult("repetition", passed=False, detail=f"{' '.join(run)!r} {times} times on end")
    said = Counter(_plain(sentence) for sentence in sentences(text) if len(_TOKEN.findall(sentence)) > _RUN)
    twice = [sentence for sentence, times in said.items() if times > 1]
    if twice:
        return CheckResult("repetition", passed=False, detail=f"said twice: {twice[0][:60]!r}")
    runs = [tuple(tokens[place : place + _RUN]) for place in range(len(tokens) - _RUN + 1)]
    share = 1 - len(set(runs)) / len(runs) if len(runs) > 2 * _LONGEST_LOOP else 0.0
    return CheckResult("repetition", share <= MAX_REPEATED_SHARE, "" if share <= MAX_REPEATED_SHARE else f"{share:.0%}")


def check_support(text: str, sources: Sources) -> CheckResult:
    """Most content words come from the evidence or the customer, compared by their first five letters.

    Catches fluent nonsense and talk of other things; it does not see a wrong word among right ones, nor a
    lost "not".
    """
    stems = _content_stems(text)
    missing = [stem for stem in stems if stem not in sources.stems]
    allowed = max(FREE_WORDS, MAX_UNSUPPORTED_SHARE * len(stems))
    passed = len(missing) <= allowed
    return CheckResult("support", passed, "" if passed else f"{len(missing)} of {len(stems)}: {' '.join(missing[:6])}")


def check_case(answer: str, sources: Sources) -> CheckResult:
    """A past answer must hold for everyone, not for one case.

    It names no order or card, no day that this customer has not named, and tells of no deed ("I've refunded it") that
    was done for that customer and that nobody has done for this one.
    """
    found = marks_of_a_case(answer)
    own = Sources((), sources.customer)
    found += [fact.raw for fact in claims(answer) if fact.kind == "date" and not _known(fact, own)]
    return CheckResult("case", not found, ", ".join(found[:5]))


def check_codes(text: str, question: str) -> CheckResult:
    """A question about E3 is not answered with E1: codes on both sides must share one."""
    asked, told = _codes(question), _codes(text)
    passed = not (asked and told) or bool(asked & told)
    return CheckResult("codes", passed, "" if passed else f"asked {sorted(asked)}, told {sorted(told)}")


def check_new(text: str, said: Iterable[str]) -> CheckResult:
    """The customer has not been told just this before: who asks again needs something else, or a person."""
    words = _plain(text)
    again = any(words in _plain(turn) for turn in said)
    return CheckResult("new", not again, "said before in this conversation" if again else "")


def unknown_facts(text: str, sources: Sources, *, after: int = 0) -> list[Fact]:
    """What a text states beyond character ``after`` that its sources do not; a fact that reaches beyond counts."""
    return [fact for fact in claims(text) if fact.end > after and not _known(fact, sources)]


def _check_facts(text: str, sources: Sources) -> tuple[CheckResult, CheckResult]:
    """Numbers (with dates, amounts, times, codes) and links (with e-mail addresses): each is in the sources."""
    unknown: dict[bool, list[str]] = {True: [], False: []}
    for fact in unknown_facts(text, sources):
        unknown[fact.kind in {"link", "email"}].append(fact.raw.strip())
    return (
        CheckResult("numbers", not unknown[False], ", ".join(unknown[False][:5])),
        CheckResult("links", not unknown[True], ", ".join(unknown[True][:5])),
    )


def _codes(text: str) -> set[str]:
    return {value for fact in claims(text) if fact.kind == "code" for value in fact.values}


def _known(fact: Fact, sources: Sources) -> bool:
    if any(_vouches(ground, fact) for ground in sources.facts):
        return True
    return fact.kind not in {"link", "email"} and any(_stands_in(_plain(fact.raw), text) for text in sources.plain)


def _vouches(ground: Fact, fact: Fact) -> bool:
    """Whether one fact of the sources is this fact: readings meet, and the unit, where one is claimed, is the same."""
    if ground.kind != fact.kind:
        return False
    if fact.kind == "date":
        return any(_same_day(ours, theirs) for ours in fact.values for theirs in ground.values)
    return bool(ground.values & fact.values) and fact.unit in {None, ground.unit}


def _same_day(claimed: str, stated: str) -> bool:
    """Year-month-day; a claimed day without a year agrees with that day of any year."""
    year, _, day = claimed.partition("-")
    stated_year, _, stated_day = stated.partition("-")
    return day == stated_day and year in {"", stated_year}


def _stands_in(words: str, text: str) -> bool:
    """Whether the words stand in a text as whole words, not inside a longer number."""
    return re.search(rf"(?<![^\W_])(?<!\d[.,:/-]){re.escape(words)}(?![^\W_])(?![.,:/-]\d)", text) is not None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _content_stems(text: str) -> Sequence[str]:
    return [word.casefold()[:_STEM] for word in _CONTENT.findall(text)]
