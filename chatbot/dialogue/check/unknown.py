"""Checks that parts of an article speak of the very thing that was asked about.

A question about an AeroPress is not answered with what is said of another maker's dripper, nor one about express
delivery to Ireland with the row of the standard one. What a desk does not know is told by words alone: a name that its
articles never write, that no support desk uses and that nothing in the answer is near to. Knows no index.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.text.normalise import REMEMBERED
from chatbot.dialogue.text.places import places_in
from retrieval.passages import PassageKind
from retrieval.search.general_words import general_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.check.backing import Backing

ENOUGH = 0.3
"""Share of the question, by weight, that may not be unknown. No right answer of the shop's exam has so much."""
_NAMED = 2
"""What a word counts that the customer writes with a capital: they name something."""
_READ = re.compile(r"[^\W_\d\u3040-\u9fff]{3,}|0\d{1,2}|[^\W\d_]+\d+")
_SLIP = 4
"""Letters of the shortest word of which another may be a slip of the finger."""
_TALK = frozenset({
    "wtf", "omg", "lol", "lmao", "tbh", "idk", "btw", "plz", "thx", "imo", "imho", "smh", "ffs", "fyi", "rn",
    "junk", "crap", "crappy", "rubbish", "garbage", "useless", "stupid", "damn", "bloody", "bleeding", "fuck",
    "fucking", "fkn", "shitty", "aint", "innit", "yall", "nan", "nana", "gran", "granny", "hubby", "missus", "mate",
    "mates", "m8", "cheers", "ta", "amex", "mastercard",
})  # fmt: skip
"""What customers say and agents do not: words of talk and anger, family, cards by their short names. They ask for
nothing that an article would have to know."""
_ENDINGS = ("s", "es", "ed", "d", "ing", "'s")


def check_known(far: Iterable[tuple[str, float]], backing: Backing) -> CheckResult:
    """No more than a little of the question is of something that this desk's articles do not know."""
    unknown = {
        word: weight * (_NAMED if word[:1].isupper() and not word.isupper() else 1)
        for word, weight in far
        if _READ.fullmatch(word) and not places_in(word) and not _is_known(word.casefold(), backing)
    }
    passed = sum(unknown.values()) < ENOUGH
    return CheckResult("known", passed, "" if passed else f"not known here: {', '.join(unknown)}")


def check_rows(candidate: Candidate, subject: CheckResult) -> CheckResult:
    """Rows of a table hold what tells them apart in the question, and are those of the product that it names."""
    if candidate.lacks:
        return CheckResult("row", passed=False, detail=f"no row of {', '.join(candidate.lacks)}")
    passed = subject.passed or not candidate.of_rows
    return CheckResult("row", passed, "" if passed else subject.detail)


def _is_known(word: str, backing: Backing) -> bool:
    """Whether a support desk uses a word, an article of this one has it, or it is likely a slip for such a word."""
    forms = {word, *(word + ending for ending in _ENDINGS), *(word.removesuffix(ending) for ending in _ENDINGS)}
    if word in _TALK or not forms.isdisjoint(general_words()) or _is_slip(word):
        return True
    return any(passage.kind is PassageKind.ARTICLE for form in sorted(forms) for passage in backing.using(form)[:1])


@lru_cache(maxsize=REMEMBERED)
def _is_slip(word: str) -> bool:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    return bool(process.extract(word, _by_first().get(word[0], ()), scorer=OSA.distance, score_cutoff=1, limit=1))


@lru_cache(maxsize=1)
def _by_first() -> Mapping[str, Sequence[str]]:
    """The general words by their first letter: a slip is seldom there."""
    found: dict[str, list[str]] = {}
    for word in sorted(general_words()):
        if len(word) >= _SLIP:
            found.setdefault(word[0], []).append(word)
    return found
